// SPDX-License-Identifier: Apache-2.0
// F2, connection strings: ready-made addresses of the cluster with the administrator's password (stage 5: reconcile).
import { Buffer } from "node:buffer";
import { since, type Cluster, type Mongos, type Replset } from "../cluster.js";
import { textMap, type JsonObject, type Manifest, type TextMap } from "../json.js";
import { connectionStringsName, mongosName, replsetLabels } from "../names.js";
import type { ExposeSpec } from "../types.js";
import { memberHost } from "./database/members.js";
import { credentialsOf } from "./database/system-users.js";
import type { Changes, Observed, Part, Read } from "./part.js";

/**
 * Keeps the Secret that clients take their connection string from, since crVersion 1.23.
 *
 * It belongs to the users Secret: without the password the addresses are worth nothing, so they go
 * together. The passwords are those that MongoDB has accepted.
 *
 * Source: documentation of the original, "Connection secrets" (1.23.0).
 *
 * **API requests:** 0.
 */
export const connectionStrings: Part = {
  id: "F2",
  name: "connectionStrings",
  reads(cluster): readonly Read[] {
    const { users, internalUsers } = cluster.secrets;
    return [
      ...[users, internalUsers, connectionStringsName(cluster.name)].map((name): Read => ({
        kind: "Secret",
        name,
      })),
      ...exposedNames(cluster).map((name): Read => ({ kind: "Service", name })),
      ...cluster.replsets
        .filter(({ expose }) => expose.enabled === true)
        .map(({ name }): Read => ({ kind: "Pod", labels: replsetLabels(cluster.name, name) })),
    ];
  },
  build(cluster, observed): Changes {
    const users = observed.get("Secret", cluster.secrets.users);
    const accepted = observed.get("Secret", cluster.secrets.internalUsers);
    const login = accepted === undefined ? undefined : credentialsOf(accepted, "databaseAdmin");
    if (!since(cluster, "1.23.0") || login === undefined || users?.metadata.uid === undefined)
      return {};
    const prefix = `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`;
    const data = encoded(login.user, stringsOf(cluster, prefix, observed));
    return { apply: [secret(cluster, users, data)] };
  },
};

/** One target by its name: a replica set, or the routers. */
type Strings = readonly (readonly [target: string, suffix: string, uri: string])[];

function stringsOf(cluster: Cluster, login: string, observed: Observed): Strings {
  const { mongos } = cluster;
  return [
    ...cluster.replsets.flatMap((replset) => replsetStrings(cluster, replset, login, observed)),
    ...(mongos === undefined ? [] : mongosStrings(cluster, mongos, login, observed)),
  ];
}

function replsetStrings(
  cluster: Cluster,
  replset: Replset,
  login: string,
  observed: Observed,
): Strings {
  const pods = memberPods(replset);
  const set = `authSource=admin&replicaSet=${replset.replsetName}`;
  const service = `${cluster.name}-${replset.name}.${cluster.namespace}.${cluster.dnsSuffix}`;
  const inside = pods.map((pod) => memberHost(cluster, replset, pod));
  const outside = pods.flatMap((pod) => exposedAddress(replset.expose, pod, observed) ?? []);
  const isExposed = replset.expose.enabled === true && outside.length === pods.length;
  const uri = (hosts: readonly string[]): string =>
    `mongodb://${login}${hosts.join(",")}/?${set}${tlsOption(cluster)}`;
  return [
    ...(pods.length > 0 ? [[replset.name, "connectionString", uri(inside)] as const] : []),
    [replset.name, "connectionStringSrv", `mongodb+srv://${login}${service}/?${set}`],
    ...(isExposed && pods.length > 0
      ? [[replset.name, "connectionStringExposed", uri(outside)] as const]
      : []),
  ];
}

