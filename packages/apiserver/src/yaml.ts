// SPDX-License-Identifier: Apache-2.0
// The YAML library, loaded when something is YAML: most servers start and end without it.
import { createRequire } from "node:module";
import type * as Yaml from "yaml";

let library: typeof Yaml | undefined;

/** The library. */
export function yaml(): typeof Yaml {
  library ??= createRequire(import.meta.url)("yaml") as typeof Yaml;
  return library;
}
