// SPDX-License-Identifier: Apache-2.0
// Asks the API server what we may, before anything runs (before stage 1).
import type { ApiClient, Logger } from "@haversack/core";
import { MissingAccessError } from "./access-errors.js";
import { formatRule, missingVerbs, type AccessRule, type GrantedRule } from "./access-rules.js";

/** Where nothing is known nothing is missing. */
const unknown = { resourceRules: [], incomplete: true };

interface RulesReview {
  readonly status?: {
    readonly resourceRules?: readonly GrantedRule[];
    readonly incomplete?: boolean;
  };
}

/**
 * Compares the rights of this process with what is needed.
 *
 * **API requests:** 1 POST (SelfSubjectRulesReview) per namespace that is named; 1 for the rest.
 * **RBAC:** none; every authenticated user may ask.
 * **Caveats:** for what is needed in every namespace, one namespace is asked: a right that exists in
 * that one alone is not told from one that exists everywhere. An authorizer that cannot list its
 * rules (`incomplete`), or a server that is away, proves nothing; then nothing is refused.
 *
 * @throws {@link MissingAccessError} naming every right that is missing. Terminal.
 */
export async function reviewAccess(
  client: ApiClient,
  rules: readonly AccessRule[],
  namespace: string,
  logger: Logger,
): Promise<void> {
  const namespaces = new Set([namespace, ...rules.flatMap((rule) => rule.namespaces ?? [])]);
  const missing: string[] = [];
  for (const each of namespaces) {
    const needed = rules.filter((rule) =>
      rule.namespaces === undefined ? each === namespace : rule.namespaces.includes(each),
    );
    if (needed.length === 0) continue;
    const granted = await grantedIn(client, each).catch((error: unknown) => {
      const why = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
      logger.warn(`the rights in ${each} were not reviewed: ${why}. They show when they are used.`);
      return unknown;
    });
    const { resourceRules = [], incomplete = false } = granted;
    if (incomplete) continue;
    missing.push(...needed.flatMap((rule) => describeMissing(rule, resourceRules, each)));
  }
  if (missing.length > 0) throw new MissingAccessError(missing);
}

function describeMissing(
  rule: AccessRule,
  granted: readonly GrantedRule[],
  namespace: string,
): string[] {
  const verbs = missingVerbs(rule, granted);
  if (verbs.length === 0) return [];
  const where = rule.namespaces === undefined ? "" : ` in ${namespace}`;
  return [`${formatRule(rule, verbs)}${where} (${rule.because.join("; ")})`];
}

async function grantedIn(
  client: ApiClient,
  namespace: string,
): Promise<NonNullable<RulesReview["status"]>> {
  const { body } = await client.request({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    body: JSON.stringify({
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      spec: { namespace },
    }),
  });
  const review = JSON.parse(new TextDecoder().decode(body)) as RulesReview;
  return review.status ?? {};
}
