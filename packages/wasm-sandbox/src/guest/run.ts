// SPDX-License-Identifier: Apache-2.0
// One run inside the guest: from the host's text to a request, and from the outcome to a text.
import { decideWait } from "@haversack/core";
import type {
  Condition,
  Exclusive,
  ExclusiveOptions,
  KubernetesObject,
  ReconcileReason,
  ResourceRef,
  Result,
  SecondaryKinds,
  SecondarySnapshot,
  SubRequest,
  Wait,
  WaitDeclaration,
  WaitTimes,
} from "@haversack/core";
import { AbortController } from "./abort.js";
import { guestObjects } from "./objects.js";
import { call, plainError, send, tell, type Incoming } from "./port.js";
import { parseFrozen, readLists, snapshotOf, type AnnouncedList } from "./secondaries.js";

/** The routing line of a run. */
export interface IncomingRun extends Incoming {
  readonly id: number;
  /** Name of the part or of the reconciler. */
  readonly name: string;
  readonly phase: "reconcile" | "cleanup";
  readonly ref: ResourceRef;
  readonly attempt: number;
  readonly reasons: readonly ReconcileReason[];
  readonly fieldManager: string;
  readonly scheduledTime?: string;
  readonly waits: WaitTimes;
  /** Absent: the reconciler has no secondary index. */
  readonly lists?: readonly AnnouncedList[];
}

type Lists = ReturnType<typeof readLists>;

/** A run that has begun and has not ended. */
export class GuestRun {
  readonly incoming: IncomingRun;
  readonly primary: KubernetesObject;
  readonly controller: AbortController = new AbortController();
  readonly #lists: Lists | undefined;
  #snapshot: SecondarySnapshot<SecondaryKinds> | undefined;

  constructor(incoming: IncomingRun, [primary = "null", ...lines]: readonly string[]) {
    this.incoming = incoming;
    this.primary = parseFrozen<KubernetesObject>(primary);
    const { namespace } = incoming.ref;
    if (incoming.lists !== undefined) this.#lists = readLists(incoming.lists, lines, namespace);
  }

  /** The snapshot as it is now; the same object until a write changed it. */
  get secondaries(): SecondarySnapshot<SecondaryKinds> {
    if (this.#lists === undefined) {
      throw new Error(
        `"${this.incoming.name}" has no secondaries: its reconciler has no secondary index. ` +
          "Apply withSecondaryIndex(…) to it.",
      );
    }
    this.#snapshot ??= snapshotOf(this.#lists);
    return this.#snapshot;
  }

  /** Takes in lists that changed by the guest's own write. */
  update([announced, ...objects]: readonly string[]): void {
    if (announced === undefined || this.#lists === undefined) return;
    const { namespace } = this.incoming.ref;
    const changed = readLists(JSON.parse(announced) as AnnouncedList[], objects, namespace);
    for (const [name, list] of changed) this.#lists.set(name, list);
    this.#snapshot = undefined;
  }

  /** The request as a sub-reconciler is given it. */
  request(): SubRequest {
    const { id, name, ref, attempt, reasons, fieldManager, scheduledTime, waits } = this.incoming;
    const snapshot = (): SecondarySnapshot<SecondaryKinds> => this.secondaries;
    return Object.freeze({
      ...{ ref, primary: this.primary, attempt, reasons, name, scheduledTime, waits },
      signal: this.controller.signal as unknown as globalThis.AbortSignal,
      objects: guestObjects(fieldManager, id),
      get secondaries(): SecondarySnapshot<SecondaryKinds> {
        return snapshot();
      },
      setStatus: (status: object) => tell("setStatus", { status }, id),
      setCondition: (condition: Condition) => tell("setCondition", { condition }, id),
      waitFor: (wait: WaitDeclaration) => this.#waitFor(wait),
      exclusive: (lock: string, options?: ExclusiveOptions) => this.#exclusive(lock, options),
    });
  }

  /** Runs it and tells the host how it ended. */
  async finish(act: () => Promise<Result | void>): Promise<void> {
    const { id } = this.incoming;
    try {
      const result = (await act()) ?? { kind: "done" as const };
      send({ t: "done", id }, result);
    } catch (thrown) {
      send({ t: "fail", id }, plainError(thrown));
    }
  }

  /** Decided here and there by the same rule from the same times; the host shows it. */
  #waitFor(wait: WaitDeclaration): Wait {
    tell("waitFor", { wait }, this.incoming.id);
    return decideWait(wait, this.incoming.waits).wait;
  }

  async #exclusive(lock: string, options: ExclusiveOptions = {}): Promise<Exclusive> {
    const { id } = this.incoming;
    type Answer = Omit<Exclusive, "release">;
    const { isHeld, holder, result } = await call<Answer>("exclusive", { lock, options }, id);
    return { isHeld, holder, result, release: () => call("release", { lock }, id) };
  }
}
