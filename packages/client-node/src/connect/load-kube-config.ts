// SPDX-License-Identifier: Apache-2.0
// Finds kubeconfig files and reads them with client-node, merged as kubectl does (stage 1 and 6).
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ConfigurationError } from "@haversack/core";
import { loadClientNode } from "./client-node-module.js";
import type { KubeConfigLike } from "./kube-config.js";

/** A KubeConfig while it is being put together. */
interface LoadableKubeConfig extends KubeConfigLike {
  clusters: { name: string }[];
  users: { name: string }[];
  contexts: { name: string }[];
  loadFromString(text: string): void;
  makePathsAbsolute(directory: string): void;
  setCurrentContext(name: string): void;
}

type KubeConfigClass = new () => LoadableKubeConfig;

/** Where to look, and which context to use. */
export interface KubeConfigLocation {
  /** One file, which must exist. Default: the files in KUBECONFIG, else `~/.kube/config`. */
  readonly file?: string | undefined;
  readonly context?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Loads the kubeconfig as kubectl would: files that are missing are passed over, and the first file
 * that says something about a name, or sets the current context, wins.
 *
 * **API requests:** 0.
 *
 * @throws ConfigurationError naming the files looked at, or what is wrong with one. Terminal.
 * @see Kubernetes "Organizing Cluster Access Using kubeconfig Files".
 */
export async function loadKubeConfig(location: KubeConfigLocation): Promise<KubeConfigLike> {
  const paths = pathsOf(location);
  const found: { path: string; text: string }[] = [];
  for (const path of paths) {
    const text = await readIfThere(path);
    if (text !== undefined) found.push({ path, text });
  }
  if (found.length === 0) {
    throw new ConfigurationError(
      `cannot find a kubeconfig: looked at ${paths.join(", ")}. ` +
        "Set KUBECONFIG, or give the kubeConfigFile option, or use createClient().",
    );
  }
  const { KubeConfig } = await loadClientNode<{ KubeConfig: KubeConfigClass }>();
  const merged = new KubeConfig();
  for (const { path, text } of found) merge(merged, parse(KubeConfig, path, text));
  if (location.context !== undefined) merged.setCurrentContext(location.context);
  requireContext(
    merged,
    found.map(({ path }) => path),
  );
  return merged;
}

function pathsOf({ file, env }: KubeConfigLocation): string[] {
  if (file !== undefined) return [file];
  const listed = (env.KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
  return listed.length > 0 ? listed : [join(env.HOME ?? homedir(), ".kube", "config")];
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new ConfigurationError(
      `cannot read kubeconfig ${path}: ${code ?? (error as Error).message}. Check its rights.`,
      { cause: error },
    );
  }
}

function parse(KubeConfig: KubeConfigClass, path: string, text: string): LoadableKubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromString(text);
    kubeConfig.makePathsAbsolute(dirname(path));
    return kubeConfig;
  } catch (error) {
    // No cause and no message of the parser: it quotes the lines around, which may be a token.
    const { reason, mark } = error as { reason?: string; mark?: { line: number } };
    const where = mark === undefined ? "" : ` in line ${mark.line + 1}`;
    const structure = /^(clusters|users|contexts)\[\d+\][.\w]* is missing$/;
    const message = (error as Error).message;
    const why = reason ?? (structure.test(message) ? message : "it is no kubeconfig");
    throw new ConfigurationError(
      `cannot read kubeconfig ${path}: ${why}${where}. Correct the file.`,
    );
  }
}

function merge(into: LoadableKubeConfig, from: LoadableKubeConfig): void {
  for (const list of ["clusters", "users", "contexts"] as const) {
    const names = new Set(into[list].map(({ name }) => name));
    into[list].push(...from[list].filter(({ name }) => !names.has(name)));
  }
  const context = from.getCurrentContext();
  if ((into.getCurrentContext() ?? "") === "" && context) into.setCurrentContext(context);
}

function requireContext(kubeConfig: LoadableKubeConfig, paths: readonly string[]): void {
  const name = kubeConfig.getCurrentContext();
  if (name && kubeConfig.getContextObject(name) !== null) return;
  const known = kubeConfig.contexts.map((context) => context.name).join(", ") || "none";
  const why = name ? `there is no context "${name}"` : "no current context is set";
  throw new ConfigurationError(
    `cannot use kubeconfig ${paths.join(", ")}: ${why} (contexts: ${known}). ` +
      "Set current-context, or give the context option.",
  );
}
