// SPDX-License-Identifier: Apache-2.0
// What must and must not compile (types only).
import {
  byLabel,
  defineKind,
  expand,
  Reconciler,
  secrets,
  withPrimary,
  type KubernetesObject,
  type ReconcileRequest,
  type WatchEvent,
} from "@haversack/core";
import type { Observable } from "rxjs";
import { not, or, predicate, type Predicate, type PredicateLike } from "./predicate.js";
import { generationChanged, specChanged, statusChanged } from "./predicates/index.js";
import { watch } from "./watch-declaration.js";
import { withWatches } from "./with-watches.js";

interface Cache extends KubernetesObject {
  readonly spec: { readonly size: number };
}
const caches = defineKind<Cache>("example.com/v1", "Cache");

class Typed extends expand(Reconciler.of(caches), withWatches({ owns: [secrets] })) {
  override async reconcile({ primary }: ReconcileRequest<Cache>): Promise<void> {
    const size: number = primary.spec.size;
    // The type of the primary reaches the watches without a cast.
    const same: number | undefined = this.watches.primary(primary.metadata)?.spec.size;
    const events: Observable<WatchEvent<Cache>> = this.watches.events(caches);
    // @ts-expect-error -- a primary has no such field
    void this.watches.primary(primary.metadata)?.spec.colour;
    void [size, same, events];
  }
}
void new Typed().watches.depth.ready;

class WithReconcile {
  async reconcile(): Promise<void> {}
}
class WithNothing {}
// @ts-expect-error -- Property 'primaryKind' is missing: withPrimary was not applied
expand(WithReconcile, withWatches());
// @ts-expect-error -- Property 'reconcile' is missing
expand(WithNothing, withPrimary(caches), withWatches());
// @ts-expect-error -- wrong order: withWatches stands to the right of what it needs
expand(WithReconcile, withWatches(), withPrimary(caches));

// @ts-expect-error -- the class is abstract until it has a reconcile
void new (expand(Reconciler.of(caches), withWatches()))();

class Existing {
  readonly label: string;
  constructor(label: string, count: number) {
    this.label = `${label} ${count}`;
  }
  async reconcile(request: ReconcileRequest<Cache>): Promise<void> {
    void request;
  }
}
const Expanded = expand(Existing, withPrimary(caches), withWatches());
class OfExisting extends Expanded {}
void new OfExisting("a", 1).watches.primary({ name: "x" })?.spec.size;
// @ts-expect-error -- the parameters of the existing constructor stay
void new OfExisting("a", "b");

// Predicates for a type are checked against it, and may stand where any predicate may.
const sizeChanged = predicate<Cache>("size changed", (e) => e.old?.spec.size !== e.new?.spec.size);
withWatches({ primary: or(generationChanged, sizeChanged) });
withWatches({ primary: (e: WatchEvent<Cache>) => e.new?.spec.size === 1 });
watch(caches, { when: specChanged() });
watch(caches, { when: or(generationChanged, statusChanged("phase"), sizeChanged) });
const forOne: Predicate<Cache> = specChanged();
const forAny: PredicateLike<Cache> = not(generationChanged);
void [forOne, forAny];
watch(caches, { when: (e) => (e.new?.spec.size ?? 0) > 1, by: byLabel("cache") });
// @ts-expect-error -- no such field in the kind's type
watch(caches, { when: (e) => e.new?.spec.colour === 1 });

// @ts-expect-error -- what is watched must say how it leads to the primary
withWatches({ watches: [{ kind: secrets }] });
withWatches({ watches: [{ kind: secrets, by: [byLabel("a"), byLabel("b")] }] });
// @ts-expect-error -- a verdict says whether to enqueue
withWatches({ primary: () => ({ priority: 1 }) });
