// SPDX-License-Identifier: Apache-2.0
// Tests run on sources; the guest binary is a build product, made here when it is not there yet.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildGuest, type BuiltGuest } from "../src/build/build-guest.js";

const tool = fileURLToPath(new URL("../tools/build-guest-binary.mjs", import.meta.url));

/** Builds one of the guests of `test/guests`. */
export function buildTestGuest(name: string): Promise<BuiltGuest> {
  execFileSync(process.execPath, [tool], { stdio: ["ignore", "ignore", "inherit"] });
  const entry = fileURLToPath(new URL(`guests/${name}.ts`, import.meta.url));
  return buildGuest({ entry });
}
