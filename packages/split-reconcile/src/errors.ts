// SPDX-License-Identifier: Apache-2.0
// What goes wrong in a split reconcile and nowhere else (stage 5: split reconcile).
import { ExpansionError, formatRef, type ResourceRef } from "@haversack/core";

/** A sub-reconciler wrote what it had not declared. Terminal: correct the declaration or the code. */
export class UndeclaredWriteError extends ExpansionError {
  constructor(name: string, ref: ResourceRef, why: string) {
    const message = `"${name}" may not write ${formatRef(ref)}: ${why}. Declare it in writes, or leave it.`;
    super("EXP_UNDECLARED_WRITE", message, "never", { ref });
  }
}

/** A sub-reconciler read what it had not declared. Terminal: correct the declaration or the code. */
export class UndeclaredReadError extends ExpansionError {
  constructor(name: string, what: string) {
    const message = `"${name}" may not read ${what}: it is not among its reads. Declare it in reads, or leave it.`;
    super("EXP_UNDECLARED_READ", message, "never");
  }
}

/** Something was to be created for a primary that is being deleted. Retried as a cleanup. */
export class CreationRefusedError extends ExpansionError {
  constructor(name: string, ref: ResourceRef) {
    const message =
      `"${name}" may not create ${formatRef(ref)}: its primary is being deleted. ` +
      "Create nothing in cleanup; what is left would stay behind.";
    super("EXP_CREATION_REFUSED", message, "backoff", { ref });
  }
}

/** An exclusive lock ran out, or another took it, before a write. Retried. */
export class LockLostError extends ExpansionError {
  constructor(name: string, ref: ResourceRef) {
    const message = `"${name}" no longer holds ${formatRef(ref)}: it ran out. It is asked for again in the next run.`;
    super("EXP_LOCK_LOST", message, "backoff", { ref });
  }
}

/** A write came after the run that it belongs to had ended. Not retried: nobody waits for it. */
export class RunEndedError extends ExpansionError {
  constructor(name: string) {
    const message =
      `"${name}" may not write any more: its run has ended, by an error or because it did not wait. ` +
      "Wait for every write in the run.";
    super("EXP_RUN_ENDED", message, "backoff");
  }
}

/** One object was written again and again without coming to rest. Tried again after a pause. */
export class WriteLoopError extends ExpansionError {
  /** Dotted paths that flip. */
  readonly paths: readonly string[];
  /** Field managers of the writers. */
  readonly managers: readonly string[];

  constructor(
    ref: ResourceRef,
    afterMs: number,
    paths: readonly string[],
    managers: readonly string[],
  ) {
    const who =
      managers.length > 1
        ? `field managers ${managers.join(" and ")} write ${paths.join(", ")} in turn`
        : `${managers.join("")} writes another value to ${paths.join(", ")} each time`;
    const message =
      `writing ${formatRef(ref)} was stopped: ${who}. ` +
      "Let one writer own each field, with a value that depends on its inputs alone.";
    super("EXP_WRITE_LOOP", message, { afterMs }, { ref });
    this.paths = paths;
    this.managers = managers;
  }
}
