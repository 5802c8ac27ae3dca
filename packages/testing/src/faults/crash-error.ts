// SPDX-License-Identifier: Apache-2.0
// The error a process under test gets in place of being killed (stages 1 and 6: the API's edge).
import { ExpansionError } from "@haversack/core";

/** The process is to be taken for dead; nothing of it may act any more. Terminal. */
export class CrashError extends ExpansionError {
  constructor(attempt: string, when: "before" | "after" | "since") {
    super(
      "EXP_CRASH",
      `${attempt} failed: the test killed this process ${when === "since" ? "earlier" : `${when} it`}. ` +
        "Start a new reconciler on the same cluster.",
      "never",
    );
  }
}
