// SPDX-License-Identifier: Apache-2.0
// Loads @kubernetes/client-node, the only place that does, and says why when it cannot (stage 1 and 6).
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { ConfigurationError } from "@haversack/core";

// Not a literal in import(): bundlers leave the optional peer out.
const moduleName: string = "@kubernetes/client-node";

/**
 * Loads client-node: 75 to 90 MB.
 *
 * **API requests:** 0.
 *
 * @throws ConfigurationError when it is not installed or cannot run on this Node. Terminal.
 */
export async function loadClientNode<T>(): Promise<T> {
  await refuseUnloadable();
  try {
    return (await import(moduleName)) as T;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
    throw cannotLoad(isMissing ? "it is not installed" : (error as Error).message, error);
  }
}

/**
 * Version 2 needs undici 8, which fails while it is loaded on Node 20; that failure also surfaces
 * as an unhandled rejection, which ends the process. So it is not tried.
 */
async function refuseUnloadable(): Promise<void> {
  const version = await installedVersion();
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 && version !== undefined && !/^[01]\./.test(version)) {
    throw cannotLoad(`version ${version} does not run on Node ${process.versions.node}`);
  }
}

async function installedVersion(): Promise<string | undefined> {
  try {
    const path = createRequire(import.meta.url).resolve(`${moduleName}/package.json`);
    return (JSON.parse(await readFile(path, "utf8")) as { version?: string }).version;
  } catch {
    return undefined; // Not there, or not to be found this way: the import will tell.
  }
}

function cannotLoad(why: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    `cannot load ${moduleName}, which reads kubeconfig files: ${why}. ` +
      "Install version 1.4, or 2.x on Node 22.19 or newer; or use createClient() or inCluster().",
    { cause },
  );
}
