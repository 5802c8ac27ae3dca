// SPDX-License-Identifier: Apache-2.0
// Draws medians as bars: an SVG that reads well on light and on dark pages.

/** One bar. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Smallest and largest value seen; drawn as a thin line. */
  readonly from: number;
  readonly to: number;
  /** Ours is drawn in the strong colour. */
  readonly isOurs: boolean;
}

/** A chart. */
export interface Chart {
  readonly title: string;
  /** What the bars measure, with its unit. */
  readonly measure: string;
  readonly bars: readonly Bar[];
  /** Below the bars: when and where it was measured. */
  readonly note: string;
}

const width = 760;
const valueWidth = 90;
const rowHeight = 26;
const top = 62;

/** The SVG text of a chart. Bars begin at zero, always. */
export function drawChart(chart: Chart): string {
  const { title, measure, bars, note } = chart;
  // About 7 px a letter in 13 px system fonts.
  const labelWidth = Math.max(...bars.map(({ name }) => name.length * 7 + 26), 120);
  const height = top + bars.length * rowHeight + 34;
  const span = width - labelWidth - valueWidth - 16;
  const largest = Math.max(...bars.map(({ value, to }) => Math.max(value, to)), Number.MIN_VALUE);
  const scale = (value: number): number => round((Math.max(value, 0) / largest) * span);
  const rows = bars.map((bar, at) => {
    const y = top + at * rowHeight;
    const middle = y + rowHeight / 2;
    const from = labelWidth + scale(bar.from);
    const to = labelWidth + scale(bar.to);
    return [
      `<text class="t" x="${labelWidth - 10}" y="${middle + 4}" text-anchor="end">${escape(bar.name)}</text>`,
      `<rect class="${bar.isOurs ? "o" : "p"}" x="${labelWidth}" y="${y + 4}" width="${scale(bar.value)}" height="${rowHeight - 10}" rx="2"/>`,
      from === to ? "" : `<path class="s" d="M${from} ${middle - 1}H${to}"/>`,
      `<text class="t" x="${Math.max(labelWidth + scale(bar.value), to) + 8}" y="${middle + 4}">${escape(shown(bar.value))}</text>`,
    ].join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">`,
    "<style>text{font:13px system-ui,sans-serif}.h{font-size:16px;font-weight:600}.t,.h{fill:#1f2328}.m{fill:#59636e;font-size:12px}.o{fill:#0969da}.p{fill:#afb8c1}.s{stroke:#1f2328;stroke-opacity:.55;stroke-width:1.5}@media(prefers-color-scheme:dark){.t,.h{fill:#e6edf3}.m{fill:#9198a1}.o{fill:#4493f8}.p{fill:#656c76}.s{stroke:#e6edf3}}</style>",
    `<text class="h" x="16" y="26">${escape(title)}</text>`,
    `<text class="m" x="16" y="46">${escape(measure)}</text>`,
    ...rows,
    `<text class="m" x="16" y="${height - 12}">${escape(note)}</text>`,
    "</svg>\n",
  ].join("\n");
}

const round = (value: number): number => Math.round(value * 10) / 10;

function shown(value: number): string {
  const rounded = value === 0 ? 0 : Number(value.toPrecision(3));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 3 });
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
