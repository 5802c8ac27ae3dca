// SPDX-License-Identifier: Apache-2.0
// Lists: which revision, which objects, which page.
import { invalidObject, forbiddenField, notSupported } from "../field-error.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { badRequest, expired, plainServerError, StatusError } from "../status-error.js";
import { firstAtOrAfter } from "../store/sorted-objects.js";
import type { ObjectStore } from "../store/object-store.js";
import type { StoredObject } from "../store/stored-object.js";
import { decodeContinue, encodeContinue } from "./continue-token.js";
import { parseFieldSelector } from "./field-selector.js";
import { parseLabelSelector } from "./label-selector.js";
import type { Selector } from "./label-selector.js";

/** A list before it is written out. */
export interface ListPage {
  readonly revision: number;
  readonly objects: readonly StoredObject[];
  readonly continueToken: string;
  readonly remaining: number | undefined;
}

/** The selector of a request: labels and fields together, undefined when it selects everything. */
export function selectorOf(query: URLSearchParams, type: ResourceType): Selector | undefined {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  const fields = parseFieldSelector(query.get("fieldSelector") ?? "", type);
  if (labels === undefined || fields === undefined) return labels ?? fields;
  return (object) => labels(object) && fields(object);
}

/** Reads a resourceVersion parameter. @throws {@link StatusError} 500 when it is no number. */
export function parseRevision(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const shown = JSON.stringify(text);
  throw plainServerError(
    `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`,
  );
}

/** 504 for a revision that has not happened yet. */
export function tooLargeRevision(wanted: number, current: number): StatusError {
  const message = `Timeout: Too large resource version: ${wanted}, current: ${current}`;
  return new StatusError(504, "Timeout", message, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

const listOptions = { group: "meta.k8s.io", word: "ListOptions" };

function checkMatch(query: URLSearchParams): void {
  const match = query.get("resourceVersionMatch") ?? "";
  const version = query.get("resourceVersion") ?? "";
  if (match === "") return;
  const field = "resourceVersionMatch";
  const errors = [];
  if (version === "") {
    const why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
    errors.push(forbiddenField(field, why));
  }
  if ((query.get("continue") ?? "") !== "") {
    errors.push(
      forbiddenField(field, "resourceVersionMatch is forbidden when continue is provided"),
    );
  }
  if (match !== "Exact" && match !== "NotOlderThan") {
    errors.push(notSupported(field, match, ["Exact", "NotOlderThan", ""]));
  } else if (match === "Exact" && version === "0") {
    const why = 'resourceVersionMatch "Exact" is forbidden for resourceVersion "0"';
    errors.push(forbiddenField(field, why));
  }
  if (errors.length > 0) throw invalidObject(listOptions, "", errors);
}

/** The revision a list is taken at, and whether it is the present. */
function revisionOf(query: URLSearchParams, store: ObjectStore, limit: number): number | undefined {
  const text = query.get("resourceVersion") ?? "";
  if (text === "" || text === "0") return undefined;
  const wanted = parseRevision(text);
  const current = store.log.revision;
  if (wanted > current) throw tooLargeRevision(wanted, current);
  const match = query.get("resourceVersionMatch") ?? "";
  // Without a match a limited list is exact, an unlimited one not older than.
  return match === "Exact" || (match === "" && limit > 0) ? wanted : undefined;
}

/** Refuses list options that are no numbers. @throws {@link StatusError} 400. */
export function checkNumbers(query: URLSearchParams): void {
  for (const name of ["limit", "timeoutSeconds"]) {
    const text = query.get(name) ?? "";
    if (text === "" || /^[+-]?\d+$/.test(text)) continue;
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
}

/** Takes one page of a list. */
export function takeList(
  store: ObjectStore,
  type: ResourceType,
  namespace: string | undefined,
  query: URLSearchParams,
): ListPage {
  checkNumbers(query);
  checkMatch(query);
  const selector = selectorOf(query, type);
  const isCached = query.get("resourceVersion") === "0" && (query.get("continue") ?? "") === "";
  const limit = isCached ? 0 : Number(query.get("limit") ?? 0) || 0;
  const token = query.get("continue") ?? "";
  if (token === "") {
    const exact = revisionOf(query, store, limit);
    const objects =
      exact === undefined
        ? store.list(type.storageKey, namespace)
        : store.listAt(type.storageKey, exact, namespace);
    if (objects === undefined) {
      throw expired("The resourceVersion for the provided list is too old.");
    }
    return pageOf(objects, 0, exact ?? store.log.revision, limit, selector);
  }
  if ((query.get("resourceVersion") ?? "") !== "" && query.get("resourceVersion") !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  return nextPage(store, type, namespace, token, limit, selector);
}

function nextPage(
  store: ObjectStore,
  type: ResourceType,
  namespace: string | undefined,
  token: string,
  limit: number,
  selector: Selector | undefined,
): ListPage {
  const point = decodeContinue(token);
  const revision = point.revision < 0 ? store.log.revision : point.revision;
  const objects = store.listAt(type.storageKey, revision, namespace);
  if (objects === undefined) {
    throw expired(
      "The provided continue parameter is too old to display a consistent list result. You can " +
        "start a new list without the continue parameter, or use the continue token in this response " +
        "to retrieve the remainder of the results. Continuing with the provided token results in an " +
        "inconsistent list - objects that were created, modified, or deleted between the time the " +
        "first chunk was returned and now may show up in the list.",
      encodeContinue({ revision: -1, after: point.after }),
    );
  }
  const start = firstAtOrAfter(objects, `${point.after}\u0000`);
  return pageOf(objects, start, revision, limit, selector);
}

function pageOf(
  objects: readonly StoredObject[],
  start: number,
  revision: number,
  limit: number,
  selector: Selector | undefined,
): ListPage {
  if (limit <= 0 && selector === undefined) {
    const rest = start === 0 ? objects : objects.slice(start);
    return { revision, objects: rest, continueToken: "", remaining: undefined };
  }
  const page: StoredObject[] = [];
  let index = start;
  for (; index < objects.length; index++) {
    // A full page ends here, whether or not what follows is selected.
    if (limit > 0 && page.length === limit) break;
    const object = objects[index] as StoredObject;
    if (selector === undefined || selector(object.value)) page.push(object);
  }
  const isLast = index >= objects.length;
  const after = page.at(-1)?.key ?? "";
  return {
    revision,
    objects: page,
    continueToken: isLast ? "" : encodeContinue({ revision, after }),
    remaining: isLast || selector !== undefined ? undefined : objects.length - index,
  };
}
