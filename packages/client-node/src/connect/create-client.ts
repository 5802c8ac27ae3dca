// SPDX-License-Identifier: Apache-2.0
// A client from options alone: nothing is looked up, nothing is loaded that is not used (stage 1 and 6).
import { ConfigurationError, silentLogger, systemClock } from "@haversack/core";
import { type Credentials, fixedCredentials } from "../credentials/credentials.js";
import { bearer, fileCredentials } from "../credentials/file-credentials.js";
import { buildClient, parseServer } from "./build-client.js";
import type { ClientOptions, ConnectedClient } from "./client-options.js";

/**
 * Makes a client for a server whose address and credentials are known.
 *
 * Clients of the same server with the same TLS identity share their connections.
 *
 * **API requests:** 0.
 * **Guarantees:** see {@link ConnectedClient}; no secret is visible on it or in its errors.
 *
 * @throws ConfigurationError for options that cannot work. Terminal.
 * @example
 * ```ts
 * const client = createClient({ server: "https://10.0.0.1:6443", ca, tokenFile: "/run/token" });
 * const { body } = await client.request({ method: "GET", path: "/version" });
 * ```
 */
export function createClient(options: ClientOptions): ConnectedClient {
  const address = parseServer(options.server);
  return buildClient(address, credentialsOf(options), options, options.defaultNamespace);
}

function credentialsOf(options: ClientOptions): Credentials {
  const { token, tokenFile, caFile, clientCertificateFile, clientKeyFile } = options;
  refuseContradictions(options);
  const tls = {
    ca: options.ca,
    cert: options.clientCertificate,
    key: options.clientKey,
    serverName: options.serverName,
    insecureSkipTlsVerify: options.insecureSkipTlsVerify,
  };
  const fixed = { headers: token === undefined ? {} : bearer(token, "the token option"), tls };
  const files = [tokenFile, caFile, clientCertificateFile, clientKeyFile];
  if (files.every((file) => file === undefined)) return fixedCredentials(fixed, "the options");
  return fileCredentials({
    tokenFile,
    caFile,
    clientCertificateFile,
    clientKeyFile,
    fixed,
    clock: options.clock ?? systemClock,
    logger: options.logger ?? silentLogger,
  });
}

function refuseContradictions(options: ClientOptions): void {
  const pairs = [
    ["token", "tokenFile"],
    ["ca", "caFile"],
    ["clientCertificate", "clientCertificateFile"],
    ["clientKey", "clientKeyFile"],
  ] as const;
  for (const [value, file] of pairs) {
    if (options[value] === undefined || options[file] === undefined) continue;
    throw new ConfigurationError(
      `cannot make a client for ${options.server}: both ${value} and ${file} are given. Give one.`,
    );
  }
  const hasCertificate = (options.clientCertificate ?? options.clientCertificateFile) !== undefined;
  const hasKey = (options.clientKey ?? options.clientKeyFile) !== undefined;
  if (hasCertificate !== hasKey) {
    throw new ConfigurationError(
      `cannot make a client for ${options.server}: a client certificate and its key belong ` +
        "together, and one is missing. Give both.",
    );
  }
}
