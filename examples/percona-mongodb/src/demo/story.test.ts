// SPDX-License-Identifier: Apache-2.0
// The demo tells the same story every time, and its counts are true.
import { beforeAll, describe, expect, it } from "@jest/globals";
import { tellStory } from "./story.js";

describe("the demo", () => {
  const lines: string[] = [];

  beforeAll(async () => {
    await tellStory((line) => lines.push(line));
  }, 60_000);

  /** The lines between the heading with this number and the next one. */
  function chapter(number: number): readonly string[] {
    const first = lines.findIndex((line) => line.startsWith(`${number}. `));
    const next = lines.findIndex((line) => line.startsWith(`${number + 1}. `));
    return lines.slice(first, next < 0 ? undefined : next).map((line) => line.trim());
  }

  /** The first words of the lines that tell a stage. */
  function stages(number: number): readonly string[] {
    const known = /^(informer|index|predicate|mapping|queue|reconcile|write|result) /;
    return chapter(number).flatMap((line) => known.exec(line)?.[1] ?? []);
  }

  it("follows the first event from the informer to the last write", () => {
    const told = stages(1);

    expect(told.slice(0, 5)).toEqual(["informer", "index", "predicate", "queue", "reconcile"]);
    expect(told.at(-1)).toBe("result");
    expect(chapter(1)).toContain("write      server-side apply: statefulsets some-name-rs0");
    expect(chapter(1)).toContain("Status: ready, 3 of 3 members ready.");
  });

  it("writes only what a change asks for", () => {
    expect(stages(2).filter((stage) => stage === "write")).toHaveLength(3);
    expect(chapter(2)).toContain("Status: ready, 5 of 5 members ready.");
  });

  it("ends at the predicate when nobody cares", () => {
    expect(stages(3)).toEqual(["informer", "index", "predicate"]);
  });

  it("shows how a Service finds the way to its cluster", () => {
    expect(stages(4)).toContain("mapping");
    expect(chapter(4)).toContain("write      server-side apply: services some-name-rs0");
  });

  it("keeps the Secrets that data is unreadable without", () => {
    expect(chapter(5)).toContain("Secret some-name-mongodb-encryption-key");
  });

  it("ends with the bill: the packs ask for nothing while idle and look at the databases", () => {
    const row = (what: string): readonly (string | undefined)[] =>
      chapter(6)
        .find((line) => line.startsWith(what))
        ?.slice(what.length)
        .trim()
        .split(/\s+/) ?? [];

    expect(row("ten idle minutes: reconciles")).toEqual(["120", "10"]);
    expect(row("ten idle minutes: reads")[1]).toBe("0");
    expect(row("ten idle minutes: writes")).toEqual(["120", "0"]);
    expect(row("one change, until at rest: reads")[1]).toBe("0");
    expect(row("a changed Service is put right")).toEqual(["never", "yes"]);
  });
});
