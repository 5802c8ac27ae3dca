// SPDX-License-Identifier: Apache-2.0
// Services: cluster IPs and node ports are allocated once and kept by updates that do not name them.
import { invalidObject, invalid } from "../field-error.js";
import { arrayAt, isObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { WriteContext } from "./write-request.js";

const subject = { group: "", word: "Service" };

const needsNodePorts = (spec: JsonObject): boolean =>
  spec["type"] === "NodePort" ||
  (spec["type"] === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false);

const isReal = (address: unknown): address is string =>
  typeof address === "string" && address !== "" && address !== "None";

/** Addresses and ports that the object holds. */
function held(object: JsonObject | undefined): { address?: string; ports: number[] } {
  const spec = objectAt(object, "spec");
  const address = own(spec, "clusterIP");
  const ports = arrayAt(spec, "ports").flatMap((port) => {
    const number = own(port, "nodePort");
    return typeof number === "number" ? [number] : [];
  });
  return { ...(isReal(address) ? { address } : {}), ports };
}

/** Fills in what a new Service needs. */
export function allocateService(object: JsonObject, context: WriteContext): void {
  complete(object, undefined, context);
}

/** Keeps what the Service has, unless its type no longer has such things. */
export function keepService(next: JsonObject, current: JsonObject, context: WriteContext): void {
  const spec = objectAt(next, "spec");
  const before = objectAt(current, "spec");
  if (spec === undefined || before === undefined) return;
  const wasExternal = before["type"] === "ExternalName";
  if (spec["type"] !== "ExternalName" && !wasExternal && own(spec, "clusterIP") === undefined) {
    spec["clusterIP"] = before["clusterIP"];
    if (before["clusterIPs"] !== undefined) spec["clusterIPs"] = before["clusterIPs"];
  }
  const address = own(before, "clusterIP");
  if (isReal(address) && isReal(spec["clusterIP"]) && spec["clusterIP"] !== address) {
    const error = invalid("spec.clusterIPs[0]", [spec["clusterIP"]], "may not change once set");
    throw invalidObject(subject, stringAt(next, "metadata", "name") ?? "", [error]);
  }
  complete(next, current, context);
}

function complete(
  object: JsonObject,
  current: JsonObject | undefined,
  context: WriteContext,
): void {
  const spec = objectAt(object, "spec");
  if (spec === undefined) return;
  if (spec["type"] === "ExternalName") {
    for (const key of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) delete spec[key];
    delete spec["internalTrafficPolicy"];
    return;
  }
  if (!isReal(spec["clusterIP"]) && spec["clusterIP"] !== "None") {
    spec["clusterIP"] = context.addresses.takeAddress();
    // Given back at once: the commit reserves it, and a refused or dry-run write leaves nothing.
    context.addresses.releaseAddress(spec["clusterIP"] as string);
  }
  spec["clusterIPs"] = [spec["clusterIP"]];
  spec["ipFamilies"] ??= ["IPv4"];
  spec["ipFamilyPolicy"] ??= "SingleStack";
  fillNodePorts(spec, objectAt(current, "spec"), context);
}

function fillNodePorts(
  spec: JsonObject,
  before: JsonObject | undefined,
  context: WriteContext,
): void {
  const ports = arrayAt(spec, "ports").filter(isObject);
  const hadPorts = before !== undefined && needsNodePorts(before);
  if (!needsNodePorts(spec)) {
    // A type without node ports drops those it had; ones the client names itself are an error there.
    const old = new Set(held({ spec: before }).ports);
    if (hadPorts)
      for (const port of ports) if (old.has(Number(port["nodePort"]))) delete port["nodePort"];
    return;
  }
  for (const port of ports) {
    if (own(port, "nodePort") !== undefined) continue;
    const same = arrayAt(before, "ports").find(
      (other) => own(other, "port") === port["port"] && own(other, "protocol") === port["protocol"],
    );
    const kept = own(same, "nodePort");
    if (kept !== undefined) port["nodePort"] = kept;
    else {
      const taken = context.addresses.takePort();
      port["nodePort"] = taken;
      context.addresses.releasePort(taken);
    }
  }
}

/** Marks the Service's addresses as taken, and those it gave up as free. */
export function reserveService(
  next: JsonObject,
  current: JsonObject | undefined,
  { addresses }: WriteContext,
): void {
  const before = held(current);
  const after = held(next);
  if (before.address !== undefined && before.address !== after.address) {
    addresses.releaseAddress(before.address);
  }
  for (const port of before.ports) if (!after.ports.includes(port)) addresses.releasePort(port);
  const name = stringAt(next, "metadata", "name") ?? "";
  if (after.address !== undefined && after.address !== before.address) {
    if (!addresses.claimAddress(after.address)) {
      const why = `failed to allocate IP ${after.address}: provided IP is already allocated`;
      throw invalidObject(subject, name, [invalid("spec.clusterIPs", [after.address], why)]);
    }
  }
  after.ports.forEach((port, index) => {
    if (before.ports.includes(port) || addresses.claimPort(port)) return;
    const error = invalid(
      `spec.ports[${index}].nodePort`,
      port,
      "provided port is already allocated",
    );
    throw invalidObject(subject, name, [error]);
  });
}

/** Gives the addresses of a deleted Service back. */
export function releaseService(object: JsonObject, { addresses }: WriteContext): void {
  const { address, ports } = held(object);
  if (address !== undefined) addresses.releaseAddress(address);
  for (const port of ports) addresses.releasePort(port);
}
