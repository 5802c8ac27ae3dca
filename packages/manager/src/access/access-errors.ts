// SPDX-License-Identifier: Apache-2.0
// Missing and undeclared rights, in one sentence each (stage 6: writes).
import { ExpansionError } from "@haversack/core";

/** The identity of this process lacks rights that its reconcilers need. Terminal. */
export class MissingAccessError extends ExpansionError {
  /** What is missing, one entry per resource. */
  readonly missing: readonly string[];

  constructor(missing: readonly string[]) {
    super(
      "EXP_MISSING_ACCESS",
      `cannot start: missing rights: ${missing.join("; ")}. ` +
        'Apply the Role that `npx haversack rbac` prints, or pass access: "off".',
      "never",
    );
    this.missing = missing;
  }
}

/** A call that nothing declares; a Role made from declarations would not allow it. Terminal. */
export class UndeclaredAccessError extends ExpansionError {
  constructor(call: string) {
    super(
      "EXP_UNDECLARED_ACCESS",
      `${call} is outside of what the reconciler declares. Declare it: watch the kind, name it in ` +
        "writes or reads of withApiObjects, or pass it to deriveRules as also.",
      "never",
    );
  }
}
