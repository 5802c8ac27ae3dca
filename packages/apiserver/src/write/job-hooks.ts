// SPDX-License-Identifier: Apache-2.0
// Jobs: a selector of their own, by uid, unless the client selects by hand.
import { ensureObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";

/** Selects the job's own pods and labels its template accordingly. */
export function selectOwnPods(object: JsonObject): void {
  const spec = objectAt(object, "spec");
  if (spec === undefined || own(spec, "manualSelector") === true) return;
  const uid = stringAt(object, "metadata", "uid") ?? "";
  const name = stringAt(object, "metadata", "name") ?? "";
  const byUid = { "batch.kubernetes.io/controller-uid": uid };
  const template = ensureObject(spec, "template");
  const metadata = ensureObject(template, "metadata");
  metadata["labels"] = {
    ...objectAt(metadata, "labels"),
    ...byUid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  if (own(spec, "selector") === undefined) spec["selector"] = { matchLabels: byUid };
}
