// SPDX-License-Identifier: Apache-2.0
// A test cluster's API from the embedded server, in this process (before stage 1).
import { startApiServer, type ApiServerOptions, type RequestRecord } from "@haversack/apiserver";
import type { Clock } from "@haversack/core";
import { fetchClient } from "../client/fetch-client.js";
import { httpClient } from "../client/http-client.js";
import { RequestLog, clientNameOf } from "../client/request-log.js";
import type { RequestVerb } from "../client/request-target.js";
import { settleEventLoop } from "../clock/event-loop.js";
import { FakeClock } from "../clock/fake-clock.js";
import type { Backend } from "./backend.js";

/** The User-Agent of uncounted requests. */
export const administrator = "haversack-testing-admin";

/** How the embedded server is started. */
export interface EmbeddedOptions {
  readonly clock: Clock;
  /** Clients talk HTTP instead of calling the server in this process. */
  readonly http: boolean;
  readonly server: ApiServerOptions;
}

/** Starts the embedded server. */
export async function embeddedBackend(options: EmbeddedOptions): Promise<Backend> {
  const { clock } = options;
  const server = await startApiServer({
    clock: { nowMs: () => clock.now(), after: (delayMs, run) => clock.setTimer(run, delayMs) },
    ...options.server,
  });
  const { url, ca, token } = server;
  const access = { url, token, ca };
  const requests = new RequestLog();
  const unsubscribe = server.requests.subscribe((record) => {
    const client = clientNameOf(record.userAgent);
    if (client !== administrator) requests.record(entryOf(record, client));
  });
  const settleLoop = (): Promise<void> =>
    clock instanceof FakeClock ? clock.settle() : settleEventLoop();
  return {
    type: "embedded",
    access,
    requests,
    server,
    kubeconfig: () => server.kubeconfig(),
    connect: ({ userAgent }) =>
      options.http
        ? httpClient(access, { userAgent, clock })
        : fetchClient(server.fetch, { token, userAgent, clock, server: url }),
    async settle() {
      // What a controller changes wakes clients, whose writes wake controllers.
      for (let before = -1; before !== server.revision;) {
        before = server.revision;
        await server.settle();
        await settleLoop();
      }
    },
    async close() {
      unsubscribe();
      await server.close();
    },
  };
}

function entryOf(record: RequestRecord, client: string): Parameters<RequestLog["record"]>[0] {
  const { resource, namespace, name, fieldManager, status } = record;
  const isDryRun = record.path.includes("dryRun=All");
  const verb = record.verb as RequestVerb;
  return { verb, resource, namespace, name, fieldManager, isDryRun, client, status };
}
