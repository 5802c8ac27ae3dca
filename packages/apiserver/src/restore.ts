// SPDX-License-Identifier: Apache-2.0
// What a server knows beside its objects, made again from the objects of an earlier life.
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crdStorageKey, serveCrd } from "./controllers/crd-lifecycle.js";
import type { ServerCore } from "./core.js";
import { arrayAt, stringAt } from "./json.js";
import type { JsonObject } from "./json.js";
import { reserveService } from "./write/service-hooks.js";

function isEstablished(crd: JsonObject): boolean {
  return arrayAt(crd, "status", "conditions").some(
    (condition) =>
      stringAt(condition, "type") === "Established" && stringAt(condition, "status") === "True",
  );
}

/** Serves the custom resources and holds the addresses that the store's objects speak of. */
export function restoreCore(core: ServerCore): void {
  for (const { value } of core.store.list(crdStorageKey)) {
    if (isEstablished(value)) serveCrd(core.registry, value);
  }
  for (const { value } of core.store.list("services")) reserveService(value, undefined, core);
}

/** The administrator's token of a data folder; kubeconfigs of an earlier life stay good. */
export async function tokenOf(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "admin-token");
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const token = randomBytes(16).toString("hex");
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
}
