// SPDX-License-Identifier: Apache-2.0
// First stage of a write: the body becomes an object of its kind, without what the kind does not have.
import { isObject, jsonCopy, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { invalidObject } from "../field-error.js";
import { builtinKinds } from "../kinds/builtin-kinds.js";
import { builtinType } from "../kinds/parse-types.js";
import { apiVersionOf, kindSubject } from "../kinds/resource-type.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { decodeBuiltin } from "../schema/decode-builtin.js";
import { prune } from "../schema/prune.js";
import { badRequest } from "../status-error.js";
import { decodeMetadata } from "./decode-metadata.js";
import type { FieldValidation } from "./write-request.js";

/** Refuses a body that is of another kind than the path's, in the words of the decoder. */
function checkRegistered(kind: string, apiVersion: string, type: ResourceType): void {
  if (kind === type.kind && apiVersion === apiVersionOf(type)) return;
  const refuse = (why: string): never => {
    const start = `${kind} in version "${type.version}" cannot be handled as a ${type.kind}: `;
    throw badRequest(start + why);
  };
  if (builtinKinds[apiVersion]?.some((known) => known.kind === kind) !== true) {
    const scheme = 'in scheme "pkg/api/legacyscheme/scheme.go:30"';
    refuse(`no kind "${kind}" is registered for version "${apiVersion}" ${scheme}`);
  }
  if (kind === type.kind) return;
  const internal = type.group === "" ? "core" : (type.group.split(".")[0] ?? "");
  const from = `${apiVersion.split("/").at(-1) ?? ""}.${kind}`;
  refuse(`converting (${from}) to (${internal}.${type.kind}): unknown conversion`);
}

/** Checks that the body says it is an object of this kind in this version. */
export function checkTypeMeta(body: unknown, type: ResourceType): asserts body is JsonObject {
  const text = (): string => JSON.stringify(body);
  const unrecognised = `the object provided is unrecognized (must be of type ${type.kind}): `;
  if (!isObject(body)) throw badRequest(`${unrecognised}Object 'Kind' is missing in '${text()}'`);
  const kind = stringAt(body, "kind");
  const apiVersion = stringAt(body, "apiVersion");
  const expected = apiVersionOf(type);
  if (kind === undefined || kind === "") {
    throw badRequest(`${unrecognised}Object 'Kind' is missing in '${text()}'`);
  }
  if (apiVersion === undefined || apiVersion === "") {
    throw badRequest(`${unrecognised}Object 'apiVersion' is missing in '${text()}'`);
  }
  if (!type.custom) checkRegistered(kind, apiVersion, type);
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  if (kind === type.kind) return;
  const name = stringAt(body, "metadata", "name") ?? "";
  const detail = { field: "kind", reason: "FieldValueInvalid" } as const;
  throw invalidObject({ ...kindSubject(type), word: kind }, name, [
    { ...detail, detail: `: ${JSON.stringify(kind)}: must be ${type.kind}` },
  ]);
}

/** A body of a built-in kind may leave out apiVersion and kind: the path says them. */
export function fillTypeMeta(body: unknown, type: ResourceType): unknown {
  if (type.custom) return body;
  if (body === null) return { apiVersion: apiVersionOf(type), kind: type.kind };
  if (!isObject(body)) return body;
  const { apiVersion, kind, ...rest } = body;
  return { apiVersion: apiVersion || apiVersionOf(type), kind: kind || type.kind, ...rest };
}

/** Tells the client of unknown fields the way it asked for. */
function reportUnknown(
  unknown: readonly string[],
  object: JsonObject,
  type: ResourceType,
  mode: FieldValidation,
  warnings: string[],
): void {
  const texts = unknown.map((path) => `unknown field "${path}"`);
  if (mode === "Warn") warnings.push(...texts);
  if (mode !== "Strict" || texts.length === 0) return;
  const where = type.custom
    ? `${stringAt(object, "metadata", "name") ?? ""} in version "${type.version}" cannot be handled as a ${type.kind}`
    : `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}`;
  throw badRequest(`${where}: strict decoding error: ${texts.join(", ")}`);
}

/** The object of a body: unknown fields dropped, metadata typed; the body itself stays untouched. */
export function decodeObject(
  body: JsonObject,
  type: ResourceType,
  mode: FieldValidation,
  warnings: string[],
): JsonObject {
  const unknown: string[] = [];
  const names = { kind: type.kind, apiVersion: apiVersionOf(type) };
  if (!type.custom) {
    const object = decodeBuiltin(body, type.schema, names, unknown);
    reportUnknown(unknown, object, type, mode, warnings);
    return object;
  }
  const object = jsonCopy(body);
  prune(object, type.schema, builtinType("ObjectMeta"), unknown);
  object["metadata"] = decodeMetadata(own(object, "metadata"), names);
  reportUnknown(unknown, object, type, mode, warnings);
  return object;
}
