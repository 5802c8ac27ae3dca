#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The haversack-apiserver command.
import { runCommand } from "./command.js";

const fail = (error: unknown): never => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
};

const started = runCommand(process.argv.slice(2), {
  print: (text) => process.stdout.write(text),
});
// Whoever sees the ready line may send a signal at once, and one may come before it.
const stop = (): void => {
  started.then((server) => server?.close()).then(() => process.exit(0), fail);
};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
started.catch(fail);
