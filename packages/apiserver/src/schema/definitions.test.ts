// SPDX-License-Identifier: Apache-2.0
// What definitions may say of themselves beside their schemas: names, versions, columns, scale,
// selectable fields.
import { beforeAll, describe, expect, it } from "@jest/globals";
import { fieldErrorMessage } from "../field-error.js";
import type { JsonObject } from "../json.js";
import { widgetCrd } from "../../test/api.js";
import { checkCrd } from "../write/crd-validation.js";
import { loadRuleEngine } from "./rule-engine.js";

const spec = (crd: JsonObject): JsonObject => crd["spec"] as JsonObject;
const version = (crd: JsonObject): JsonObject =>
  (spec(crd)["versions"] as JsonObject[])[0] as JsonObject;

/** What is wrong with the tests' definition after a change; the server fills names before it checks. */
function faults(change: (crd: JsonObject) => void): string[] {
  const crd = widgetCrd();
  Object.assign(spec(crd)["names"] as JsonObject, { singular: "widget", listKind: "WidgetList" });
  change(crd);
  return checkCrd(crd).map(fieldErrorMessage);
}

const dns =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic " +
  "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for " +
  "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

describe("a definition", () => {
  beforeAll(loadRuleEngine);

  it("is fine as the tests use it", () => {
    expect(faults(() => undefined)).toEqual([]);
  });

  it.each<[string, (crd: JsonObject) => void, string[]]>([
    [
      "a group without a dot",
      (crd) => {
        spec(crd)["group"] = "lab";
        crd["metadata"] = { name: "widgets.lab" };
      },
      ['spec.group: Invalid value: "lab": should be a domain with at least one dot'],
    ],
    [
      "an approval that is none",
      (crd) => {
        spec(crd)["group"] = "lab.k8s.io";
        crd["metadata"] = {
          name: "widgets.lab.k8s.io",
          annotations: { "api-approved.kubernetes.io": "yes" },
        };
      },
      [
        'metadata.annotations[api-approved.kubernetes.io]: Invalid value: "yes": protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111',
      ],
    ],
    [
      "names that are none",
      (crd) => {
        Object.assign(spec(crd)["names"] as JsonObject, { kind: "Wid_get", shortNames: ["W"] });
      },
      [
        `spec.names.kind: Invalid value: "Wid_get": may have mixed case, but should otherwise match: ${dns}`,
        `spec.names.shortNames[0]: Invalid value: "W": ${dns}`,
      ],
    ],
    [
      "a list kind that is its kind",
      (crd) => {
        (spec(crd)["names"] as JsonObject)["listKind"] = "Widget";
      },
      ['spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'],
    ],
    [
      "a webhook without an address",
      (crd) => {
        spec(crd)["conversion"] = { strategy: "Webhook" };
      },
      [
        "spec.conversion.conversionReviewVersions: Required value",
        "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
      ],
    ],
    [
      "fields that are kept whatever the schema says",
      (crd) => {
        spec(crd)["preserveUnknownFields"] = true;
      },
      [
        "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-preserve-unknown-fields to true in spec.versions[*].schema instead",
      ],
    ],
    [
      "columns that show nothing",
      (crd) => {
        version(crd)["additionalPrinterColumns"] = [
          { name: "A", type: "text", jsonPath: ".a" },
          { name: "B", type: "string", jsonPath: "b" },
          { name: "C", type: "string", jsonPath: "" },
        ];
      },
      [
        'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
        'spec.additionalPrinterColumns[1].JSONPath: Invalid value: "b": must be a simple json path starting with .',
        "spec.additionalPrinterColumns[2].JSONPath: Required value",
      ],
    ],
    [
      "a scale of other parts",
      (crd) => {
        version(crd)["subresources"] = {
          scale: { specReplicasPath: ".status.x", labelSelectorPath: ".metadata.y" },
        };
      },
      [
        'spec.subresources.scale.specReplicasPath: Invalid value: ".status.x": should be a json path under .spec',
        "spec.subresources.scale.statusReplicasPath: Required value",
        'spec.subresources.scale.labelSelectorPath: Invalid value: ".metadata.y": should be a json path under either .spec or .status',
      ],
    ],
    [
      "selectable fields that are none",
      (crd) => {
        version(crd)["selectableFields"] = [
          { jsonPath: ".spec.nope" },
          { jsonPath: ".spec.items" },
          { jsonPath: ".spec.color" },
          { jsonPath: ".spec.color" },
          { jsonPath: ".spec['color']" },
        ];
      },
      [
        'spec.selectableFields[0].jsonPath: Invalid value: ".spec.nope": is an invalid path: does not refer to a valid field',
        'spec.selectableFields[1].jsonPath: Invalid value: ".spec.items": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        'spec.selectableFields[3].jsonPath: Duplicate value: ".spec.color"',
        "spec.selectableFields[4].jsonPath: Invalid value: \".spec['color']\": is an invalid path: array notation is not allowed",
      ],
    ],
  ])("is refused with %s", (_title, change, texts) => {
    expect(faults(change)).toEqual(texts);
  });

  it("tells of each version on its own when versions differ", () => {
    const texts = faults((crd) => {
      const [one] = spec(crd)["versions"] as JsonObject[];
      const schema = { openAPIV3Schema: { type: "object", properties: { a: {} } } };
      spec(crd)["versions"] = [one, { ...one, name: "v2", storage: false, schema }];
    });
    expect(texts).toEqual([
      "spec.versions[1].schema.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields",
    ]);
  });
});
