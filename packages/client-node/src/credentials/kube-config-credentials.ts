// SPDX-License-Identifier: Apache-2.0
// An identity from client-node's KubeConfig: its files, tokens and auth plugins (stage 1 and 6).
import { type Clock, type Logger, UnauthorizedError } from "@haversack/core";
import type { AppliedOptions, KubeConfigLike } from "../connect/kube-config.js";
import { type CredentialSet, RenewableCredentials, type TlsSettings } from "./credentials.js";
import { redact } from "./redact.js";

/**
 * Asks a KubeConfig for headers and TLS identity, again once a minute and at once after a 401.
 *
 * Auth plugins keep their own cache until a token expires; after a 401 it is emptied first.
 *
 * **API requests:** 0 to this server; OIDC asks its issuer, an exec plugin does what it does.
 *
 * @throws UnauthorizedError when a plugin fails. Retried.
 */
export function kubeConfigCredentials(
  kubeConfig: KubeConfigLike,
  server: string,
  clock: Clock,
  logger: Logger,
): RenewableCredentials {
  const user = kubeConfig.getCurrentUser()?.name ?? "";
  const source = `user "${user}" of kubeconfig context "${kubeConfig.getCurrentContext()}"`;
  return new RenewableCredentials({
    load: () => apply(kubeConfig, server, source),
    forget: () => forgetTokens(kubeConfig),
    source,
    clock,
    logger,
  });
}

async function apply(
  kubeConfig: KubeConfigLike,
  server: string,
  source: string,
): Promise<CredentialSet> {
  if (server.startsWith("http://") && !hasSecrets(kubeConfig)) return { headers: {}, tls: {} };
  const applied: AppliedOptions = {};
  try {
    await kubeConfig.applyToHTTPSOptions(applied);
  } catch (error) {
    // The cause is dropped on purpose: a parse error quotes the plugin's output, and so the token.
    throw new UnauthorizedError(
      "EXP_UNAUTHORIZED",
      `cannot get credentials for ${server} as ${source}: ${reasonOf(error)}`,
      "backoff",
      0,
    );
  }
  return { headers: headersOf(applied), tls: tlsOf(applied) };
}

function headersOf(applied: AppliedOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(applied.headers ?? {})) {
    if (value !== undefined && value !== null) headers[name] = String(value).trim();
  }
  if (applied.auth !== undefined) {
    headers.Authorization = `Basic ${Buffer.from(applied.auth).toString("base64")}`;
  }
  return headers;
}

function tlsOf(applied: AppliedOptions): TlsSettings {
  return {
    ca: applied.ca,
    cert: applied.cert,
    key: applied.key,
    pfx: applied.pfx,
    passphrase: applied.passphrase,
    serverName: applied.servername,
    insecureSkipTlsVerify: applied.rejectUnauthorized === false,
  };
}

/** client-node refuses plain http altogether; without anything to protect there is no reason to. */
function hasSecrets(kubeConfig: KubeConfigLike): boolean {
  const user = kubeConfig.getCurrentUser();
  if (user === null) return false;
  const { exec, authProvider, token, username } = user;
  return Boolean(exec ?? authProvider ?? token ?? username);
}

/** Both versions keep exec tokens in `tokenCache` and file tokens in `token`, privately. */
function forgetTokens(kubeConfig: KubeConfigLike): void {
  const { authenticators } = kubeConfig as { authenticators?: unknown };
  if (!Array.isArray(authenticators)) return;
  for (const authenticator of authenticators as { tokenCache?: object; lastRead?: unknown }[]) {
    if (typeof authenticator.tokenCache === "object") authenticator.tokenCache = {};
    if (authenticator.lastRead instanceof Date) authenticator.lastRead = null;
  }
}

/** What a plugin said, as far as it may be shown, and what to do. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) {
    return "the exec plugin printed something other than an ExecCredential. Run it by hand to see.";
  }
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") {
    return `${path ?? "a file or command"} does not exist. Install it, or correct the kubeconfig.`;
  }
  if (message.includes("HTTP protocol is not allowed")) {
    return "they would travel unprotected over http. Use https, or set insecure-skip-tls-verify: true.";
  }
  const text = redact(message).trim().slice(0, 400) || "it failed without a word";
  return `${text.replace(/\.$/, "")}. Log in again, or run the exec plugin by hand to see.`;
}
