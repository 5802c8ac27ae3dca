// SPDX-License-Identifier: Apache-2.0
// What a chart shows.
import { describe, expect, it } from "@jest/globals";
import { drawChart } from "./chart.js";

const bar = (
  name: string,
  value: number,
  isOurs = false,
): Parameters<typeof drawChart>[0]["bars"][0] => ({
  name,
  value,
  from: value,
  to: value,
  isOurs,
});

describe("drawChart()", () => {
  it("draws bars from zero, in proportion, ours in its own colour", () => {
    const svg = drawChart({
      title: "A title",
      measure: "ms",
      bars: [bar("ours", 50, true), bar("peer", 200)],
      note: "a note",
    });
    const widths = [...svg.matchAll(/<rect class="([op])"[^>]*width="([\d.]+)"/g)];
    expect(widths.map(([, mark]) => mark)).toEqual(["o", "p"]);
    const [, , small] = widths[0] ?? [];
    const [, , large] = widths[1] ?? [];
    expect(Number(large) / Number(small)).toBeCloseTo(4, 1);
    expect(svg).toContain("prefers-color-scheme:dark");
  });

  it("escapes what stands in names, and survives charts of nothing", () => {
    const svg = drawChart({ title: "<&>", measure: "", bars: [bar('a"<b>', 0)], note: "" });
    expect(svg).toContain("a&quot;&lt;b&gt;");
    expect(svg).not.toContain("<b>");
    expect(svg).not.toContain("NaN");
  });
});
