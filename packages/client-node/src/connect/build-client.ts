// SPDX-License-Identifier: Apache-2.0
// Puts a client together from where the server is, who asks, and the options (stage 1 and 6).
import { ConfigurationError, silentLogger, systemClock } from "@haversack/core";
import type { Credentials } from "../credentials/credentials.js";
import type { Origin } from "../transport/connection-set.js";
import { HttpClient } from "../transport/http-client.js";
import type { ConnectedClient, TransportOptions } from "./client-options.js";
import { impersonationHeaders } from "./impersonation.js";

/** A server's address, taken apart. */
export interface ServerAddress extends Origin {
  readonly basePath: string;
}

/**
 * Makes a client; opens nothing yet.
 *
 * **API requests:** 0.
 */
export function buildClient(
  address: ServerAddress,
  credentials: Credentials,
  options: TransportOptions,
  defaultNamespace: string | undefined,
): ConnectedClient {
  const { timeoutMs = 60_000, suspectAfterMs = 10_000 } = options;
  return new HttpClient({
    origin: address,
    basePath: address.basePath,
    credentials,
    headers: {
      "User-Agent": options.userAgent ?? `haversack node/${process.versions.node}`,
      ...impersonationHeaders(options.impersonate),
    },
    timeoutMs,
    suspectAfterMs,
    acceptGzip: options.acceptGzip ?? false,
    clock: options.clock ?? systemClock,
    logger: options.logger ?? silentLogger,
    random: options.random ?? Math.random,
    defaultNamespace,
  });
}

/**
 * Takes a server's address apart.
 *
 * **API requests:** 0.
 *
 * @throws ConfigurationError when it is no http or https URL, or holds credentials. Terminal.
 */
export function parseServer(server: string): ServerAddress {
  const shown = JSON.stringify(server.replace(/\/\/[^/]*@/, "//<credentials>@"));
  let url: URL;
  try {
    url = new URL(server);
  } catch {
    throw new ConfigurationError(
      `cannot use the server address ${shown}: it is no URL. Write it as https://host:port.`,
    );
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new ConfigurationError(
      `cannot use the server address ${shown}: it is neither http nor https. Write it as https://host:port.`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new ConfigurationError(
      `cannot use the server address ${shown}: it holds credentials. Give a token or a client certificate.`,
    );
  }
  const secure = url.protocol === "https:";
  const basePath = url.pathname.replace(/\/+$/, "");
  return {
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    basePath,
    server: `${url.protocol}//${url.host}${basePath}`,
  };
}
