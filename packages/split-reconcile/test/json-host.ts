// SPDX-License-Identifier: Apache-2.0
// A host that sends everything as text, as a sandbox does: what is no plain data does not come across.
import {
  openRun,
  resultOf,
  runMessage,
  type OutcomeMessage,
  type Result,
  type RunMessage,
  type SubReconciler,
  type SubReconcilerHost,
  type SubRequest,
} from "@haversack/core";
import type { Db, Sub } from "./rig.js";

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Runs sub-reconcilers that have nothing of this process but what was sent to them. */
export class JsonHost implements SubReconcilerHost<Db> {
  /** Every run so far, as it was sent. */
  readonly sent: RunMessage[] = [];
  /** Names of the calls that were answered. */
  readonly calls: string[] = [];
  readonly #guests: readonly Sub[];

  constructor(guests: readonly Sub[]) {
    this.#guests = guests;
  }

  async run(
    { name }: SubReconciler<Db>,
    phase: "reconcile" | "cleanup",
    request: SubRequest<Db>,
  ): Promise<Result> {
    const run = openRun({ name }, phase, request);
    const message = copy(run.message);
    this.sent.push(message);
    const outcome: OutcomeMessage = await runMessage(
      this.#guests as readonly SubReconciler<Db>[],
      message,
      async (call) => {
        this.calls.push(call.call);
        return copy(await run.answer(copy(call)));
      },
      request.signal,
    );
    return resultOf(copy(outcome));
  }
}
