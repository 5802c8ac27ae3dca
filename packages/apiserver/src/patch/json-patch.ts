// SPDX-License-Identifier: Apache-2.0
// JSON Patch (RFC 6902) on a copy of the document.
import { clone, equal, isObject, own, setOwn } from "../json.js";
import { fieldErrorMessage } from "../field-error.js";
import { badRequest, StatusError } from "../status-error.js";

/** More operations than this are refused. Source: API server limit. */
const maxOperations = 10_000;

/** Raised inside; every failed operation is answered with the same text. */
class OperationError extends Error {}

const rejected = (): StatusError =>
  new StatusError(
    422,
    "Invalid",
    "the server rejected our request due to an error in our request",
    {},
  );

function parsePointer(pointer: unknown): string[] {
  if (typeof pointer !== "string") throw new OperationError("pointer is not a string");
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new OperationError("pointer must start with /");
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const indexText = /^(0|[1-9]\d*)$/;

function childOf(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) {
    if (!indexText.test(key) || Number(key) >= parent.length) throw new OperationError("no index");
    return parent[Number(key)];
  }
  if (isObject(parent) && Object.hasOwn(parent, key)) return parent[key];
  throw new OperationError("no such member");
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce(childOf, document);
}

function addTo(parent: unknown, key: string, value: unknown): void {
  if (Array.isArray(parent)) {
    if (key !== "-" && !indexText.test(key)) throw new OperationError("bad index");
    const index = key === "-" ? parent.length : Number(key);
    if (index > parent.length) throw new OperationError("index out of bounds");
    parent.splice(index, 0, value);
    return;
  }
  if (!isObject(parent)) throw new OperationError("parent is no container");
  setOwn(parent, key, value);
}

function removeFrom(parent: unknown, key: string): unknown {
  const removed = childOf(parent, key);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete (parent as Record<string, unknown>)[key];
  return removed;
}

/** Runs one operation; the whole document is replaced through the holder. */
function run(holder: { document: unknown }, operation: unknown): void {
  const path = parsePointer(own(operation, "path"));
  const value = clone(own(operation, "value"));
  const needsValue = (): unknown => {
    if (value === undefined) throw new OperationError("value is missing");
    return value;
  };
  const add = (item: unknown): void => {
    if (path.length === 0) holder.document = item;
    else addTo(valueAt(holder.document, path.slice(0, -1)), path.at(-1) as string, item);
  };
  const remove = (at: readonly string[]): unknown => {
    if (at.length === 0) throw new OperationError("the document itself cannot be removed");
    return removeFrom(valueAt(holder.document, at.slice(0, -1)), at.at(-1) as string);
  };
  const op = own(operation, "op");
  if (op === "add") add(needsValue());
  else if (op === "remove") remove(path);
  else if (op === "replace") replaceAt(holder, path, needsValue());
  else if (op === "move") add(remove(sourceOf(operation, path)));
  else if (op === "copy")
    add(clone(valueAt(holder.document, parsePointer(own(operation, "from")))));
  else if (op === "test") {
    if (!equal(valueAt(holder.document, path), needsValue())) throw new OperationError("test");
  } else throw new OperationError("unknown operation");
}

function replaceAt(holder: { document: unknown }, path: readonly string[], value: unknown): void {
  if (path.length === 0) {
    holder.document = value;
    return;
  }
  const parent = valueAt(holder.document, path.slice(0, -1));
  const key = path.at(-1) as string;
  childOf(parent, key);
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else setOwn(parent as Record<string, unknown>, key, value);
}

/** The source of a move; a value cannot be moved into itself. */
function sourceOf(operation: unknown, path: readonly string[]): string[] {
  const from = parsePointer(own(operation, "from"));
  const isInside = from.length < path.length && from.every((part, index) => part === path[index]);
  if (isInside) throw new OperationError("moved into itself");
  return from;
}

/**
 * Applies a JSON patch to a copy of the document.
 *
 * @throws {@link StatusError} 400 when the body is no array; 422 when an operation fails.
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    );
  }
  if (patch.length > maxOperations) {
    const detail = `: ${patch.length}: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`;
    const error = { field: "<nil>", reason: "FieldValueTooMany", detail } as const;
    throw new StatusError(413, "RequestEntityTooLarge", fieldErrorMessage(error));
  }
  const holder = { document: clone(document) };
  try {
    for (const operation of patch) run(holder, operation);
  } catch (error) {
    if (error instanceof OperationError) throw rejected();
    throw error;
  }
  return holder.document;
}
