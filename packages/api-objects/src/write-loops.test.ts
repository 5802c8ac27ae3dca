// SPDX-License-Identifier: Apache-2.0
// Tests of noticing writes that never end (stage 6).
import { describe, expect, it } from "@jest/globals";
import { WriteLoops } from "./write-loops.js";

describe("WriteLoops", () => {
  it("lets ten writes pass, tells of the eleventh once, and lets one pass a minute", () => {
    const loops = new WriteLoops();
    const verdicts = Array.from({ length: 12 }, () => loops.note("a", 0));
    expect(verdicts.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => "fine"));
    expect(verdicts.slice(10)).toEqual(["looping-first", "looping"]);
    expect(loops.note("a", 60_000)).toBe("fine");
    expect(loops.note("a", 60_000)).toBe("looping");
  });

  it("counts each target by itself", () => {
    const loops = new WriteLoops();
    for (let at = 0; at < 11; at += 1) loops.note("a", 0);
    expect(loops.note("b", 0)).toBe("fine");
  });

  it("tells again of a loop that begins again after a rest", () => {
    const loops = new WriteLoops();
    for (let at = 0; at < 11; at += 1) loops.note("a", 0);
    const verdicts = Array.from({ length: 11 }, () => loops.note("a", 3_600_000));
    expect(verdicts[10]).toBe("looping-first");
  });
});
