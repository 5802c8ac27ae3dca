// SPDX-License-Identifier: Apache-2.0
// Strings of built-in objects with a form of their own: times and base64. Refused texts are told as
// the Go decoder tells them.

const time = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const layout = "2006-01-02T15:04:05Z07:00";
const microLayout = "2006-01-02T15:04:05.000000Z07:00";

/** Why the text cannot be decoded. */
export class TextFault extends Error {}

function timeFault(text: string, wanted: string, rest: string, part: string): TextFault {
  const show = JSON.stringify;
  return new TextFault(
    `parsing time ${show(text)} as ${show(wanted)}: cannot parse ${show(rest)} as ${show(part)}`,
  );
}

/** A time in UTC and whole seconds, as it is stored. */
function decodeTime(text: string): string {
  const match = time.exec(text);
  const moment = match === null ? Number.NaN : Date.parse(text);
  if (Number.isNaN(moment)) throw timeFault(text, layout, text, "2006");
  return `${new Date(moment).toISOString().slice(0, 19)}Z`;
}

/** A time with exactly six fraction digits, in UTC. */
function decodeMicroTime(text: string): string {
  const match = time.exec(text);
  if (match === null || Number.isNaN(Date.parse(text))) {
    throw timeFault(text, microLayout, text, "2006");
  }
  const [, , , fraction = "", zone = ""] = match;
  if (fraction.length !== 7) throw timeFault(text, microLayout, fraction + zone, ".000000");
  const seconds = new Date(Date.parse(text)).toISOString().slice(0, 19);
  return `${seconds}${fraction}Z`;
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decodeBase64(text: string): string {
  const plain = text.replaceAll(/[\r\n]/g, "");
  if (plain.length % 4 === 0 && base64.test(plain)) return plain;
  const bad = /[^A-Za-z0-9+/]/.exec(plain)?.index ?? plain.length - (plain.length % 4);
  throw new TextFault(`illegal base64 data at input byte ${bad}`);
}

const decoders: Readonly<Record<string, (text: string) => string>> = {
  "date-time": decodeTime,
  "micro-time": decodeMicroTime,
  byte: decodeBase64,
};

/**
 * The stored form of a text.
 *
 * @throws {@link TextFault} when the text does not have the format.
 */
export function decodeText(text: string, format: string | undefined): string {
  return decoders[format ?? ""]?.(text) ?? text;
}
