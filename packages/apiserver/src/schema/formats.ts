// SPDX-License-Identifier: Apache-2.0
// String formats that custom resource schemas may ask for; unknown formats are ignored, as the API does.
import { isIP } from "node:net";
import type { FieldError } from "../field-error.js";

const dateTime = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const duration =
  /^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w)((\d+(\.\d*)?)(ns|us|µs|ms|s|m|h))*$/;
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

const isUri = (text: string): boolean => URL.canParse(text);

function isCidr(text: string): boolean {
  const [address = "", prefix = ""] = text.split("/");
  const family = isIP(address);
  return family !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: (text) => duration.test(text) || text === "0",
  byte: (text) => /^[A-Za-z0-9+/\r\n]*={0,2}$/.test(text),
  email: (text) => /^[^@\s]+@[^@\s]+$/.test(text),
  hostname: (text) =>
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\.?$/i.test(text),
  ipv4: (text) => isIP(text) === 4,
  ipv6: (text) => isIP(text) === 6,
  cidr: isCidr,
  mac: (text) => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text),
  uri: isUri,
  uuid: (text) => uuid.test(text),
};

/** A finding when the text does not have its format. */
export function checkFormat(text: string, format: string | undefined, path: string): FieldError[] {
  if (format === undefined || !Object.hasOwn(checks, format)) return [];
  if (checks[format]?.(text) !== false) return [];
  const shown = JSON.stringify(text);
  const detail = `: ${shown}: ${path} in body must be of type ${format}: ${shown}`;
  return [{ field: path, reason: "FieldValueInvalid", detail }];
}
