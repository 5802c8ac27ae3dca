#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The haversack-apiserver command.
import { runCommand } from "./command.js";

try {
  const server = await runCommand(process.argv.slice(2), {
    print: (text) => process.stdout.write(text),
  });
  const stop = (): void => {
    server?.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
