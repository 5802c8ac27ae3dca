// SPDX-License-Identifier: Apache-2.0
// The packs as a guest has them: what they add is answered by the host; what they declare was taken
// by the host from the same source (runs in the guest).
import {
  applyOnce,
  type ApiObjects,
  type Constructor,
  type KubernetesObject,
  type ObjectsApi,
  type ResourceRef,
  type SecondaryKinds,
  type SecondarySnapshot,
} from "@haversack/core";
import { guestObjects } from "./objects.js";
import { tell } from "./port.js";
import { runOf, sleep, waitFor } from "./serve.js";

type Pack = (Base: Constructor) => Constructor;

/** Gives a reconciler `objects`, answered by the host. */
export function withApiObjects(options: { readonly fieldManager: string }): Pack {
  return (Base) =>
    applyOnce("api-objects", Base, (Target) => {
      abstract class WithApiObjects extends Target implements ApiObjects {
        readonly objects: ObjectsApi = guestObjects(options.fieldManager, 0);
      }
      return WithApiObjects;
    });
}

/** Gives a reconciler `secondaries`: the snapshot that came with the run, and what it wrote since. */
export function withSecondaryIndex(): Pack {
  const of = (primary: KubernetesObject | ResourceRef): SecondarySnapshot<SecondaryKinds> => {
    const { name, namespace, uid } = "metadata" in primary ? primary.metadata : primary;
    const run = runOf(uid, name, namespace);
    if (run !== undefined) return run.secondaries;
    throw new Error(
      `cannot look up the secondaries of ${namespace ?? ""}/${name}: a guest knows those of the ` +
        "primary that is being reconciled, no others",
    );
  };
  return (Base) =>
    applyOnce("secondary-index", Base, (Target) => {
      abstract class WithSecondaryIndex extends Target {
        readonly secondaries = {
          of,
          fetch: (primary: KubernetesObject) => Promise.resolve(of(primary)),
        };
      }
      return WithSecondaryIndex;
    });
}

/** Watching is the host's; a guest may ask for one more run. */
export function withWatches(): Pack {
  return (Base) =>
    applyOnce("watches", Base, (Target) => {
      abstract class WithWatches extends Target {
        readonly watches = {
          enqueue: (key: { readonly name: string; readonly namespace?: string }) =>
            tell("enqueue", { key }),
        };
      }
      return WithWatches;
    });
}

/** The split is the host's; it runs the parts of a guest one by one. */
export function withSplitReconcile(): Pack {
  return (Base) => Base;
}

/** Gives a reconciler `sleep` and `waitFor`; in a guest they cost no memory while they wait. */
export function withSandbox(): Pack {
  return (Base) =>
    applyOnce("sandbox", Base, (Target) => {
      abstract class WithSandbox extends Target {
        readonly sleep = sleep;
        readonly waitFor = waitFor;
      }
      return WithSandbox;
    });
}

/** Declares parts; the types are the host's business. */
export function subReconcilerOf(): (declared: object) => object {
  return (declared) => declared;
}

/**
 * Stands for a name that only the host has: predicates, relations, triggers. A declaration that uses
 * it is made and never read, because the host took its own from the same source.
 */
export function declaredInHost(_name: string): unknown {
  const inert: unknown = new Proxy(() => undefined, {
    apply: () => inert,
    construct: () => inert as object,
    get: (_target, key) =>
      key === Symbol.toPrimitive || key === "then" || key === Symbol.iterator ? undefined : inert,
  });
  return inert;
}