function mongosStrings(
  cluster: Cluster,
  mongos: Mongos,
  login: string,
  observed: Observed,
): Strings {
  const names = mongosServices(cluster, mongos);
  const inside = names.map(
    (name) => `${name}.${cluster.namespace}.${cluster.dnsSuffix}:${mongos.port}`,
  );
  const outside = names.flatMap((name) => exposedAddress(mongos.expose, name, observed) ?? []);
  const isExposed = mongos.expose.type !== "ClusterIP" && outside.length === names.length;
  const uri = (hosts: readonly string[]): string =>
    `mongodb://${login}${hosts.join(",")}/?authSource=admin${tlsOption(cluster)}`;
  if (names.length === 0) return [];
  return [
    ["mongos", "connectionString", uri(inside)],
    ...(isExposed ? [["mongos", "connectionStringExposed", uri(outside)] as const] : []),
  ];
}

function tlsOption({ tls }: Cluster): string {
  return tls.isOn ? "&tls=true" : "";
}

/** Members that clients may be led to: those that vote and hold data. */
function memberPods({ groups }: Replset): readonly string[] {
  const [voting] = groups;
  if (voting === undefined) return [];
  return Array.from({ length: voting.size }, (_, index) => `${voting.setName}-${index}`);
}

function mongosServices(cluster: Cluster, { expose, size }: Mongos): readonly string[] {
  const name = mongosName(cluster.name);
  if (expose.servicePerPod !== true) return [name];
  return Array.from({ length: size }, (_, index) => `${name}-${index}`);
}

function exposedNames(cluster: Cluster): readonly string[] {
  const { mongos } = cluster;
  const pods = cluster.replsets
    .filter(({ expose }) => expose.enabled === true)
    .flatMap((replset) => memberPods(replset));
  return [...pods, ...(mongos === undefined ? [] : mongosServices(cluster, mongos))];
}

/** Where a Service is reached from outside; `undefined` as long as nobody has given it an address. */
function exposedAddress(
  { type = "ClusterIP" }: ExposeSpec,
  name: string,
  observed: Observed,
): string | undefined {
  const service = observed.get("Service", name);
  const [port] = (service?.spec?.["ports"] ?? []) as unknown as readonly Port[];
  if (service === undefined || port === undefined) return undefined;
  if (type === "LoadBalancer") {
    const balancer = service.status?.["loadBalancer"] as JsonObject | undefined;
    const [ingress] = (balancer?.["ingress"] ?? []) as unknown as readonly Ingress[];
    const host = ingress?.ip ?? ingress?.hostname;
    return host === undefined ? undefined : `${host}:${port.port}`;
  }
  if (type === "NodePort") {
    const node = observed.get("Pod", name)?.status?.["hostIP"];
    return typeof node === "string" && port.nodePort !== undefined
      ? `${node}:${port.nodePort}`
      : undefined;
  }
  const address = service.spec?.["clusterIP"];
  return typeof address === "string" && address !== "" ? `${address}:${port.port}` : undefined;
}

interface Port {
  readonly port: number;
  readonly nodePort?: number;
}

interface Ingress {
  readonly ip?: string;
  readonly hostname?: string;
}

function encoded(user: string, strings: Strings): TextMap {
  // Secrets take letters, digits, dashes, dots and underscores in a key.
  const name = user.replace(/[^-._a-zA-Z0-9]/g, "_");
  const entries = strings.map(([target, suffix, uri]) => [
    `${name}_${target}_${suffix}`,
    Buffer.from(uri).toString("base64"),
  ]);
  return textMap(Object.fromEntries(entries) as TextMap);
}

function secret(cluster: Cluster, users: Manifest, data: TextMap): Manifest {
  const owner = { apiVersion: "v1", kind: "Secret", name: users.metadata.name };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: connectionStringsName(cluster.name),
      namespace: cluster.namespace,
      ownerReferences: [{ ...owner, uid: users.metadata.uid ?? "" }],
    },
    type: "Opaque",
    data,
  };
}
