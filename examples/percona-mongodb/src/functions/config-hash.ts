// SPDX-License-Identifier: Apache-2.0
// Hashes on pod templates: a changed configuration or certificate must change the template (F7; stage 5: reconcile).
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { JsonObject, Manifest, TextMap } from "../json.js";
import type { KindName, Observed } from "./part.js";

/** A configuration that exists in the cluster, made by the operator or by the user. */
export interface CustomConfig {
  readonly hash: string;
  readonly volumeSource: JsonObject;
}

/**
 * Finds the configuration of a name: a Secret made by the user wins over a ConfigMap.
 *
 * **API requests:** 0.
 */
export function customConfig(observed: Observed, name: string): CustomConfig | undefined {
  const secret = observed.get("Secret", name);
  if (secret !== undefined) {
    return {
      hash: configHash(undefined, secret.data),
      volumeSource: { secret: { secretName: name, optional: true } },
    };
  }
  const configMap = observed.get("ConfigMap", name);
  if (configMap === undefined) return undefined;
  return {
    hash: configHash(configMap.data, configMap.binaryData),
    volumeSource: { configMap: { name, optional: true } },
  };
}

/** The kinds {@link customConfig} looks at. */
export const customConfigKinds: readonly KindName[] = ["Secret", "ConfigMap"];

/**
 * MD5 of the JSON of a configuration, as Go writes it: sorted keys, empty maps left out.
 *
 * @example
 * ```ts
 * configHash({ "fluentbit_custom.conf": "config" }, undefined);
 * // => "e0844d27afffb9c39679f2f44ffe3d7e"
 * ```
 */
export function configHash(text: TextMap | undefined, binary: TextMap | undefined): string {
  const fields = [
    ...(isEmpty(text) ? [] : [`"str_data":${goMap(text)}`]),
    ...(isEmpty(binary) ? [] : [`"bin_data":${goMap(binary)}`]),
  ];
  return md5(`{${fields.join(",")}}`);
}

/**
 * MD5 of a Secret's data as Go prints it: the bytes of every key as decimal numbers.
 *
 * Empty when there is no Secret.
 */
export function secretHash(secret: Manifest | undefined): string {
  if (secret === undefined) return "";
  const keys = Object.keys(secret.data ?? {}).sort();
  const entries = keys.map(
    (key) => `${key}:[${[...Buffer.from(secret.data?.[key] ?? "", "base64")].join(" ")}]`,
  );
  return md5(`map[${entries.join(" ")}]\n`);
}

function goMap(map: TextMap | undefined): string {
  const keys = Object.keys(map ?? {}).sort(byBytes);
  return `{${keys.map((key) => `${goString(key)}:${goString(map?.[key] ?? "")}`).join(",")}}`;
}

/** Go escapes what could end a script element, and two line separators. */
function goString(text: string): string {
  const escape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text)
    .replace(/[<>&\u2028\u2029]/g, escape)
    .replace(/\\([bf])/g, (whole, letter: string, offset: number, all: string) =>
      isEscaped(all, offset) ? whole : letter === "b" ? "\\u0008" : "\\u000c",
    );
}

/** Whether the backslash at this place is itself the second half of an escaped backslash. */
function isEscaped(text: string, offset: number): boolean {
  let backslashes = 0;
  for (let index = offset - 1; index >= 0 && text[index] === "\\"; index -= 1) backslashes += 1;
  return backslashes % 2 === 1;
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function isEmpty(map: TextMap | undefined): boolean {
  return map === undefined || Object.keys(map).length === 0;
}

function md5(text: string): string {
  return createHash("md5").update(text, "utf8").digest("hex");
}
