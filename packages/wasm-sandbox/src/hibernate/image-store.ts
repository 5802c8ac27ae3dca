// SPDX-License-Identifier: Apache-2.0
// Where sleeping guests lie: a folder only its owner can read, or memory (stage: hibernate).
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Keeps sealed bytes by the name of a guest. */
export interface ImageStore {
  /** All or nothing: a crash leaves the old bytes or the new. */
  save(guest: string, bytes: Uint8Array): Promise<void>;
  load(guest: string): Promise<Uint8Array | undefined>;
  remove(guest: string): Promise<void>;
}

/**
 * Images as files of mode 0600 in a folder of mode 0700.
 *
 * **Guarantees:** a name never becomes a path: files are called by its hash. A file is written aside
 * and renamed; what a crash left aside is cleared away when the store is opened.
 */
export async function fileImageStore(folder: string): Promise<ImageStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    if (name.endsWith(".part")) await rm(join(folder, name), { force: true });
  }
  const fileOf = (guest: string): string => {
    const name = createHash("sha256").update(guest).digest("hex").slice(0, 40);
    return join(folder, `${name}.image`);
  };
  return {
    async save(guest, bytes) {
      const file = fileOf(guest);
      const aside = `${file}.${randomBytes(6).toString("hex")}.part`;
      await writeFile(aside, bytes, { mode: 0o600, flag: "wx" });
      await rename(aside, file);
    },
    async load(guest) {
      try {
        return await readFile(fileOf(guest));
      } catch (error) {
        if ((error as { code?: unknown }).code === "ENOENT") return undefined;
        throw error;
      }
    },
    remove: (guest) => rm(fileOf(guest), { force: true }),
  };
}

/** Images in this process: they cost their compressed size, and end with it. */
export function memoryImageStore(): ImageStore {
  const images = new Map<string, Uint8Array>();
  return {
    save: (guest, bytes) => Promise.resolve(void images.set(guest, bytes)),
    load: (guest) => Promise.resolve(images.get(guest)),
    remove: (guest) => Promise.resolve(void images.delete(guest)),
  };
}
