// SPDX-License-Identifier: Apache-2.0
// The command behind `npm run demo`.
import { tellStory } from "./demo/story.js";

tellStory((line) => console.log(line)).catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
});
