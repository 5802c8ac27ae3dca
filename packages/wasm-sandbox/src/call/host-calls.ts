// SPDX-License-Identifier: Apache-2.0
// What the host does for a guest that asks: checks it against the rules, then does it (stage: host call).
import type {
  Condition,
  Draft,
  EventNote,
  Exclusive,
  ExclusiveOptions,
  KubernetesObject,
  ListOptions,
  ObjectKey,
  ObjectsApi,
  SubRequest,
  WaitDeclaration,
  WriteOptions,
} from "@haversack/core";
import { SandboxForbiddenError, SandboxProtocolError } from "../errors.js";
import {
  changedPaths,
  Grants,
  placeOf,
  without,
  writtenPaths,
  type Granted,
  type Policy,
  type Verb,
} from "./rules.js";
import { objectOf, optionalText, textOf, type Json } from "./texts.js";
import { untilMet, type Until, type WaitSources } from "./until.js";

/** What the host acts with for one run, or for a guest outside its runs. */
export interface RunTarget {
  readonly objects?: ObjectsApi | undefined;
  /** Namespaces of the primaries that are being reconciled; rules without namespaces mean these. */
  readonly homes?: readonly string[];
  /** Of a sub-reconciler's run. */
  readonly request?:
    Pick<SubRequest, "setStatus" | "setCondition" | "waitFor" | "exclusive"> | undefined;
  /** Queues a primary again. */
  enqueue?(key: ObjectKey): void;
  /** Events of a kind; absent: there are no durable waits. */
  readonly events?: WaitSources["events"] | undefined;
}

/** The namespace of a primary, if it has one. */
export function homesOf({
  namespace,
}: {
  readonly namespace?: string | undefined;
}): readonly string[] {
  return namespace === undefined ? [] : [namespace];
}

type Asker = (target: RunTarget, body: Json, signal: AbortSignal) => Promise<unknown>;

/** Operations that change nothing: asked again after a restart, where others fail. */
const reads = new Set(["objects.get", "objects.mustGet", "objects.list", "waitFor"]);

/** Whether a call that was under way when the host ended may be made again. */
export function isRepeatable(op: string): boolean {
  return reads.has(op);
}

/** The calls of one guest. Timers are not among them: they belong to its life. */
export class HostCalls {
  readonly #guest: string;
  readonly #policy: Policy;
  readonly #grants: Grants;
  readonly #asked: ReadonlyMap<string, Asker>;
  readonly #locks = new Map<string, Exclusive>();

  constructor(guest: string, policy: Policy) {
    this.#guest = guest;
    this.#policy = policy;
    this.#grants = new Grants(guest, policy.rules);
    this.#asked = this.#operations();
  }

