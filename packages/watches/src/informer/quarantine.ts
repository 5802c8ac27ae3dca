// SPDX-License-Identifier: Apache-2.0
// Objects that are none: named, counted and set aside while the others go on (stage 1).
import {
  formatRef,
  MalformedObjectError,
  type Kind,
  type KubernetesObject,
  type Logger,
  type ResourceRef,
} from "@haversack/core";
import type { InformerMeter } from "./informer-meter.js";
import type { ObjectScan } from "./object-scan.js";

/** One object that was set aside. */
export interface QuarantinedObject {
  readonly ref: ResourceRef;
  readonly problem: string;
}

/** So that a broken server cannot fill the memory with its broken objects. */
const maxRemembered = 1_000;

/**
 * Decides whether a scanned object can be cached, and remembers those that cannot.
 *
 * **Guarantees:** each is logged once per version, by name and never with its body.
 */
export class Quarantine {
  readonly #kind: Kind<KubernetesObject>;
  readonly #logger: Logger;
  readonly #meter: InformerMeter;
  readonly #maxDepth: number;
  readonly #held = new Map<string, QuarantinedObject & { readonly version: string | undefined }>();

  constructor(
    kind: Kind<KubernetesObject>,
    logger: Logger,
    meter: InformerMeter,
    maxDepth: number,
  ) {
    this.#kind = kind;
    this.#logger = logger;
    this.#meter = meter;
    this.#maxDepth = maxDepth;
  }

  /** Why a scanned object cannot be cached; `undefined` for a good one. */
  problemOf(scan: ObjectScan): string | undefined {
    if (scan.metadataEnd === 0) return "it has no metadata";
    if (scan.name === undefined || scan.name === "") return "it has no metadata.name";
    if (scan.uid === undefined || scan.uid === "") return "it has no metadata.uid";
    if (scan.version === undefined || scan.version === "") {
      return "it has no metadata.resourceVersion";
    }
    if (this.#kind.namespaced && (scan.namespace ?? "") === "") {
      return "it has no metadata.namespace";
    }
    if (scan.deepest > this.#maxDepth) {
      return `it is nested ${scan.deepest} levels deep, more than the ${this.#maxDepth} that are read`;
    }
    return undefined;
  }

  /** Sets an object aside and says so. */
  hold(scan: ObjectScan, problem: string): void {
    const ref = this.refOf(scan);
    const key = formatRef({ ...ref, uid: undefined });
    const known = this.#held.get(key);
    if (known?.version === scan.version && known?.problem === problem) return;
    if (this.#held.size < maxRemembered || known !== undefined) {
      this.#held.set(key, { ref, problem, version: scan.version });
    }
    this.#meter.count("quarantined");
    const error = new MalformedObjectError(
      `caching ${formatRef(ref)} failed: ${problem}. ` +
        "Its last good state stays; the other objects go on. Repair it in the cluster.",
      { ref },
    );
    this.#logger.error(error.message, { code: error.code, resourceVersion: scan.version });
  }

  /** A good version has arrived, or the object is gone. */
  release(namespace: string, name: string): void {
    if (this.#held.size === 0) return;
    const { group, kind } = this.#kind;
    this.#held.delete(formatRef({ group, kind, ...(namespace === "" ? {} : { namespace }), name }));
  }

  /** Whether an object was set aside. */
  holds(namespace: string, name: string): boolean {
    if (this.#held.size === 0) return false;
    const { group, kind } = this.#kind;
    return this.#held.has(
      formatRef({ group, kind, ...(namespace === "" ? {} : { namespace }), name }),
    );
  }

  list(): readonly QuarantinedObject[] {
    return [...this.#held.values()].map(({ ref, problem }) => ({ ref, problem }));
  }

  refOf(scan: ObjectScan): ResourceRef {
    const { namespace, name = "(no name)", uid } = scan;
    return {
      group: this.#kind.group,
      kind: this.#kind.kind,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      ...(uid === undefined ? {} : { uid }),
    };
  }
}
