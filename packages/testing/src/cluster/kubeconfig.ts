// SPDX-License-Identifier: Apache-2.0
// Reads the current context of a kubeconfig file, as far as tests need it (before stage 1).
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { ClusterAccess } from "../client/http-client.js";

interface KubeConfigFile {
  readonly "current-context"?: string;
  readonly contexts?: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters?: readonly { name: string; cluster: Readonly<Record<string, string>> }[];
  readonly users?: readonly { name: string; user: Readonly<Record<string, unknown>> }[];
}

/**
 * Reads where a kubeconfig's current context leads and how to be let in: token, token file or
 * client certificate.
 *
 * **API requests:** 0.
 *
 * @throws Error for a missing file, a context that leads nowhere, or a user with a login program.
 */
export async function readKubeconfig(path: string): Promise<ClusterAccess> {
  const { parse } = await import("yaml");
  const file = parse(await readFile(path, "utf8")) as KubeConfigFile;
  const wanted = file["current-context"];
  const context = file.contexts?.find(({ name }) => name === wanted)?.context;
  const cluster = file.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = file.users?.find(({ name }) => name === context?.user)?.user ?? {};
  const url = cluster?.["server"];
  if (cluster === undefined || url === undefined) {
    throw new Error(
      `cannot use ${path}: its current context ${JSON.stringify(wanted)} leads to no server. Set current-context.`,
    );
  }
  if ("exec" in user || "auth-provider" in user) {
    throw new Error(
      `cannot use ${path}: the user of context ${JSON.stringify(wanted)} logs in with a program. ` +
        "Use a context with a token or a client certificate.",
    );
  }
  const folder = dirname(path);
  return {
    url,
    ca: await inlineOrFile(cluster, "certificate-authority", folder),
    cert: await inlineOrFile(user, "client-certificate", folder),
    key: await inlineOrFile(user, "client-key", folder),
    token: (user["token"] as string | undefined) ?? (await tokenFile(user, folder)),
  };
}

async function inlineOrFile(
  entry: Readonly<Record<string, unknown>>,
  field: string,
  folder: string,
): Promise<string | undefined> {
  const inline = entry[`${field}-data`];
  if (typeof inline === "string") return Buffer.from(inline, "base64").toString("utf8");
  const file = entry[field];
  return typeof file === "string" ? readFile(resolve(folder, file), "utf8") : undefined;
}

async function tokenFile(
  user: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<string | undefined> {
  const file = user["tokenFile"];
  return typeof file === "string"
    ? (await readFile(resolve(folder, file), "utf8")).trim()
    : undefined;
}
