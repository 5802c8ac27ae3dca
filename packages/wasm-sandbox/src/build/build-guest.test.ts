// SPDX-License-Identifier: Apache-2.0
// What a build lets in, keeps out, and says about it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { buildTestGuest } from "../../test/binary.js";
import { decodeGuestFile } from "../load/guest-file.js";
import { buildGuest } from "./build-guest.js";

const serve = fileURLToPath(new URL("../guest/index.ts", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "guest-build-"));
  await buildTestGuest("sleepy"); // Makes the guest binary when it is not there yet.
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const build = (source: string): ReturnType<typeof buildGuest> => {
  const entry = join(folder, "entry.ts");
  writeFileSync(entry, source);
  return buildGuest({ entry });
};
const serving = `import { serveGuest } from ${JSON.stringify(serve)};
serveGuest({ parts: [{ name: "a", reconcile: async () => undefined }] });`;

describe("buildGuest()", () => {
  it("gives equal bytes for equal sources, and reads them back", async () => {
    const [first, second] = [await build(serving), await build(serving)];
    expect(Buffer.compare(first.bytes, second.bytes)).toBe(0);
    const { bytes, sourceBytes, bytecodeBytes, ...file } = first;
    expect(decodeGuestFile(bytes)).toEqual({ ...file, bytecode: Buffer.from(file.bytecode) });
    expect(file.names).toEqual(["a"]);
    expect(sourceBytes).toBeLessThan(20_000);
    expect(bytecodeBytes).toBeLessThan(40_000);
  });

  it("puts the guest's own packs in the place of the host's: no rxjs, no client, no Node", async () => {
    const { source, names } = await buildTestGuest("whole");
    expect(names).toEqual(["database"]);
    expect(source).not.toMatch(/Observable|rxjs|require\(|node:/);
    expect(Buffer.byteLength(source)).toBeLessThan(30_000);
  });

  it.each([
    ['import "node:fs";', /node:fs.*ConfigMap or Secret/],
    ['import { createHash } from "crypto"; createHash("md5");', /"crypto".*host make secrets/],
    ['import { of } from "rxjs"; of(1);', /"rxjs".*Event streams are the host's/],
    ['import "@kubernetes/client-node";', /client-node.*this\.objects/],
    ['import "./addon.node";', /native module/],
  ])("refuses %s and says what to use instead", async (line, text) => {
    const outcome = expect(build(`${line}\n${serving}`)).rejects;
    await outcome.toMatchObject({
      code: "EXP_CONFIGURATION",
      message: expect.stringMatching(text),
    });
  });

  it.each([
    ["offers nothing", "export const nothing = 1;"],
    ["throws while it is loaded", `${serving}\nthrow new Error("bad");`],
    ["calls its host while it is loaded", `${serving}\nconsole.log("early");`],
    ["offers one name twice", `${serving}\n${serving.split("\n")[1]}`],
    ["is no program", "const = ;"],
  ])("refuses a guest that %s", async (_what, source) => {
    await expect(build(source)).rejects.toMatchObject({
      retry: expect.stringMatching(/never|backoff/),
    });
  });

  it("refuses a file that was changed or cut", async () => {
    const { bytes } = await build(serving);
    const changed = Uint8Array.from(bytes);
    changed[30] = (changed[30] ?? 0) ^ 1;
    for (const bad of [changed, bytes.subarray(0, 50), new Uint8Array(), new Uint8Array(100)]) {
      expect(() => decodeGuestFile(bad)).toThrow(/Build it anew/);
    }
  });
});
