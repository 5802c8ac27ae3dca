// SPDX-License-Identifier: Apache-2.0
// Starts worker threads of this package: from `dist`, or bundled on the spot when sources run (stage: turn).
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { isSourceTree, sourceTsconfig } from "../source-tree.js";

/** Limits of a worker thread's own JavaScript heap. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

/**
 * Starts `turn/<name>` as a worker thread.
 *
 * Node 20 cannot load TypeScript in a worker, whatever the test runner does in the main thread.
 */
export function startWorker(name: string): Worker {
  if (isSourceTree) return new Worker(bundled(name), { eval: true, resourceLimits });
  return new Worker(new URL(`./${name}.js`, import.meta.url), { resourceLimits });
}

const known = new Map<string, string>();

function bundled(name: string): string {
  const entry = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const text = known.get(name) ?? bundle(entry);
  known.set(name, text);
  return text;
}

function bundle(entry: string): string {
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const { outputFiles } = buildSync({
    ...{ entryPoints: [entry], bundle: true, write: false, format: "cjs", platform: "node" },
    ...{ external: ["@wasmer/sdk", "esbuild"], logLevel: "silent" },
    ...(sourceTsconfig === undefined ? {} : { tsconfig: sourceTsconfig }),
    // A bundle of CommonJS form has no `import.meta`; its files are found beside the entry.
    define: { "import.meta.url": JSON.stringify(pathToFileURL(entry).href) },
  });
  return outputFiles[0]?.text ?? "";
}
