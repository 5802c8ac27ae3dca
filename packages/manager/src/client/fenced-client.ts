// SPDX-License-Identifier: Apache-2.0
// A client that writes only while this replica may (stage 6: writes).
import type { ApiClient, ApiRequest, ApiResponse } from "@haversack/core";
import type { Fence } from "../leader/term.js";
import { currentPass } from "../run/pass-context.js";
import { linkSignals } from "./linked-signal.js";
import { isWrite } from "./request-target.js";

/**
 * Refuses writes outside a term, and aborts those under way when the term ends. Reads pass.
 *
 * **API requests:** those of the caller.
 *
 * @param fence The fence of now. @throws LeadershipLostError when there is none.
 */
export function fencedClient(client: ApiClient, fence: () => Fence): ApiClient {
  const write = async (request: ApiRequest): Promise<ApiResponse> => {
    const now = fence();
    await now.ensure();
    // What a pass of an earlier run has in hand is not what the present run would decide.
    await currentPass()?.fence?.ensure();
    const linked = linkSignals(request.signal, now.signal);
    try {
      return await client.request({ ...request, signal: linked.signal });
    } finally {
      linked.release();
    }
  };
  return {
    server: client.server,
    request: (request) => (isWrite(request) ? write(request) : client.request(request)),
    stream: (request) => client.stream(request),
    close: () => client.close(),
  };
}
