// SPDX-License-Identifier: Apache-2.0
// The demo tells the same story every time, and its counts are true.
import { beforeAll, describe, expect, it } from "@jest/globals";
import { tellStory } from "./story.js";
import { paintFor, plainPaint, wrapped } from "./terminal.js";

describe("the demo", () => {
  const lines: string[] = [];

  beforeAll(async () => {
    await tellStory((line) => lines.push(line), plainPaint, ["packs"]);
  }, 60_000);

  /** The lines between the heading with this number and the next one, without their times. */
  function chapter(number: number): readonly string[] {
    const first = lines.findIndex((line) => line.startsWith(`${number}. `));
    const next = lines.findIndex((line) => line.startsWith(`${number + 1}. `));
    return lines
      .slice(first, next < 0 ? undefined : next)
      .map((line) => line.trim().replace(/^\d+ s {2}/, ""));
  }

  /** The first words of the lines that tell what happened. */
  function stages(number: number): readonly string[] {
    const known = /^(informer|index|predicate|mapping|queue|reconcile|write|status|mongodb) /;
    return chapter(number).flatMap((line) => known.exec(line)?.[1] ?? []);
  }

  it("follows the first event from the informer to the cluster that is ready", () => {
    const told = stages(1);

    expect(told.slice(0, 5)).toEqual(["informer", "index", "predicate", "queue", "reconcile"]);
    expect(chapter(1)).toContain("write      apply StatefulSet some-name-rs0");
    expect(chapter(1)).toContainEqual(expect.stringMatching(/^mongodb +initiate/));
    expect(chapter(1)).toContainEqual(expect.stringMatching(/^Now ready, 3 of 3 pods ready/));
  });

  it("says of every reconcile what woke it", () => {
    const reconciles = lines.filter((line) => /^ +\d+ s {2}reconcile/.test(line));

    expect(reconciles.length).toBeGreaterThan(20);
    for (const line of reconciles) {
      expect(line).toMatch(/because (\S+ \S+ was (added|modified|deleted)|it had asked)/);
    }
  });

  it("writes only what a change asks for", () => {
    const writes = chapter(2).filter((line) => line.startsWith("write"));

    expect(writes.map((line) => line.replace(/\s+/g, " ")).sort()).toEqual([
      "write apply Secret some-name-databaseadmin-conn-str",
      "write apply StatefulSet some-name-rs0",
    ]);
    expect(chapter(2)).toContainEqual(expect.stringMatching(/^Now ready, 5 of 5 .* 0 reads\.$/));
  });

  it("replaces pods from the highest ordinal down, the primary after it has stepped down", () => {
    const order = chapter(3).filter((line) => /delete Pod|stepDown/.test(line));

    // Commands of a pass stand behind its writes.
    expect(order.map((line) => /Pod (\S+)|stepDown/.exec(line)?.[1] ?? "stepDown")).toEqual([
      ...[4, 3, 2, 1, 0].map((ordinal) => `some-name-rs0-${ordinal}`),
      "stepDown",
    ]);
  });

  it("follows a backup through its states, and the lock", () => {
    const told = chapter(4).filter((line) => line.startsWith("backup "));
    expect(told.map((line) => line.split(": ")[1])).toEqual([
      ...["waiting", "requested", "running", "ready"],
    ]);
    expect(chapter(4)).toContain("write      delete Lease psmdb-some-name-backup-lock");
  });

  it("ends at the predicate when nobody cares", () => {
    expect(stages(5)).toEqual(["informer", "index", "predicate"]);
  });

  it("shows how a Service finds the way to its cluster", () => {
    expect(stages(6)).toEqual([
      ...["informer", "index", "predicate", "mapping", "queue", "reconcile", "write", "reconcile"],
    ]);
    expect(chapter(6)).toContain("write      apply Service some-name-rs0");
  });

  it("tells a mistake with an Event that says what to change", () => {
    const event = chapter(7).findIndex((line) => line.startsWith("Event: Warning Invalid: "));
    const told = chapter(7).slice(event).join(" ");
    expect(told).toMatch(/no quantity\. Write a number .* has 4 members\. Use an odd size/);
    expect(chapter(7)).toContainEqual(expect.stringMatching(/^status +ready, 5 of 5/));
  });

  it("stops pods in order and keeps the Secrets that data is unreadable without", () => {
    const pods = chapter(8).filter((line) => line.includes("delete") || line.includes("apply"));
    expect(pods.join("\n")).toContain("apply StatefulSet some-name-rs0");
    expect(chapter(8).join(" ")).toContain("some-name-mongodb-encryption-key");
  });

  it("ends with the bill: the packs ask for nothing while idle and look at the databases", () => {
    const row = (what: string): readonly string[] =>
      chapter(9)
        .find((line) => line.startsWith(what))
        ?.slice(what.length)
        .trim()
        .split(/ {2,}/) ?? [];

    expect(row("10 idle minutes: reconciles")).toEqual(["10"]);
    expect(row("10 idle minutes: reads")).toEqual(["0"]);
    expect(row("one change, until at rest: reads")).toEqual(["0"]);
    expect(row("reconciles until a changed Service is right")).toEqual(["1 (0 s)"]);
  });

  it("is plain text when it is not painted", () => {
    expect(lines.filter((line) => line.includes("\u001b"))).toEqual([]);
  });
});

describe("paintFor()", () => {
  it("colours a terminal, unless it is asked not to or cannot", () => {
    expect(paintFor({ isTTY: true }, {})("title", "a")).toBe("\u001b[1ma\u001b[0m");
    expect(paintFor({ isTTY: true }, { NO_COLOR: "1" })("title", "a")).toBe("a");
    expect(paintFor({ isTTY: true }, { TERM: "dumb" })("title", "a")).toBe("a");
    expect(paintFor({}, {})("title", "a")).toBe("a");
  });
});

describe("wrapped()", () => {
  it("cuts between words and keeps what is too long in one piece", () => {
    expect(wrapped("a bc def", 4)).toEqual(["a bc", "def"]);
    expect(wrapped("abcdef g", 3)).toEqual(["abcdef", "g"]);
  });
});
