#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The haversack command (before stage 1).
import { runCommand } from "./command/command.js";

process.exitCode = await runCommand(process.argv.slice(2), {
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
});
