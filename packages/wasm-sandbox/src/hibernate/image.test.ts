// SPDX-License-Identifier: Apache-2.0
// Images come back as they were, or not at all.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import {
  decodeImage,
  encodeImage,
  type Binding,
  type ImageKeys,
  type SleepingGuest,
} from "./image.js";
import { fileImageStore } from "./image-store.js";

const binding: Binding = { guest: "db", binary: "b", bundle: "c", template: "t" };
const keys: ImageKeys = { sealKey: new Uint8Array(32).fill(7) };
const sleeping: SleepingGuest = {
  memory: { pages: 22, globals: [1_048_576, 2n ** 60n], delta: new Uint8Array(500).fill(3) },
  pending: {
    calls: [{ id: 3, run: 1, op: "timer", body: { dueTimeMs: 5 } }],
    runs: [{ id: 1, name: "a", phase: "reconcile", ref: { group: "", kind: "K", name: "n" } }],
    lastRun: 4,
  },
};
const unusable = { code: "EXP_SANDBOX_IMAGE" };

describe("an image", () => {
  it.each([
    ["sealed", keys],
    ["encrypted", { ...keys, encryptionKey: new Uint8Array(32).fill(9) }],
  ])("comes back as it was when it is %s", async (_how, own) => {
    const bytes = await encodeImage(binding, sleeping, own);
    const { memory, pending } = await decodeImage(binding, bytes, own);
    expect(pending).toEqual(sleeping.pending);
    expect(memory.globals).toEqual(sleeping.memory.globals);
    expect(Buffer.compare(memory.delta, sleeping.memory.delta)).toBe(0);
  });

  it("is not used when a single bit of it was changed", async () => {
    const bytes = await encodeImage(binding, sleeping, keys);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await expect(decodeImage(binding, changed, keys)).rejects.toMatchObject(unusable);
    }
  });

  it("is not used when it was cut short", async () => {
    const bytes = await encodeImage(binding, sleeping, keys);
    for (const length of [0, 10, 40, bytes.length - 1]) {
      await expect(decodeImage(binding, bytes.subarray(0, length), keys)).rejects.toMatchObject(
        unusable,
      );
    }
  });

  it.each(["guest", "binary", "bundle", "template"])("is not used for another %s", async (what) => {
    const bytes = await encodeImage(binding, sleeping, keys);
    const other = { ...binding, [what]: "other" };
    await expect(decodeImage(other, bytes, keys)).rejects.toMatchObject(unusable);
  });

  it("is not used with other keys, and not read without encryption when it should have it", async () => {
    const bytes = await encodeImage(binding, sleeping, keys);
    const others: ImageKeys[] = [
      { sealKey: new Uint8Array(32) },
      { ...keys, encryptionKey: new Uint8Array(32) },
    ];
    for (const other of others)
      await expect(decodeImage(binding, bytes, other)).rejects.toMatchObject(unusable);
  });

  it("hides what it holds when it is encrypted", async () => {
    const secret = {
      ...sleeping,
      memory: { ...sleeping.memory, delta: Buffer.from("password".repeat(9)) },
    };
    const bytes = await encodeImage(binding, secret, {
      ...keys,
      encryptionKey: new Uint8Array(32).fill(9),
    });
    expect(Buffer.from(bytes).includes("timer")).toBe(false);
  });
});

describe("fileImageStore()", () => {
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  it("keeps each guest in a file only its owner can read, whatever its name", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "images-")), "deep");
    folders.push(folder);
    const store = await fileImageStore(folder);
    const names = ["db", "../../etc/passwd", "a/b", "__proto__", ""];
    for (const name of names) await store.save(name, Buffer.from(`image of ${name}`));
    for (const name of names) expect(String(await store.load(name))).toBe(`image of ${name}`);
    const files = await readdir(folder);
    expect(files).toHaveLength(names.length);
    for (const file of files) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await store.remove("db");
    await store.remove("db");
    expect(await store.load("db")).toBeUndefined();
  });

  it("clears away what a crash left half written, and keeps what was whole", async () => {
    const folder = await mkdtemp(join(tmpdir(), "images-"));
    folders.push(folder);
    await (await fileImageStore(folder)).save("db", Buffer.from("whole"));
    const [file = ""] = await readdir(folder);
    await writeFile(join(folder, `${file}.abc.part`), "half");
    const store = await fileImageStore(folder);
    expect(await readdir(folder)).toEqual([file]);
    expect(String(await store.load("db"))).toBe("whole");
    expect(String(await readFile(join(folder, file)))).toBe("whole");
  });
});
