// SPDX-License-Identifier: Apache-2.0
// Puts the guest's own packs in the place of the host's, and refuses what cannot run there (stage: build).
import type { Plugin, PluginBuild } from "esbuild";
import { fileURLToPath } from "node:url";
import { dirname } from "node:path";
import { isSourceTree } from "../source-tree.js";
import { refusalOf } from "./node-names.js";

/** Files of this package beside this one: sources under test, `dist` when it is installed. */
export function ownFile(name: string): string {
  const extension = isSourceTree ? "ts" : "js";
  return fileURLToPath(new URL(`../${name}.${extension}`, import.meta.url));
}

/** Packages whose exports a guest gets from `guest/packs`, or as declarations that nobody reads. */
const packs =
  /^(haversack|@haversack\/(watches|api-objects|secondary-index|split-reconcile|wasm-sandbox))$/;
const guestNamespace = "haversack-guest";
/** What `guest/packs` exports; the rest of a pack is only declared. */
const ownNames = [
  "withApiObjects",
  "withSecondaryIndex",
  "withWatches",
  "withSplitReconcile",
  "withSandbox",
  "subReconcilerOf",
];

/**
 * An esbuild plugin for guests: see {@link buildGuest}.
 *
 * @param onRefusal Told every import that may not be in a guest.
 */
export function guestPackages(tsconfig: string | undefined): Plugin {
  return {
    name: "haversack-guest",
    setup(setup) {
      setup.onResolve({ filter: /.*/ }, async (request) => {
        const { path, kind, pluginData, resolveDir } = request;
        if (pluginData === "as-is" || kind === "entry-point") return undefined;
        if (path === "@haversack/wasm-sandbox/guest") return { path: ownFile("guest/index") };
        if (packs.test(path)) {
          return { path, namespace: guestNamespace, pluginData: { resolveDir } };
        }
        const refusal = refusalOf(path);
        return refusal === undefined ? undefined : { errors: [{ text: refusal }] };
      });
      setup.onLoad({ filter: /.*/, namespace: guestNamespace }, async ({ path, pluginData }) => {
        const { resolveDir } = pluginData as { resolveDir: string };
        const names = await exportsOf(setup, path, resolveDir, tsconfig);
        const contents = standIn(names, path);
        return { contents, resolveDir: dirname(ownFile("guest/packs")), loader: "js" };
      });
    },
  };
}

/** Source of a module with the names of a pack: the guest's own, core's, and inert declarations. */
function standIn(names: readonly string[], path: string): string {
  const own = ownNames.filter((name) => names.includes(name));
  const rest = names.filter((name) => !own.includes(name));
  const lines = [
    `import { declaredInHost } from ${JSON.stringify(ownFile("guest/packs"))};`,
    `export { ${own.join(", ")} } from ${JSON.stringify(ownFile("guest/packs"))};`,
    ...(path === "haversack" ? ['export * from "@haversack/core";'] : []),
    ...rest.map((name) => `export const ${name} = /* @__PURE__ */ declaredInHost("${name}");`),
  ];
  return lines.join("\n");
}

/** Names a package exports at run time, core's left out: a guest has core itself. */
async function exportsOf(
  setup: PluginBuild,
  path: string,
  resolveDir: string,
  tsconfig: string | undefined,
): Promise<readonly string[]> {
  const options = { kind: "import-statement", resolveDir, pluginData: "as-is" } as const;
  const [pack, core] = await Promise.all([
    setup.resolve(path, options),
    setup.resolve("@haversack/core", { ...options, resolveDir: dirname(ownFile("guest/packs")) }),
  ]);
  const [packNames, coreNames] = await Promise.all([
    runTimeExports(pack.path, tsconfig),
    runTimeExports(core.path, tsconfig),
  ]);
  return packNames.filter((name) => !coreNames.includes(name));
}

const known = new Map<string, Promise<readonly string[]>>();

function runTimeExports(file: string, tsconfig: string | undefined): Promise<readonly string[]> {
  const asked = known.get(file) ?? readExports(file, tsconfig);
  known.set(file, asked);
  return asked;
}

async function readExports(file: string, tsconfig: string | undefined): Promise<readonly string[]> {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    ...{ entryPoints: [file], bundle: true, write: false, metafile: true },
    ...{ format: "esm", platform: "node", logLevel: "silent", outdir: "unused" },
    ...(tsconfig === undefined ? {} : { tsconfig }),
    // Only our own packages are followed: `export *` from them must be seen through.
    plugins: [
      {
        name: "own-packages",
        setup(setup) {
          setup.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === "entry-point" || path.startsWith("@haversack/")
              ? undefined
              : { path, external: true },
          );
        },
      },
    ],
  });
  return Object.values(metafile.outputs).flatMap(({ exports }) => exports);
}
