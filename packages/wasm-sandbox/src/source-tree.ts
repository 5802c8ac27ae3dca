// SPDX-License-Identifier: Apache-2.0
// Whether this package runs from its sources, as its tests do, and where their tsconfig is (under every stage).
import { fileURLToPath } from "node:url";

/** Whether these are the TypeScript sources and not what was compiled from them. */
export const isSourceTree: boolean = import.meta.url.endsWith(".ts");

/** The repository's tsconfig, which maps packages to their sources; `undefined` in `dist`. */
export const sourceTsconfig: string | undefined = isSourceTree
  ? fileURLToPath(new URL("../../../tsconfig.check.json", import.meta.url))
  : undefined;
