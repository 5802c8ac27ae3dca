// SPDX-License-Identifier: Apache-2.0
// Durations and timestamps of CEL: reading, writing, fields in a time zone.
import { CelError, Duration, Timestamp } from "./values.js";

const second = 1_000_000_000n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z. Source: the language's definition. */
const firstTime = -62_135_596_800n * second;
const lastTime = 253_402_300_800n * second - 1n;
/** A duration fits into 64 bits of nanoseconds. Source: the reference implementation. */
const maxDuration = 2n ** 63n - 1n;

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3_600n * second,
};

/** A duration within its range. @throws {@link CelError} outside. */
export function makeDuration(nanos: bigint): Duration {
  if (nanos > maxDuration || nanos < -maxDuration - 1n) throw new CelError("integer overflow");
  return new Duration(nanos);
}

/** A timestamp within its range. @throws {@link CelError} outside. */
export function makeTimestamp(nanos: bigint): Timestamp {
  if (nanos < firstTime || nanos > lastTime) throw new CelError("timestamp overflow");
  return new Timestamp(nanos);
}

const durationPart = /^(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/;

/** Reads `1h2m3.5s`; undefined when the text is no duration. */
export function parseDuration(text: string): Duration | undefined {
  const sign = text.startsWith("-") ? -1n : 1n;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return new Duration(0n);
  if (rest === "") return undefined;
  let nanos = 0n;
  while (rest !== "") {
    const match = durationPart.exec(rest);
    if (match === null) return undefined;
    const [whole, digits = "", fraction = "", unit = ""] = match;
    if (digits === "" && fraction === "") return undefined;
    const scale = units[unit] as bigint;
    nanos += BigInt(digits === "" ? "0" : digits) * scale;
    const decimals = fraction.slice(0, 18);
    if (decimals !== "") nanos += (BigInt(decimals) * scale) / 10n ** BigInt(decimals.length);
    rest = rest.slice(whole.length);
  }
  return nanos > maxDuration ? undefined : new Duration(sign * nanos);
}

/** `62.5s`: seconds with the fraction that is needed. */
export function formatDuration({ nanos }: Duration): string {
  const sign = nanos < 0n ? "-" : "";
  const size = nanos < 0n ? -nanos : nanos;
  return `${sign}${size / second}${formatFraction(size % second)}s`;
}

function formatFraction(nanos: bigint): string {
  return nanos === 0n ? "" : `.${nanos.toString().padStart(9, "0").replace(/0+$/, "")}`;
}

const timeGrammar =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 time; undefined when the text is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = timeGrammar.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "", minute = "", seconds = ""] = match;
  const [fraction = "", zone = "Z"] = match.slice(7);
  const moment = new Date(0);
  moment.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isDate = moment.getUTCDate() === Number(day) && moment.getUTCMonth() === Number(month) - 1;
  if (!isDate || Number(hour) > 23 || Number(minute) > 59 || Number(seconds) > 59) return undefined;
  moment.setUTCHours(Number(hour), Number(minute), Number(seconds));
  const offset = parseOffset(zone);
  if (offset === undefined) return undefined;
  const whole = BigInt(moment.getTime() / 1000 - offset * 60) * second;
  const nanos = whole + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return nanos < firstTime || nanos > lastTime ? undefined : new Timestamp(nanos, offset);
}

/** A time from seconds since 1970; undefined when there is none such. */
export function parseTimestampSeconds(seconds: bigint): Timestamp | undefined {
  const nanos = seconds * second;
  return nanos < firstTime || nanos > lastTime ? undefined : new Timestamp(nanos);
}

/** Minutes east of Greenwich of `Z`, `+01:00`, `-3:30`. */
function parseOffset(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const match = /^([+-])?(\d{1,2}):(\d{2})$/.exec(zone);
  if (match === null) return undefined;
  const [, sign = "+", hours = "", minutes = ""] = match;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

const floorDivide = (value: bigint, by: bigint): bigint =>
  value < 0n && value % by !== 0n ? value / by - 1n : value / by;

function formatZone(minutes: number): string {
  if (minutes === 0) return "Z";
  const size = Math.abs(minutes);
  const part = (value: number): string => Math.floor(value).toString().padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${part(size / 60)}:${part(size % 60)}`;
}

/** RFC 3339 in the zone it was written in, with the fraction that is needed. */
export function formatTimestamp({ nanos, zoneMinutes }: Timestamp): string {
  const seconds = floorDivide(nanos, second);
  const text = new Date((Number(seconds) + zoneMinutes * 60) * 1000).toISOString().slice(0, 19);
  // Years below 1000 have four digits already; there are none beyond 9999.
  return text + formatFraction(nanos - seconds * second) + formatZone(zoneMinutes);
}

/** Fields of a moment in a time zone. */
export interface TimeFields {
  readonly year: number;
  /** From 0. */
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  /** Day of the year from 0. */
  readonly yearDay: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly milli: number;
}

function offsetMinutes(moment: number, zone: string): number {
  const fixed = parseOffset(zone);
  if (fixed !== undefined) return fixed;
  try {
    const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" })
      .formatToParts(moment)
      .find(({ type }) => type === "timeZoneName")?.value;
    return parseOffset((parts ?? "GMT").replace("GMT", "") || "Z") ?? 0;
  } catch (error) {
    if (error instanceof RangeError) throw new CelError(`unknown time zone ${zone}`);
    throw error;
  }
}

/** The fields of a timestamp in a zone (`UTC`, `Europe/Berlin`, `+01:00`). */
export function timeFields({ nanos }: Timestamp, zone: string): TimeFields {
  const seconds = floorDivide(nanos, second);
  const moment = Number(seconds) * 1000;
  const local = new Date(moment + offsetMinutes(moment, zone) * 60_000);
  const year = local.getUTCFullYear();
  const start = new Date(0);
  start.setUTCFullYear(year, 0, 1);
  return {
    year,
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
    yearDay: Math.floor((local.getTime() - start.getTime()) / 86_400_000),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    milli: Number((nanos - seconds * second) / 1_000_000n),
  };
}
