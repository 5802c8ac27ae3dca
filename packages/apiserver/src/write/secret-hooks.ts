// SPDX-License-Identifier: Apache-2.0
// Secrets: write-only `stringData` becomes base64 `data`.
import { ensureObject, isObject, own, setOwn } from "../json.js";
import type { JsonObject } from "../json.js";

/** Folds stringData into data. */
export function foldStringData(object: JsonObject): void {
  const plain = own(object, "stringData");
  delete object["stringData"];
  if (!isObject(plain)) return;
  const data = ensureObject(object, "data");
  for (const key of Object.keys(plain)) {
    setOwn(data, key, Buffer.from(String(plain[key])).toString("base64"));
  }
}
