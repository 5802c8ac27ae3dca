// SPDX-License-Identifier: Apache-2.0
// The words that probes are written in: requests, watches and waits, as data.
import type { JsonObject } from "../src/json.js";

/** A body that is an earlier answer with some fields set (dotted paths) or removed. */
export interface EditedBody {
  readonly from: string;
  readonly set: JsonObject;
  readonly remove: readonly string[];
}

/** What a request carries beyond method, path and body. */
export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Keeps the answer's body under a name: `{name.metadata.uid}` in what follows. */
  readonly as?: string;
  /** Bearer token; the empty one sends no credentials. Default: the administrator's. */
  readonly token?: string;
  /** Compares only what it returns of the answer's body. */
  readonly pick?: (body: unknown) => unknown;
  /** Needed by what follows and compared, but not counted as a probe of its own. */
  readonly setUp?: true;
}

/** One request and its answer. */
export interface RequestStep extends RequestOptions {
  readonly do: "request";
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject | EditedBody | string | Uint8Array | readonly unknown[];
}

/** Opens a watch that goes on beside the following steps. */
export interface WatchStep extends RequestOptions {
  readonly do: "watch";
  readonly name: string;
  readonly path: string;
}

/** Reads events of an open watch: so many, or up to its end. */
export interface EventsStep {
  readonly do: "events";
  readonly name: string;
  readonly count: number | "end";
}

/** Asks again until the answer has a status, or a field has a value. */
export interface UntilStep {
  readonly do: "until";
  readonly path: string;
  readonly status: number;
  /** Dotted path of a field that must be there (`a.b`) or gone (`!a.b`). */
  readonly field?: string;
}

/** A step of a probe. */
export type Step = RequestStep | WatchStep | EventsStep | UntilStep;

/** Steps in a namespace of their own, that belong together. */
export interface Probe {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** Probes of one section of the checklist. */
export interface ProbeSection {
  readonly id: string;
  readonly title: string;
  readonly probes: readonly Probe[];
}

type Body = NonNullable<RequestStep["body"]>;

/** A probe. Its name says what is asked about. */
export const probe = (name: string, ...steps: readonly Step[]): Probe => ({ name, steps });

/** Any request. */
export function send(
  method: string,
  path: string,
  body?: Body,
  options: RequestOptions = {},
): RequestStep {
  return { do: "request", method, path, ...(body === undefined ? {} : { body }), ...options };
}

export const get = (path: string, options?: RequestOptions): RequestStep =>
  send("GET", path, undefined, options);
export const post = (path: string, body: Body, options?: RequestOptions): RequestStep =>
  send("POST", path, body, options);
export const put = (path: string, body: Body, options?: RequestOptions): RequestStep =>
  send("PUT", path, body, options);
export const remove = (path: string, body?: Body, options?: RequestOptions): RequestStep =>
  send("DELETE", path, body, options);

const patchOf =
  (type: string) =>
  (path: string, body: Body, options: RequestOptions = {}): RequestStep =>
    send("PATCH", path, body, {
      ...options,
      headers: { "content-type": type, ...options.headers },
    });

export const mergePatch: ReturnType<typeof patchOf> = patchOf("application/merge-patch+json");
export const jsonPatch: ReturnType<typeof patchOf> = patchOf("application/json-patch+json");
export const strategicPatch: ReturnType<typeof patchOf> = patchOf(
  "application/strategic-merge-patch+json",
);
export const applyPatch: ReturnType<typeof patchOf> = patchOf("application/apply-patch+yaml");

/** Server-side apply by a manager. */
export const apply = (
  path: string,
  body: JsonObject,
  manager: string,
  options: RequestOptions & { force?: boolean } = {},
): RequestStep => {
  const { force, ...rest } = options;
  const query = `fieldManager=${manager}${force === true ? "&force=true" : ""}`;
  return applyPatch(`${path}${path.includes("?") ? "&" : "?"}${query}`, body, rest);
};

/** The step as set-up: compared, not counted. */
export const setUp = (step: RequestStep): RequestStep => ({ ...step, setUp: true });

/** An earlier answer with changes. */
export const edited = (
  from: string,
  set: JsonObject,
  ...removed: readonly string[]
): EditedBody => ({ from, set, remove: removed });

export const watch = (name: string, path: string, options?: RequestOptions): WatchStep => ({
  do: "watch",
  name,
  path: /watch/.test(path) ? path : `${path}${path.includes("?") ? "&" : "?"}watch=1`,
  ...options,
});
export const events = (name: string, count: number | "end"): EventsStep => ({
  do: "events",
  name,
  count,
});
export const until = (path: string, status: number, field?: string): UntilStep => ({
  do: "until",
  path,
  status,
  ...(field === undefined ? {} : { field }),
});

/** Collections by the short names that probes use. */
const collections: Readonly<Record<string, string>> = {
  cm: "/api/v1/namespaces/{ns}/configmaps",
  secret: "/api/v1/namespaces/{ns}/secrets",
  svc: "/api/v1/namespaces/{ns}/services",
  sa: "/api/v1/namespaces/{ns}/serviceaccounts",
  pod: "/api/v1/namespaces/{ns}/pods",
  pvc: "/api/v1/namespaces/{ns}/persistentvolumeclaims",
  pv: "/api/v1/persistentvolumes",
  ep: "/api/v1/namespaces/{ns}/endpoints",
  ev: "/api/v1/namespaces/{ns}/events",
  ns: "/api/v1/namespaces",
  node: "/api/v1/nodes",
  deploy: "/apis/apps/v1/namespaces/{ns}/deployments",
  sts: "/apis/apps/v1/namespaces/{ns}/statefulsets",
  rs: "/apis/apps/v1/namespaces/{ns}/replicasets",
  ds: "/apis/apps/v1/namespaces/{ns}/daemonsets",
  job: "/apis/batch/v1/namespaces/{ns}/jobs",
  ing: "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses",
  netpol: "/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies",
  lease: "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases",
  ev2: "/apis/events.k8s.io/v1/namespaces/{ns}/events",
  role: "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles",
  rb: "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings",
  crole: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  crb: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  sc: "/apis/storage.k8s.io/v1/storageclasses",
  pc: "/apis/scheduling.k8s.io/v1/priorityclasses",
  crd: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  wd: "/apis/lab.example.com/v1/namespaces/{ns}/widgets",
  gz: "/apis/lab.example.com/v1/gizmos",
  pl: "/apis/lab.example.com/v1/namespaces/{ns}/plains",
};

/** The URL path of a short path such as `cm/a?dryRun=All`. */
export function expandPath(path: string): string {
  if (path.startsWith("/")) return path;
  const [, short = "", rest = ""] = /^([a-z0-9]+)(.*)$/s.exec(path) ?? [];
  const collection = collections[short];
  if (collection === undefined) throw new Error(`expanding ${path} failed: no short name ${short}`);
  return collection + rest;
}