  /** @throws SandboxForbiddenError, SandboxProtocolError, and what the host's own objects throw. */
  async call(target: RunTarget, op: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const asker = this.#asked.get(op);
    if (asker === undefined)
      throw new SandboxProtocolError(this.#guest, `it called "${op.slice(0, 40)}"`);
    return asker(target, this.#checked(body), signal);
  }

  /** Takes what needs no answer. @throws SandboxProtocolError, SandboxForbiddenError. */
  tell(target: RunTarget, op: string, given: unknown): void {
    const body = this.#checked(given);
    const { request } = target;
    if (op === "enqueue") {
      this.#require("enqueue", this.#policy.capabilities?.enqueue ?? true);
      target.enqueue?.(keyIn(body));
      return;
    }
    if (request === undefined)
      throw new SandboxProtocolError(this.#guest, `it told "${op.slice(0, 40)}"`);
    if (op === "setStatus") request.setStatus(objectOf(body["status"], "a status"));
    else if (op === "setCondition") request.setCondition(conditionIn(body));
    else if (op === "waitFor") this.#waitFor(request, body);
    else throw new SandboxProtocolError(this.#guest, `it told "${op.slice(0, 40)}"`);
  }

  #waitFor(request: NonNullable<RunTarget["request"]>, body: Json): void {
    const wait = objectOf(body["wait"], "a wait");
    const { isMet, timeoutMs } = wait;
    const message = optionalText(wait, "message");
    if (typeof isMet !== "boolean" || typeof timeoutMs !== "number") {
      throw new SandboxProtocolError(this.#guest, "a wait that is none");
    }
    const declared: WaitDeclaration = {
      ...{ condition: textOf(wait, "condition"), isMet, timeoutMs },
      ...(message === undefined ? {} : { message }),
    };
    request.waitFor(declared);
  }

  #checked(body: unknown): Json {
    try {
      return objectOf(body, "the body of a call");
    } catch (error) {
      throw new SandboxProtocolError(this.#guest, (error as Error).message);
    }
  }

  #require(what: string, isGranted: boolean): void {
    if (!isGranted) throw new SandboxForbiddenError(this.#guest, what);
  }

  #objects(target: RunTarget, body: Json): ObjectsApi {
    const { objects } = target;
    if (objects === undefined)
      throw new SandboxForbiddenError(this.#guest, "use objects outside a run");
    const manager = optionalText(body, "fieldManager") ?? objects.fieldManager;
    if (manager === objects.fieldManager) return objects;
    const { fieldManagers = [] } = this.#policy.capabilities ?? {};
    this.#require(`write as field manager ${manager}`, fieldManagers.includes(manager));
    return objects.as(manager);
  }

  #operations(): ReadonlyMap<string, Asker> {
    return new Map<string, Asker>([
      ["objects.get", (target, body) => this.#read(target, body, "get")],
      ["objects.mustGet", (target, body) => this.#read(target, body, "mustGet")],
      ["objects.list", (target, body) => this.#list(target, body)],
      ["objects.apply", (target, body) => this.#apply(target, body)],
      ["objects.applyStatus", (target, body) => this.#applyStatus(target, body)],
      ["objects.create", (target, body) => this.#create(target, body)],
      ["objects.mergePatch", (target, body) => this.#mergePatch(target, body)],
      ["objects.jsonPatch", (target, body) => this.#jsonPatch(target, body)],
      ["objects.delete", (target, body) => this.#delete(target, body)],
      ["objects.addFinalizer", (target, body) => this.#finalizer(target, body, "addFinalizer")],
      [
        "objects.removeFinalizer",
        (target, body) => this.#finalizer(target, body, "removeFinalizer"),
      ],
      ["objects.event", (target, body) => this.#event(target, body)],
      ["waitFor", (target, body, signal) => this.#untilMet(target, body, signal)],
      ["exclusive", (target, body) => this.#exclusive(target, body)],
      ["release", (_target, body) => this.#release(body)],
    ]);
  }

  /** Rules for an operation on one object that the guest wrote down. */
  #granted(
    target: RunTarget,
    body: Json,
    verbs: readonly Verb[],
    paths: readonly string[],
    status?: "status",
  ): Granted {
    const { namespace, name } = placeOf(objectOf(body["object"], "an object"));
    const kind = objectOf(body["kind"], "a kind");
    const subresource = status === undefined ? {} : { subresource: status };
    return this.#grants.check(
      { verbs, kind, namespace, name, paths, ...subresource },
      target.homes,
    );
  }

  async #read(target: RunTarget, body: Json, method: "get" | "mustGet"): Promise<unknown> {
    const key = keyIn(body);
    const asked = {
      verbs: ["get"] as const,
      kind: objectOf(body["kind"], "a kind"),
      namespace: key.namespace,
      name: key.name,
    };
    const { kind, hidden } = this.#grants.check(asked, target.homes);
    return without(await this.#objects(target, body)[method](kind, key), hidden);
  }

  async #list(target: RunTarget, body: Json): Promise<unknown> {
    const given = objectOf(body["options"] ?? {}, "options");
    const names = ["namespace", "labelSelector", "fieldSelector"] as const;
    const options: ListOptions = pick(given, names);
    const { namespace } = options;
    const asked = {
      verbs: ["list"] as const,
      kind: objectOf(body["kind"], "a kind"),
      namespace,
      name: undefined,
    };
    const { kind, hidden } = this.#grants.check(asked, target.homes);
    const objects = await this.#objects(target, body).list(kind, options);
    return objects.map((object) => without(object, hidden));
  }

  async #apply(target: RunTarget, body: Json): Promise<unknown> {
    const object = objectOf(body["object"], "an object");
    const { kind, hidden } = this.#granted(target, body, ["create", "patch"], writtenPaths(object));
    const result = await this.#objects(target, body).apply(kind, objectIn(body), optionsIn(body));
    return { ...result, object: without(result.object, hidden) };
  }

  async #applyStatus(target: RunTarget, body: Json): Promise<unknown> {
    const status = objectOf(body["status"], "a status");
    const paths = writtenPaths({ status });
    const { kind, hidden } = this.#granted(target, body, ["patch"], paths, "status");
    const objects = this.#objects(target, body);
    const result = await objects.applyStatus(kind, objectIn(body), status, optionsIn(body));
    return { ...result, object: without(result.object, hidden) };
  }

  async #create(target: RunTarget, body: Json): Promise<unknown> {
    const object = objectOf(body["object"], "an object");
    const { kind, hidden } = this.#granted(target, body, ["create"], writtenPaths(object));
    const draft = object as unknown as Draft<KubernetesObject>;
    return without(await this.#objects(target, body).create(kind, draft, optionsIn(body)), hidden);
  }

  async #mergePatch(target: RunTarget, body: Json): Promise<unknown> {
    const patch = objectOf(body["patch"], "a patch");
    const { kind, hidden } = this.#granted(target, body, ["patch"], writtenPaths(patch));
    const objects = this.#objects(target, body);
    const result = await objects.mergePatch(kind, objectIn(body), patch, optionsIn(body));
    return { ...result, object: without(result.object, hidden) };
  }

  async #jsonPatch(target: RunTarget, body: Json): Promise<unknown> {
    const changed = objectOf(body["changed"], "an object");
    const paths = changedPaths(objectOf(body["object"], "an object"), changed);
    const { kind, hidden } = this.#granted(target, body, ["patch"], paths);
    const after = changed as unknown as KubernetesObject;
    const objects = this.#objects(target, body);
    const result = await objects.jsonPatch(kind, objectIn(body), after, optionsIn(body));
    return { ...result, object: without(result.object, hidden) };
  }

  async #delete(target: RunTarget, body: Json): Promise<unknown> {
    const { kind } = this.#granted(target, body, ["delete"], []);
    const given = objectOf(body["options"] ?? {}, "options");
    const options = { ...pick(given, ["resourceVersion"]), ...propagationIn(given) };
    await this.#objects(target, body).delete(kind, objectIn(body), options);
    return null;
  }

  async #finalizer(
    target: RunTarget,
    body: Json,
    method: "addFinalizer" | "removeFinalizer",
  ): Promise<unknown> {
    const { kind, hidden } = this.#granted(target, body, ["patch"], ["metadata.finalizers"]);
    const finalizer = textOf(body, "finalizer");
    return without(
      await this.#objects(target, body)[method](kind, objectIn(body), finalizer),
      hidden,
    );
  }

  async #event(target: RunTarget, body: Json): Promise<unknown> {
    this.#require("report events", this.#policy.capabilities?.events ?? false);
    const { kind } = this.#granted(target, body, ["get"], []);
    const given = objectOf(body["note"], "a note");
    const note: EventNote = {
      type: textOf(given, "type") === "Warning" ? "Warning" : "Normal",
      ...{ reason: textOf(given, "reason"), message: textOf(given, "message") },
      ...pick(given, ["action"]),
    };
    await this.#objects(target, body).event(kind, objectIn(body), note);
    return null;
  }

  async #untilMet(target: RunTarget, body: Json, signal: AbortSignal): Promise<unknown> {
    const key = keyIn(body);
    const asked = {
      verbs: ["get"] as const,
      kind: objectOf(body["kind"], "a kind"),
      ...{ namespace: key.namespace, name: key.name },
    };
    const { kind, hidden } = this.#grants.check(asked, target.homes);
    const until = untilIn(body);
    const isHidden = hidden.some((path) => `${until.path}.`.startsWith(`${path}.`));
    if (isHidden) throw new SandboxForbiddenError(this.#guest, `wait for ${until.path}`);
    const { events } = target;
    if (events === undefined) throw new SandboxForbiddenError(this.#guest, "wait for objects here");
    await untilMet({ objects: this.#objects(target, body), events }, kind, key, until, signal);
    return null;
  }

  async #exclusive({ request }: RunTarget, body: Json): Promise<unknown> {
    this.#require("take locks", this.#policy.capabilities?.exclusive ?? false);
    if (request === undefined)
      throw new SandboxForbiddenError(this.#guest, "take locks outside a run");
    const name = textOf(body, "lock");
    const options = objectOf(body["options"] ?? {}, "options") as ExclusiveOptions;
    const lock = await request.exclusive(name, options);
    this.#locks.set(name, lock);
    const { isHeld, holder, result } = lock;
    return { isHeld, holder, result };
  }

  async #release(body: Json): Promise<unknown> {
    const name = textOf(body, "lock");
    const lock = this.#locks.get(name);
    this.#locks.delete(name);
    await lock?.release();
    return null;
  }
}

function keyIn(body: Json): ObjectKey {
  const key = objectOf(body["key"], "a key");
  const namespace = optionalText(key, "namespace");
  return { name: textOf(key, "name"), ...(namespace === undefined ? {} : { namespace }) };
}

/** An object whose metadata has been found to be one. */
function objectIn(body: Json): KubernetesObject {
  return objectOf(body["object"], "an object") as unknown as KubernetesObject;
}

function optionsIn(body: Json): WriteOptions {
  if (body["options"] === undefined) return {};
  const given = objectOf(body["options"], "options");
  const { owner, force } = given;
  return {
    ...(owner === undefined
      ? {}
      : { owner: objectOf(owner, "an owner") as unknown as KubernetesObject }),
    ...(typeof force === "boolean" ? { force } : {}),
    ...pick(given, ["resourceVersion"]),
  };
}

function propagationIn(given: Json): {
  readonly propagation?: "Background" | "Foreground" | "Orphan";
} {
  const propagation = optionalText(given, "propagation");
  switch (propagation) {
    case "Background":
    case "Foreground":
    case "Orphan":
      return { propagation };
    default:
      return {};
  }
}

function untilIn(body: Json): Until {
  const until = objectOf(body["until"], "what is waited for");
  const { equals } = until;
  const isPlain = ["string", "number", "boolean"].includes(typeof equals);
  const path = textOf(until, "path");
  return isPlain ? { path, equals: equals as string } : { path };
}

function conditionIn(body: Json): Condition {
  const condition = objectOf(body["condition"], "a condition");
  textOf(condition, "type");
  textOf(condition, "status");
  return condition as unknown as Condition;
}

function pick<N extends string>(given: Json, names: readonly N[]): { readonly [K in N]?: string } {
  const picked: { [K in N]?: string } = {};
  for (const name of names) {
    const value = optionalText(given, name);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
