// SPDX-License-Identifier: Apache-2.0
// Reading objects from the API server, one or many (stage 6: writes).
import {
  errorFromStatus,
  hasCode,
  resourcePath,
  type Kind,
  type KubernetesObject,
  type ListOptions,
  type ObjectKey,
  type ResourceRef,
} from "@haversack/core";
import { ApiCall } from "./api-call.js";
import type { ObjectsContext } from "./objects-context.js";

/** Tries of a paged list whose continue token ran out. */
const maxListTries = 3;

interface Page<T> {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/** Reads one object. **API requests:** 1 GET. @returns `undefined` when it does not exist. */
export function getObject<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  key: ObjectKey,
): Promise<T | undefined> {
  return new ApiCall<T>(context, { kind, ref: refOfKey(kind, key), attempt: "get" }).read();
}

/** Reads one object that has to be there. **API requests:** 1 GET. @throws NotFoundError */
export async function mustGetObject<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  key: ObjectKey,
): Promise<T> {
  const object = await getObject(context, kind, key);
  if (object !== undefined) return object;
  throw errorFromStatus(
    404,
    { code: 404, reason: "NotFound", message: "it does not exist" },
    { attempt: "get", ref: refOfKey(kind, key) },
  );
}

/**
 * Reads all objects that match, page by page, as the state of one moment.
 *
 * Every item carries `apiVersion` and `kind`, which the server leaves out in lists.
 *
 * **API requests:** 1 LIST per page; from the start again, at most twice, when the server no longer
 * knows the moment of the first page.
 */
export async function listObjects<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  options: ListOptions,
): Promise<readonly T[]> {
  const ref: ResourceRef = { group: kind.group, kind: kind.kind, name: "*", ...scopeOf(options) };
  const call = new ApiCall<T>(context, { kind, ref, attempt: "list", signal: options.signal });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listPages(context, call, options);
    } catch (error) {
      if (!hasCode(error, "EXP_EXPIRED") || attempt >= maxListTries) throw error;
    }
  }
}

async function listPages<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  options: ListOptions,
): Promise<readonly T[]> {
  const { kind } = call.target;
  const { apiVersion } = kind;
  const found: T[] = [];
  let token: string | undefined;
  do {
    const { body } = await call.send<Page<T>>({
      method: "GET",
      path: resourcePath(kind, scopeOf(options)),
      query: {
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        limit: context.pageSizeObjects,
        continue: token,
      },
    });
    for (const item of body.items ?? []) found.push({ apiVersion, kind: kind.kind, ...item });
    token = body.metadata?.continue;
  } while (token !== undefined && token !== "");
  return found;
}

function scopeOf({ namespace }: ListOptions): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

/** The reference that a key names. */
export function refOfKey(kind: Kind<KubernetesObject>, key: ObjectKey): ResourceRef {
  const { namespace, name } = key;
  const { group, kind: kindName } = kind;
  return { group, kind: kindName, ...(namespace === undefined ? {} : { namespace }), name };
}
