// SPDX-License-Identifier: Apache-2.0
// What a test cluster needs of whatever serves its API (before stage 1).
import type { ApiClient, Clock } from "@haversack/core";
import type { ApiServer } from "@haversack/apiserver";
import type { ClusterAccess } from "../client/http-client.js";
import type { RequestLog } from "../client/request-log.js";

/** Something that serves the API: the embedded server, real binaries, or a cluster elsewhere. */
export interface Backend {
  readonly type: "embedded" | "envtest" | "existing";
  readonly access: ClusterAccess;
  kubeconfig(): string;
  /** A client under a name; its requests are in `requests` when `isCounted`. */
  connect(options: ConnectOptions): ApiClient;
  readonly requests: RequestLog;
  /** Lets the server's controllers and all streams come to rest. */
  settle(): Promise<void>;
  readonly server: ApiServer | undefined;
  close(): Promise<void>;
}

/** How a client is made. */
export interface ConnectOptions {
  readonly userAgent: string;
  readonly clock: Clock;
  readonly isCounted: boolean;
}
