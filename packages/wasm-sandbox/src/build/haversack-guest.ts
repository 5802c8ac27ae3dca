#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The command `haversack-guest build entry.ts -o entry.guest` (stage: build).
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isExpansionError } from "@haversack/core";
import { buildGuest } from "./build-guest.js";

const usage = "usage: haversack-guest build <entry> [-o <file>] [--tsconfig <file>] [--no-minify]";

/** Runs the command. @returns Its exit status. */
async function main(parameters: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: parameters,
    allowPositionals: true,
    options: {
      output: { type: "string", short: "o" },
      tsconfig: { type: "string" },
      "no-minify": { type: "boolean", default: false },
    },
  });
  const [command, entry] = positionals;
  if (command !== "build" || entry === undefined) {
    console.error(usage);
    return 2;
  }
  const { tsconfig, output = entry.replace(/\.[cm]?[jt]s$/, ".guest") } = values;
  const guest = await buildGuest({
    ...{ entry, minify: !values["no-minify"] },
    ...(tsconfig === undefined ? {} : { tsconfig }),
  });
  writeFileSync(output, guest.bytes);
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(
    `${output}: ${kilobytes(guest.bytes.length)} (source ${kilobytes(guest.sourceBytes)}, ` +
      `bytecode ${kilobytes(guest.bytecodeBytes)}), offers ${guest.names.join(", ")}`,
  );
  console.log(`sha256 ${guest.digest}`);
  return 0;
}

main(process.argv.slice(2)).then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    console.error(isExpansionError(error) || error instanceof TypeError ? error.message : error);
    process.exitCode = 1;
  },
);
