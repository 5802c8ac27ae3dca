// SPDX-License-Identifier: Apache-2.0
// Fields of timestamps, with and without a time zone, and of durations.
import { method } from "../overload.js";
import type { Overload } from "../overload.js";
import { timeFields } from "../times.js";
import type { TimeFields } from "../times.js";
import type { Duration, Timestamp } from "../values.js";

const fields: Readonly<Record<string, (fields: TimeFields) => number>> = {
  getFullYear: ({ year }) => year,
  getMonth: ({ month }) => month,
  getDayOfMonth: ({ day }) => day - 1,
  getDate: ({ day }) => day,
  getDayOfWeek: ({ weekday }) => weekday,
  getDayOfYear: ({ yearDay }) => yearDay,
  getHours: ({ hour }) => hour,
  getMinutes: ({ minute }) => minute,
  getSeconds: (moment) => moment.second,
  getMilliseconds: ({ milli }) => milli,
};

/** The whole duration in hours, minutes, seconds, milliseconds, as the API server counts. */
const parts: Readonly<Record<string, (nanos: bigint) => bigint>> = {
  getHours: (nanos) => nanos / 3_600_000_000_000n,
  getMinutes: (nanos) => nanos / 60_000_000_000n,
  getSeconds: (nanos) => nanos / 1_000_000_000n,
  getMilliseconds: (nanos) => nanos / 1_000_000n,
};

/** Fields of times. */
export const timeLibrary: readonly Overload[] = [
  ...Object.entries(fields).flatMap(([name, field]) => [
    method(name, "timestamp -> int", (time: Timestamp) => BigInt(field(timeFields(time, "Z")))),
    method(name, "timestamp, string -> int", (time: Timestamp, zone: string) =>
      BigInt(field(timeFields(time, zone))),
    ),
  ]),
  ...Object.entries(parts).map(([name, part]) =>
    method(name, "duration -> int", ({ nanos }: Duration) => part(nanos)),
  ),
];
