// SPDX-License-Identifier: Apache-2.0
// Rules of pod specs, in pods and in templates: names, images, ports, environment, mounts, resources.
import { duplicate, forbiddenField, invalid, notSupported, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { quantityNano } from "../schema/quantity.js";
import { nameFaults } from "./names.js";

/** A finding when a value is there and not among those allowed. */
export function oneOf(
  object: unknown,
  path: string,
  key: string,
  allowed: readonly string[],
): FieldError[] {
  const value = stringAt(object, key);
  if (value === undefined || allowed.includes(value)) return [];
  return [notSupported(`${path}.${key}`, value, allowed)];
}

const portRange = "must be between 1 and 65535, inclusive";

/** A finding when a port number is outside the range. */
export function portFaults(path: string, port: unknown): FieldError[] {
  if (typeof port !== "number" || (port >= 1 && port <= 65_535)) return [];
  return [invalid(path, port, portRange)];
}

function portNameFaults(path: string, name: string): FieldError[] {
  const faults: string[] = [];
  if (name.length > 15) faults.push("must be no more than 15 characters");
  if (!/^[-a-z0-9]+$/.test(name)) {
    faults.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  } else if (!/[a-z]/.test(name)) {
    faults.push("must contain at least one letter (a-z)");
  }
  return faults.map((why) => invalid(path, name, why));
}

function checkPorts(container: unknown, path: string): FieldError[] {
  return arrayAt(container, "ports").flatMap((port, index) => {
    const at = `${path}.ports[${index}]`;
    const number = own(port, "containerPort") ?? 0;
    const name = stringAt(port, "name") ?? "";
    return [
      ...(name === "" ? [] : portNameFaults(`${at}.name`, name)),
      ...(number === 0
        ? [required(`${at}.containerPort`)]
        : portFaults(`${at}.containerPort`, number)),
      ...oneOf(port, at, "protocol", ["SCTP", "TCP", "UDP"]),
    ];
  });
}

const variableName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const variableText =
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', " +
  "and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex " +
  "used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";

function checkEnvironment(container: unknown, path: string): FieldError[] {
  return arrayAt(container, "env").flatMap((variable, index) => {
    const at = `${path}.env[${index}]`;
    const name = stringAt(variable, "name") ?? "";
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(`${at}.name`));
    else if (!variableName.test(name)) errors.push(invalid(`${at}.name`, name, variableText));
    const hasBoth = (stringAt(variable, "value") ?? "") !== "" && objectAt(variable, "valueFrom");
    if (hasBoth) {
      const why = "may not be specified when `value` is not empty";
      errors.push(invalid(`${at}.valueFrom`, "", why));
    }
    return errors;
  });
}

function checkResources(container: unknown, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const limits = objectAt(container, "resources", "limits") ?? {};
  for (const kind of ["limits", "requests"]) {
    for (const [name, text] of Object.entries(objectAt(container, "resources", kind) ?? {})) {
      const amount = quantityNano(String(text));
      if (amount !== undefined && amount < 0n) {
        const why = "must be greater than or equal to 0";
        errors.push(invalid(`${path}.resources.${kind}[${name}]`, text, why));
      }
      const limit = quantityNano(String(own(limits, name) ?? ""));
      if (kind === "requests" && limit !== undefined && amount !== undefined && amount > limit) {
        const why = `must be less than or equal to ${name} limit`;
        errors.push(invalid(`${path}.resources.requests`, text, why));
      }
    }
  }
  return errors;
}

function checkMounts(container: unknown, path: string, volumes: ReadonlySet<string>): FieldError[] {
  return arrayAt(container, "volumeMounts").flatMap((mount, index) => {
    const at = `${path}.volumeMounts[${index}]`;
    const name = stringAt(mount, "name") ?? "";
    if (name === "") return [required(`${at}.name`)];
    const detail = `: ${JSON.stringify(name)}`;
    return volumes.has(name)
      ? []
      : [{ field: `${at}.name`, reason: "FieldValueNotFound" as const, detail }];
  });
}

function checkContainer(
  container: unknown,
  path: string,
  volumes: ReadonlySet<string>,
): FieldError[] {
  const name = stringAt(container, "name") ?? "";
  const nameErrors =
    name === ""
      ? [required(`${path}.name`)]
      : nameFaults(name, "label").map((why) => invalid(`${path}.name`, name, why));
  return [
    ...nameErrors,
    ...((stringAt(container, "image") ?? "") === "" ? [required(`${path}.image`)] : []),
    ...oneOf(container, path, "imagePullPolicy", ["Always", "IfNotPresent", "Never"]),
    ...checkPorts(container, path),
    ...checkEnvironment(container, path),
    ...checkMounts(container, path, volumes),
    ...checkResources(container, path),
  ];
}

function checkVolumes(spec: unknown, path: string): FieldError[] {
  const seen = new Set<string>();
  return arrayAt(spec, "volumes").flatMap((volume, index) => {
    const at = `${path}.volumes[${index}]`;
    const name = stringAt(volume, "name") ?? "";
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(`${at}.name`));
    else if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    seen.add(name);
    const sources = Object.keys((volume ?? {}) as JsonObject).filter((key) => key !== "name");
    for (const source of sources
      .filter((key) => key !== "emptyDir")
      .slice(sources.includes("emptyDir") ? 0 : 1)) {
      errors.push(forbiddenField(`${at}.${source}`, "may not specify more than 1 volume type"));
    }
    return errors;
  });
}

/**
 * Findings on a pod's spec at a path.
 *
 * @param claims Names of volumes that the pod will have beside those of its spec.
 */
export function checkPodSpec(
  spec: unknown,
  path: string,
  claims: readonly string[] = [],
): FieldError[] {
  const named = arrayAt(spec, "volumes").map((volume) => stringAt(volume, "name") ?? "");
  const volumes = new Set([...named, ...claims]);
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const list of ["containers", "initContainers"]) {
    for (const [index, container] of arrayAt(spec, list).entries()) {
      const at = `${path}.${list}[${index}]`;
      errors.push(...checkContainer(container, at, volumes));
      const name = stringAt(container, "name") ?? "";
      if (name !== "" && seen.has(name)) errors.push(duplicate(`${at}.name`, name));
      seen.add(name);
    }
  }
  return [
    ...errors,
    ...checkVolumes(spec, path),
    ...oneOf(spec, path, "restartPolicy", ["Always", "OnFailure", "Never"]),
    ...oneOf(spec, path, "dnsPolicy", [
      "ClusterFirstWithHostNet",
      "ClusterFirst",
      "Default",
      "None",
    ]),
  ];
}

/** Findings on a changed pod: how long it may run can only become less. */
export function checkDeadline(object: JsonObject, current: JsonObject): FieldError[] {
  const before = objectAt(current, "spec")?.["activeDeadlineSeconds"];
  const after = objectAt(object, "spec")?.["activeDeadlineSeconds"];
  if (typeof before !== "number") return [];
  const field = "spec.activeDeadlineSeconds";
  if (typeof after !== "number") {
    return [invalid(field, null, "must not update from a positive integer to nil value")];
  }
  return after <= before
    ? []
    : [invalid(field, after, "must be less than or equal to previous value")];
}
