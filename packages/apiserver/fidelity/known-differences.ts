// SPDX-License-Identifier: Apache-2.0
// What the embedded server answers differently than the recorded one, each with its reason.
import type { KnownDifference } from "./compare.js";
import { laterChanges } from "./later-changes.js";
import { openDifferences } from "./open-differences.js";

const chosen = (step: string, at: string, reason: string): KnownDifference => ({
  step,
  at,
  why: "chosen",
  reason,
});

/** What is meant to be different. */
const chosenDifferences: readonly KnownDifference[] = [
  chosen("routing/unknown methods #1", "*", "Node's HTTP parser refuses methods it does not know"),
  chosen(
    "routing/malformed YAML *",
    "body.message",
    "the YAML parser is another one and has its own words",
  ),
  chosen(
    "validation/exclusive minimum *",
    "*",
    "kube-apiserver 1.20 breaks off the connection here",
  ),
  chosen(
    "routing/answer types with wildcards and weights #3",
    "*",
    "weights of accepted types are understood where the real routes give up",
  ),
  chosen("routing/missing API version #1", "*", "a refusal, where 1.20 tells an internal error"),
  chosen("create/generateName #5", "body.*", "the refused name ends in random letters"),
];

/** The list; an entry that explains nothing any more fails the comparison. */
export const knownDifferences: readonly KnownDifference[] = [
  ...laterChanges,
  ...chosenDifferences,
  ...openDifferences,
];
