// SPDX-License-Identifier: Apache-2.0
// A client that knows what was declared; calls outside it fail, or are told (stages 1 and 6).
import type { ApiClient, ApiRequest } from "@haversack/core";
import { targetOf } from "../client/request-target.js";
import { UndeclaredAccessError } from "./access-errors.js";
import { allows, type AccessRule } from "./access-rules.js";

/**
 * Holds a client to rules. **API requests:** those of the caller that the rules allow.
 *
 * @param onOutside What becomes of other calls. Default: they throw.
 * @throws UndeclaredAccessError for a call outside the rules. Terminal.
 * @example In a test
 * ```ts
 * const client = guardAccess(cluster.client, deriveRules(reconciler));
 * ```
 */
export function guardAccess(
  client: ApiClient,
  rules: readonly AccessRule[],
  onOutside: (error: UndeclaredAccessError) => void = (error) => {
    throw error;
  },
): ApiClient {
  const check = (request: ApiRequest): void => {
    const target = targetOf(request);
    if (allows(rules, target)) return;
    const { verb, plural, group, subresource, namespace } = target;
    const base = group === "" ? plural : `${plural}.${group}`;
    const where = namespace === undefined ? "in all namespaces" : `in ${namespace}`;
    const what = subresource === "" ? base : `${base}/${subresource}`;
    onOutside(new UndeclaredAccessError(`${verb} ${what} ${where}`));
  };
  return {
    server: client.server,
    request: async (request) => {
      check(request);
      return client.request(request);
    },
    stream: async (request) => {
      check(request);
      return client.stream(request);
    },
    close: () => client.close(),
  };
}
