// SPDX-License-Identifier: Apache-2.0
// A data folder over restarts: what it keeps, what it refuses, and how it stays short.
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openDataDir } from "./data-dir.js";
import type { DataDir } from "./data-dir.js";
import { Journal } from "./journal.js";
import { ObjectStore } from "./object-store.js";
import type { Segment } from "./segment.js";

interface Opened extends DataDir {
  readonly store: ObjectStore;
}

describe("a data folder", () => {
  let folder: string;
  const opened: Opened[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "haversack-journal-"));
  });
  afterEach(async () => {
    for (const data of opened.splice(0)) await data.close();
    rmSync(folder, { recursive: true });
  });

  const open = async (compactBytes?: number): Promise<Opened> => {
    const store = new ObjectStore(100);
    const onFailure = (error: Error): void => {
      throw error;
    };
    const data = { ...(await openDataDir(store, { folder, onFailure, compactBytes })), store };
    opened.push(data);
    return data;
  };
  const reopen = async (data: Opened, compactBytes?: number): Promise<Opened> => {
    opened.splice(opened.indexOf(data), 1);
    await data.close();
    return open(compactBytes);
  };
  const put = ({ store }: Opened, name: string, n: unknown): void => {
    store.put("things", `ns/${name}`, { kind: "Thing", apiVersion: "v1", metadata: { name }, n });
  };
  const shape = ({ store }: Opened): unknown =>
    store.list("things").map(({ key, revision, text }) => [key, revision, text]);
  const files = (): string[] => readdirSync(folder).filter((name) => name.startsWith("journal"));
  const journalFile = (): string => join(folder, files()[0] ?? "");

  it("gives back objects, their revisions and texts, in key order", async () => {
    const first = await open();
    for (const name of ["b", "c", "a"]) put(first, name, `${name} ☃ "quoted"\n`);
    put(first, "b", JSON.parse('{"__proto__":{"polluted":1},"constructor":2}'));
    first.store.remove("things", "ns/c");
    const before = shape(first);
    const { revision } = first.store.log;
    const second = await reopen(first);
    expect(shape(second)).toEqual(before);
    expect(second.store.log.revision).toBe(revision);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("goes on counting where an earlier life stopped, though its last commit was a deletion", async () => {
    const first = await open();
    put(first, "a", 1);
    first.store.remove("things", "ns/a");
    const { revision } = first.store.log;
    const second = await reopen(first);
    put(second, "b", 1);
    expect(second.store.get("things", "ns/b")?.revision).toBe(revision + 1);
  });

  it("lets watches go on from its last revision and calls older ones Expired", async () => {
    const first = await open();
    put(first, "a", 1);
    put(first, "a", 2);
    const { revision } = first.store.log;
    const { store } = await reopen(first);
    expect([
      store.log.covers("things", revision),
      store.log.covers("things", revision - 1),
    ]).toEqual([true, false]);
  });

  it("says that commits are kept only when they are in the file", async () => {
    const data = await open();
    put(data, "a", 1);
    const synced = data.journal.synced();
    expect(synced).toBeDefined();
    expect(readFileSync(journalFile(), "utf8")).not.toContain("ns/a");
    await synced;
    expect(readFileSync(journalFile(), "utf8")).toContain("ns/a");
    expect(data.journal.synced()).toBeUndefined();
  });

  it("writes commits that come together in one group", async () => {
    const data = await open();
    put(data, "a", 1);
    put(data, "b", 1);
    await data.journal.synced();
    const groups = readFileSync(journalFile(), "latin1").split("\u001e").slice(1);
    expect(groups.map((group) => group.split("\n").length)).toEqual([3, 4]);
  });

  it("drops a group that a crash cut short, and appends after what was whole", async () => {
    const first = await open();
    put(first, "a", 1);
    await first.journal.synced();
    const second = await reopen(first);
    appendFileSync(journalFile(), "\u001e0000ffff");
    const third = await reopen(second);
    put(third, "b", 1);
    const fourth = await reopen(third);
    expect(fourth.store.list("things").map(({ key }) => key)).toEqual(["ns/a", "ns/b"]);
  });

  it("refuses a file that was damaged before its end", async () => {
    const first = await open();
    put(first, "a", 1);
    await first.journal.synced();
    put(first, "b", 1);
    opened.length = 0;
    await first.close();
    const text = readFileSync(journalFile(), "latin1");
    writeFileSync(journalFile(), text.replace("ns/a", "ns/x"), "latin1");
    await expect(open()).rejects.toThrow(/damaged at byte \d+/);
    await expect(open()).rejects.toThrow(/damaged/);
  });

  it("refuses a file of another format", async () => {
    const first = await open();
    opened.length = 0;
    await first.close();
    writeFileSync(journalFile(), "");
    await expect(open()).rejects.toThrow(/not there in full/);
  });

  it("is refused to a second server while the first has it", async () => {
    const first = await open();
    await expect(open()).rejects.toThrow(`process ${process.pid} uses it`);
    await reopen(first);
  });

  it("is taken from a holder that is dead, or whose process id is another's by now", async () => {
    writeFileSync(join(folder, "lock"), "4194304999 1\n");
    const first = await open();
    opened.length = 0;
    await first.close();
    writeFileSync(join(folder, "lock"), `${process.pid} 1\n`);
    await open();
    expect(readdirSync(folder).filter((name) => name.startsWith("lock."))).toEqual([]);
  });

  it("writes the file anew when it is long, without losing what comes meanwhile", async () => {
    let data = await open(20_000);
    const filler = "x".repeat(500);
    for (let n = 0; n < 400; n++) {
      put(data, `o${n % 7}`, `${n} ${filler}`);
      if (n % 3 === 0) await data.journal.synced();
      if (n % 50 === 49) data.store.remove("things", `ns/o${n % 7}`);
    }
    await data.journal.synced();
    expect(files().filter((name) => name.endsWith(".log")).length).toBe(1);
    expect(journalFile()).not.toContain("00000001");
    expect(readFileSync(journalFile()).length).toBeLessThan(60_000);
    const before = shape(data);
    data = await reopen(data, 20_000);
    expect(shape(data)).toEqual(before);
  });

  it("starts from the older file when a new one was not finished", async () => {
    const first = await open();
    put(first, "a", 1);
    const second = await reopen(first);
    writeFileSync(join(folder, "journal-00000002.log.new"), "half");
    const third = await reopen(second);
    expect(third.store.count("things")).toBe(1);
    expect(files()).toEqual(["journal-00000001.log"]);
  });

  it("refuses everything after the disk has failed", async () => {
    const { store } = await open();
    const failures: string[] = [];
    const file = {
      write: () => Promise.reject(new Error("ENOSPC: no space left on device")),
      close: () => Promise.resolve(),
    };
    const segment = { number: 1, file, bytes: 0, stateBytes: 0 } as unknown as Segment;
    const journal = new Journal({
      folder,
      segment,
      state: () => store.state(),
      compactBytes: 1_000_000,
      onFailure: ({ message }) => failures.push(message),
    });
    const object = store.put("things", "ns/a", { metadata: {} });
    const entry = { revision: 2, type: "ADDED", key: "ns/a", object, previous: undefined } as const;
    journal.append("things", entry);
    await expect(journal.synced()).rejects.toThrow(/failed: ENOSPC.* Nothing more is stored/);
    journal.append("things", entry);
    await expect(journal.synced()).rejects.toThrow(/Nothing more is stored/);
    expect(failures.length).toBe(1);
    await journal.close();
  });
});
