// SPDX-License-Identifier: Apache-2.0
// Kinds that answer a question and store nothing, as data.
import type { BuiltinKind } from "./builtin-kind.js";
import type { KindRules } from "./resource-type.js";

const rules: KindRules = { review: true };
const cluster = true as const;

/** The review kinds, by group and version. */
export const reviewKinds: Readonly<Record<string, readonly BuiltinKind[]>> = {
  "authorization.k8s.io/v1": [
    { plural: "subjectaccessreviews", kind: "SubjectAccessReview", cluster, rules },
    { plural: "selfsubjectaccessreviews", kind: "SelfSubjectAccessReview", cluster, rules },
    { plural: "localsubjectaccessreviews", kind: "LocalSubjectAccessReview", rules },
    { plural: "selfsubjectrulesreviews", kind: "SelfSubjectRulesReview", cluster, rules },
  ],
  "authentication.k8s.io/v1": [
    { plural: "tokenreviews", kind: "TokenReview", cluster, rules },
    { plural: "selfsubjectreviews", kind: "SelfSubjectReview", cluster, rules },
  ],
};
