// SPDX-License-Identifier: Apache-2.0
// events.k8s.io/v1: the other form of the Events that the core group stores.
import { own, setOwn } from "../json.js";
import type { JsonObject } from "../json.js";
import type { BuiltinKind } from "./builtin-kind.js";
import type { Conversion } from "./resource-type.js";

/** Field in events.k8s.io → field in the core group; all others have one name in both. */
const renamed: Readonly<Record<string, string>> = {
  regarding: "involvedObject",
  note: "message",
  reportingController: "reportingComponent",
  deprecatedSource: "source",
  deprecatedFirstTimestamp: "firstTimestamp",
  deprecatedLastTimestamp: "lastTimestamp",
  deprecatedCount: "count",
};
const back: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(renamed).map(([view, core]) => [core, view]),
);

function rename(object: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(object)) {
    setOwn(result, Object.hasOwn(names, key) ? (names[key] as string) : key, object[key]);
  }
  return result;
}

/** Between the two forms. */
const eventConversion: Conversion = {
  toStorage: (object) => {
    const event = rename(object, renamed);
    // The core form always names what the event is about.
    if (own(event, "involvedObject") === undefined) event["involvedObject"] = {};
    return { ...event, apiVersion: "v1" };
  },
  fromStorage: (object) => ({ ...rename(object, back), apiVersion: "events.k8s.io/v1" }),
};

/** The row of the view. */
export const eventsViewKinds: Readonly<Record<string, readonly BuiltinKind[]>> = {
  "events.k8s.io/v1": [
    {
      plural: "events",
      kind: "Event",
      typeName: "events.v1.Event",
      shortNames: ["ev"],
      noStatus: true,
      storedAs: { storageKey: "events", version: "v1", conversion: eventConversion },
      rules: {
        requiredPaths: ["eventTime", "reportingComponent", "reportingInstance", "action", "reason"],
        fieldLabels: ["reason", "type", "reportingController"].concat(
          ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
            (field) => `regarding.${field}`,
          ),
        ),
      },
    },
  ],
};
