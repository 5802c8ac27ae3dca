// SPDX-License-Identifier: Apache-2.0
// A test cluster's API from a cluster that runs elsewhere (before stage 1).
import type { ApiClient } from "@haversack/core";
import { httpClient, type ClusterAccess } from "../client/http-client.js";
import { RequestLog } from "../client/request-log.js";
import { withRequestLog } from "../client/with-request-log.js";
import type { Backend } from "./backend.js";

/** What is known of the cluster. */
export interface ExistingOptions {
  readonly type: "envtest" | "existing";
  readonly access: ClusterAccess;
  readonly kubeconfig: () => string;
  /** Ends what was started for it. */
  readonly close?: () => Promise<void>;
}

/** How long a real cluster must be without a request of ours to count as settled. */
const quietMs = 400;
/** A cluster that never rests is not waited for longer. */
const maxSettleMs = 30_000;

/** Connects to a cluster whose controllers run by themselves, in real time. */
export function existingBackend(options: ExistingOptions): Backend {
  const { type, access, kubeconfig } = options;
  const requests = new RequestLog();
  let lastRequestMs = performance.now();
  requests.subscribe(() => (lastRequestMs = performance.now()));
  return {
    type,
    access,
    requests,
    kubeconfig,
    server: undefined,
    connect({ userAgent, clock, isCounted }): ApiClient {
      const client = httpClient(access, { userAgent, clock });
      return isCounted ? withRequestLog(client, requests, userAgent) : client;
    },
    async settle() {
      const startMs = performance.now();
      lastRequestMs = startMs;
      for (;;) {
        const nowMs = performance.now();
        if (nowMs - lastRequestMs >= quietMs || nowMs - startMs >= maxSettleMs) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    close: options.close ?? (() => Promise.resolve()),
  };
}
