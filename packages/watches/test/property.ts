// SPDX-License-Identifier: Apache-2.0
// fast-check, with the seed taken from the environment when a failure is to be repeated (tests).
import fc from "fast-check";

const seed = process.env["HAVERSACK_SEED"];
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

export { fc };
