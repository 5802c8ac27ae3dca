// SPDX-License-Identifier: Apache-2.0
// Measures as a table: for a terminal, and as Markdown for the README.
import type { Repair } from "./drift.js";
import type { Measures } from "./measures.js";
import { podStartSeconds } from "./neighbours.js";

/** A question and its answers, one per operator. */
export type Row = readonly [question: string, ...answers: string[]];

/** The rows of measures with the same number of clusters; the first row names the operators. */
export function rowsOf(all: readonly Measures[]): readonly Row[] {
  const [first] = all;
  if (first === undefined) return [];
  const minutes = first.idleMs / 60_000;
  const idle = `${minutes} idle ${minutes === 1 ? "minute" : "minutes"}`;
  const row = (question: string, answer: (measures: Measures) => string): Row => [
    question,
    ...all.map(answer),
  ];
  const rows: readonly Row[] = [
    row("", ({ mode }) => mode),
    row(`${idle}: reconciles`, ({ idle: { passes } }) => String(passes)),
    row(`${idle}: reads`, ({ idle: { reads } }) => String(reads)),
    row(`${idle}: writes of an unchanged status`, ({ idle: { idleStatusWrites } }) =>
      String(idleStatusWrites),
    ),
    row(`${idle}: other writes`, ({ idle: { writes, idleStatusWrites } }) =>
      String(writes - idleStatusWrites),
    ),
    row(`${idle}: connections to MongoDB`, ({ idle: { dials } }) => String(dials)),
    row("one change, until at rest: reconciles", ({ change: { passes } }) => String(passes)),
    row("one change, until at rest: reads", ({ change: { reads } }) => String(reads)),
    row("one change, until at rest: writes of objects", ({ change: { writes, statusWrites } }) =>
      String(writes - statusWrites),
    ),
    row("reconciles until a changed Service is right", ({ service, patienceMs }) =>
      repairText(service, patienceMs),
    ),
    row("reconciles until a changed StatefulSet is right", ({ statefulSet, patienceMs }) =>
      repairText(statefulSet, patienceMs),
    ),
  ];
  return first.neighbourSeconds === undefined ? rows : [...rows, ...rowsAlone(all)];
}

/** What does not depend on the number of clusters. */
function rowsAlone(all: readonly Measures[]): readonly Row[] {
  const backups = all[0]?.backups?.backups ?? 0;
  const changed = all.map(({ change }) => change);
  return [
    [
      "one change, until at rest: writes of a changed status",
      ...changed.map(({ statusWrites, idleStatusWrites }) =>
        String(statusWrites - idleStatusWrites),
      ),
    ],
    [
      "one change, until at rest: writes of an unchanged status",
      ...changed.map(({ idleStatusWrites }) => String(idleStatusWrites)),
    ],
    [
      `a change waits while another cluster's pod starts for ${podStartSeconds} s`,
      ...all.map(({ neighbourSeconds = 0 }) => `${neighbourSeconds} s`),
    ],
    [
      `one cluster's backups among ${backups}: objects looked at`,
      ...all.map(({ backups: found }) => String(found?.objectsLookedAt ?? "")),
    ],
    [
      `one cluster's backups among ${backups}: requests`,
      ...all.map(({ backups: found }) => String(found?.requests ?? "")),
    ],
  ];
}

function repairText(repair: Repair | null, patienceMs: number): string {
  if (repair === null) return `not in ${patienceMs / 60_000} min`;
  return `${repair.passes} (${repair.seconds} s)`;
}

/** Rows for a terminal. */
export function textTable(rows: readonly Row[]): readonly string[] {
  const widths = widthsOf(rows);
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart((widths[column] ?? 0) + 2),
      )
      .join("")
      .trimEnd(),
  );
}

/** Rows as Markdown, as prettier writes it. */
export function markdownTable(rows: readonly Row[]): readonly string[] {
  const widths = widthsOf(rows).map((width) => Math.max(width, 3));
  const line = (row: readonly string[]): string =>
    `| ${row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join(" | ")} |`;
  const [head = [""] as unknown as Row, ...body] = rows;
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...body.map(line)];
}

function widthsOf(rows: readonly Row[]): readonly number[] {
  return (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
}
