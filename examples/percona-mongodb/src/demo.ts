// SPDX-License-Identifier: Apache-2.0
// The command behind `npm run demo`.
import { tellStory } from "./demo/story.js";
import { paintFor } from "./demo/terminal.js";

tellStory((line) => console.log(line), paintFor(process.stdout, process.env)).catch(
  (error: unknown) => {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    process.exitCode = 1;
  },
);
