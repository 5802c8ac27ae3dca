// SPDX-License-Identifier: Apache-2.0
// Rules as Roles and ClusterRoles with their bindings, as YAML (stage 0: words).
import type { AccessRule } from "./access-rules.js";

/** What the Roles are called and whom they are for. */
export interface RoleOptions {
  /** Name of the Roles and of the bindings. */
  readonly name: string;
  /** Without it no bindings are made. */
  readonly serviceAccount?: { readonly name: string; readonly namespace: string };
}

/**
 * Writes rules as YAML: one ClusterRole for what is needed everywhere, one Role per namespace for the
 * rest, and bindings if a service account is named. **API requests:** 0.
 *
 * @example
 * ```ts
 * process.stdout.write(formatRoles(deriveRules(new DatabaseReconciler()), { name: "db-operator" }));
 * ```
 */
export function formatRoles(rules: readonly AccessRule[], options: RoleOptions): string {
  const everywhere = rules.filter(({ namespaces }) => namespaces === undefined);
  const namespaces = new Set(rules.flatMap((rule) => rule.namespaces ?? []));
  const documents: string[] = [];
  if (everywhere.length > 0)
    documents.push(...documentsOf("ClusterRole", undefined, everywhere, options));
  for (const namespace of [...namespaces].sort()) {
    const here = rules.filter((rule) => rule.namespaces?.includes(namespace) === true);
    documents.push(...documentsOf("Role", namespace, here, options));
  }
  return documents.map((document) => `---\n${document}`).join("");
}

function documentsOf(
  kind: "ClusterRole" | "Role",
  namespace: string | undefined,
  rules: readonly AccessRule[],
  { name, serviceAccount }: RoleOptions,
): string[] {
  const head = (of: string): string =>
    [
      "apiVersion: rbac.authorization.k8s.io/v1",
      `kind: ${of}`,
      "metadata:",
      `  name: ${text(name)}`,
      ...(namespace === undefined ? [] : [`  namespace: ${text(namespace)}`]),
    ].join("\n");
  const role = `${head(kind)}\nrules:\n${rules.map(formatOne).join("")}`;
  if (serviceAccount === undefined) return [role];
  const binding = [
    head(`${kind}Binding`),
    "roleRef:",
    "  apiGroup: rbac.authorization.k8s.io",
    `  kind: ${kind}`,
    `  name: ${text(name)}`,
    "subjects:",
    "  - kind: ServiceAccount",
    `    name: ${text(serviceAccount.name)}`,
    `    namespace: ${text(serviceAccount.namespace)}`,
    "",
  ].join("\n");
  return [role, binding];
}

function formatOne({ group, resource, verbs, because }: AccessRule): string {
  return [
    `  # ${because.join("; ")}`,
    `  - apiGroups: [${text(group)}]`,
    `    resources: [${text(resource)}]`,
    `    verbs: [${verbs.map(text).join(", ")}]`,
    "",
  ].join("\n");
}

/** A YAML scalar that is read back as this very text. */
function text(value: string): string {
  const isPlain =
    /^[a-z][a-z0-9./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/.test(value);
  return isPlain ? value : JSON.stringify(value);
}
