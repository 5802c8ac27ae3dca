// SPDX-License-Identifier: Apache-2.0
// What can be said about a client when it is made (stage 1 and 6).
import type { ApiClient, Clock, Logger } from "@haversack/core";

/** An {@link ApiClient} that knows which namespace its configuration names. */
export interface ConnectedClient extends ApiClient {
  /** The namespace of the service account or the kubeconfig context. */
  readonly defaultNamespace: string | undefined;
}

/** On whose behalf requests are made; the client's own identity needs the right to `impersonate`. */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What every way to make a client takes. */
export interface TransportOptions {
  /** Default `haversack node/<version>`. */
  readonly userAgent?: string;
  /**
   * Deadline of a request over all its attempts; of a stream until its headers. Default 60,000, the
   * time after which an API server itself gives up (`--request-timeout`).
   */
  readonly timeoutMs?: number;
  /**
   * A request without an answer for so long puts its connections in doubt: new requests go over new
   * ones, and it waits on until `timeoutMs`. A stream closed after so much silence counts as stalled.
   * Default 10,000.
   */
  readonly suspectAfterMs?: number;
  /** Ask for compressed answers. Default false: in a cluster network it costs more than it saves. */
  readonly acceptGzip?: boolean;
  readonly impersonate?: Impersonation;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** For jitter: numbers from 0 to 1. */
  readonly random?: () => number;
}

/** See {@link createClient}. Give at most one of `token` and `tokenFile`. */
export interface ClientOptions extends TransportOptions {
  /** `https://host:port`, with a base path if the server has one. */
  readonly server: string;
  readonly token?: string;
  /** Read again once a minute, and at once after a 401. */
  readonly tokenFile?: string;
  /** PEM text of the authorities to trust instead of Node's own. */
  readonly ca?: string | Uint8Array;
  readonly caFile?: string;
  readonly clientCertificate?: string | Uint8Array;
  readonly clientKey?: string | Uint8Array;
  readonly clientCertificateFile?: string;
  readonly clientKeyFile?: string;
  /** The name in the server's certificate, where it is not the host of `server`. */
  readonly serverName?: string;
  /** Trusts any server. Only for a cluster on this machine. */
  readonly insecureSkipTlsVerify?: boolean;
  readonly defaultNamespace?: string;
}
