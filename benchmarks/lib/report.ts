// SPDX-License-Identifier: Apache-2.0
// Medians, spreads and the table that a benchmark prints.

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  if (sorted.length % 2 === 1) return upper;
  return (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/** Smallest and largest value, as text. */
export function spread(values: readonly number[]): string {
  return `${format(Math.min(...values))} – ${format(Math.max(...values))}`;
}

/** A number with four significant digits and thousands apart. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = value === 0 ? 0 : Number(value.toPrecision(4));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 3 });
}

/** One row per variant, one column per measure: median (smallest – largest). */
export function renderTable(
  names: readonly string[],
  rounds: readonly { variant: string; measures: Readonly<Record<string, number>> }[],
): string {
  const measures = [...new Set(rounds.flatMap((round) => Object.keys(round.measures)))];
  const rows = names.map((name) => [
    name,
    ...measures.map((measure) => {
      const values = rounds
        .filter(({ variant }) => variant === name)
        .map((round) => round.measures[measure])
        .filter((value) => value !== undefined);
      return values.length === 0 ? "–" : `${format(median(values))} (${spread(values)})`;
    }),
  ]);
  const table = [["variant", ...measures], ...rows];
  const widths = table[0]!.map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? "").length)),
  );
  return table
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
        )
        .join("  "),
    )
    .join("\n");
}
