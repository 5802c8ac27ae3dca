// SPDX-License-Identifier: Apache-2.0
// What single kinds do beyond their data tables, hung on fixed points of the write pipeline.
import { arrayAt, ensureObject, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { defaultsOf } from "../kinds/defaulting.js";
import { checkChangedGrant, checkGrant } from "./rbac-hooks.js";
import { admitPod } from "./pod-hooks.js";
import { selectOwnPods } from "./job-hooks.js";
import { foldStringData } from "./secret-hooks.js";
import { keepNamespace, labelWithName, openNamespace } from "./namespace-hooks.js";
import { allocateService, keepService, releaseService, reserveService } from "./service-hooks.js";
import type { WriteContext, WriteRequest } from "./write-request.js";

/** Behaviour of a kind at the stages of a write. */
export interface KindHooks {
  /** Fills defaults that look at other fields. */
  readonly default?: ((object: JsonObject) => void) | undefined;
  /** Completes a new object. */
  readonly create?: (object: JsonObject, context: WriteContext, request: WriteRequest) => void;
  /** Completes a changed object from its present state. */
  readonly update?: (
    next: JsonObject,
    current: JsonObject,
    context: WriteContext,
    request: WriteRequest,
  ) => void;
  /** Takes scarce things (addresses) at the commit. */
  readonly reserve?: (
    next: JsonObject,
    current: JsonObject | undefined,
    context: WriteContext,
  ) => void;
  /** Gives them back when the object is gone. */
  readonly release?: (object: JsonObject, context: WriteContext) => void;
}

const none: KindHooks = {};

const special: Readonly<Record<string, KindHooks>> = {
  namespaces: { default: labelWithName, create: openNamespace, update: keepNamespace },
  secrets: { default: foldStringData },
  services: {
    create: allocateService,
    update: keepService,
    reserve: reserveService,
    release: releaseService,
  },
  "jobs.batch": { create: selectOwnPods },
  pods: { create: admitPod },
  "customresourcedefinitions.apiextensions.k8s.io": { create: rememberStorage },
  persistentvolumeclaims: { create: (object) => setPhase(object, "Pending") },
  persistentvolumes: { create: (object) => setPhase(object, "Pending") },
  ...Object.fromEntries(
    ["roles", "clusterroles", "rolebindings", "clusterrolebindings"].map((plural) => [
      `${plural}.rbac.authorization.k8s.io`,
      { create: checkGrant, update: checkChangedGrant },
    ]),
  ),
};

const merged = new Map<string, KindHooks>();

/** The hooks of a kind. */
export function hooksFor(type: ResourceType): KindHooks {
  if (type.custom) return none;
  let hooks = merged.get(type.storageKey);
  if (hooks === undefined) {
    const own = special[type.storageKey];
    const fill = defaultsOf(type.storageKey);
    const both = (object: JsonObject): void => {
      own?.default?.(object);
      fill?.(object);
    };
    hooks = { ...own, default: both };
    merged.set(type.storageKey, hooks);
  }
  return hooks;
}

/** A definition remembers from the beginning in which version its objects are stored. */
function rememberStorage(object: JsonObject): void {
  const stored = arrayAt(object, "spec", "versions").find(
    (version) => own(version, "storage") === true,
  );
  const status = ensureObject(object, "status");
  status["storedVersions"] = [stringAt(stored, "name") ?? ""];
}

function setPhase(object: JsonObject, phase: string): void {
  object["status"] = { phase };
}
