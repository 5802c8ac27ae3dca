// SPDX-License-Identifier: Apache-2.0
// Steps that the probes of deletion and of garbage collection share.
import * as o from "./objects.js";
import { post, setUp, type RequestStep } from "./probe.js";

export const hold: { readonly finalizers: string[] } = { finalizers: ["example.com/hold"] };
export const cm = (name = "a", metadata = {}): RequestStep =>
  setUp(post("cm", o.configMap(name, {}, metadata), { as: name }));
export const wd = (name = "a", metadata = {}): RequestStep =>
  setUp(post("wd", o.widget(name, {}, metadata), { as: name }));
/** What of an object its deletion changes. */
export const brief = (body: unknown): unknown => {
  const { kind, metadata } = body as { kind: string; metadata: Record<string, unknown> };
  const { finalizers, deletionTimestamp, deletionGracePeriodSeconds, ownerReferences, generation } =
    metadata ?? {};
  return kind === "Status"
    ? body
    : {
        kind,
        finalizers,
        deletionTimestamp,
        deletionGracePeriodSeconds,
        ownerReferences,
        generation,
      };
};
