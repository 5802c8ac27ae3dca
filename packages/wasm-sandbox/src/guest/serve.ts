// SPDX-License-Identifier: Apache-2.0
// What an entry file calls: says which parts and reconcilers the guest has (runs in the guest).
import type {
  Kind,
  KubernetesObject,
  ObjectKey,
  Reconciles,
  Result,
  SubReconciler,
} from "@haversack/core";
import type { Until } from "../call/until.js";
import { plainKind } from "./objects.js";
import { call, forget, hostTime, plainError, receive, send, startCall } from "./port.js";
import { GuestRun, type IncomingRun } from "./run.js";

/** What a guest offers. Names must differ. */
export interface Served {
  /** Parts of split reconciles. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- parts of any primary, as the split engine takes them
  readonly parts?: readonly Pick<SubReconciler<any, any>, "name" | "reconcile" | "cleanup">[];
  /** Whole reconcilers, by name. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- reconcilers of any primary
  readonly reconcilers?: Readonly<Record<string, Reconciles<any>>>;
}

type Act = (run: GuestRun) => Promise<Result | void>;

const served = new Map<string, { readonly reconcile: Act; readonly cleanup?: Act }>();
const running = new Map<number, GuestRun>();

/**
 * Offers parts and reconcilers to the host. Called once, at the end of a guest's entry file.
 *
 * **API requests:** 0.
 *
 * @throws Error when two have one name.
 * @example
 * ```ts
 * serveGuest({ parts: [config, workload] });
 * ```
 */
export function serveGuest({ parts = [], reconcilers = {} }: Served): void {
  for (const part of parts) {
    const { cleanup } = part;
    offer(part.name, {
      reconcile: (run) => part.reconcile(run.request()),
      ...(cleanup && { cleanup: (run: GuestRun) => cleanup.call(part, run.request()) }),
    });
  }
  for (const [name, reconciler] of Object.entries(reconcilers)) {
    offer(name, { reconcile: (run) => reconciler.reconcile(run.request()) });
  }
}

function offer(name: string, acts: { readonly reconcile: Act; readonly cleanup?: Act }): void {
  if (served.has(name)) throw new Error(`the guest offers "${name}" twice; names must differ`);
  served.set(name, acts);
}

/** The run that reconciles a primary now; packs of a whole reconciler look up their state by it. */
export function runOf(
  uid: string | undefined,
  name: string,
  namespace?: string,
): GuestRun | undefined {
  for (const run of running.values()) {
    const { ref } = run.incoming;
    if (
      ref.name === name &&
      ref.namespace === namespace &&
      (uid === undefined || ref.uid === uid)
    ) {
      return run;
    }
  }
  return undefined;
}

receive("run", (incoming, lines) => {
  const run = new GuestRun(incoming as IncomingRun, lines);
  const { id, name, phase } = run.incoming;
  const act = served.get(name)?.[phase];
  if (act === undefined) {
    send({ t: "fail", id }, plainError(new Error(`the guest has no ${phase} of "${name}"`)));
    return;
  }
  running.set(id, run);
  void run.finish(() => act(run)).finally(() => running.delete(id));
});

receive("update", ({ id = 0 }, lines) => running.get(id)?.update(lines));

receive("abort", ({ id = 0 }) => running.get(id)?.controller.abort());

receive("describe", () => {
  send({ t: "described" }, { names: [...served.keys()] });
});

/**
 * Resolves after a time on the host's clock. While it waits the guest may be on disk, and the host
 * may be started anew: the time is kept as an absolute one.
 *
 * **API requests:** 0.
 */
export function sleep(delayMs: number): Promise<void> {
  return call("timer", { dueTimeMs: hostTime.nowMs + delayMs });
}

/**
 * Resolves when an object is as it is waited for, or the time is up. The guest may be on disk and the
 * host be started anew meanwhile.
 *
 * **API requests:** 1 GET, and 1 LIST and 1 WATCH when nobody watches the kind yet.
 *
 * @returns Whether it is as it was waited for.
 */
export async function waitFor(
  kind: Kind<KubernetesObject>,
  { name, namespace }: ObjectKey,
  until: Until,
  timeoutMs: number,
): Promise<boolean> {
  const wait = startCall("waitFor", { kind: plainKind(kind), key: { name, namespace }, until });
  const timer = startCall("timer", { dueTimeMs: hostTime.nowMs + timeoutMs });
  const isFirst = await Promise.race([
    wait.answer.then(() => true),
    timer.answer.then(() => false),
  ]);
  forget(isFirst ? timer.id : wait.id);
  return isFirst;
}
