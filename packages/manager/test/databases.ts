// SPDX-License-Identifier: Apache-2.0
// A small operator to be managed: a Database owns a ConfigMap (under every stage of a test).
import {
  configMaps,
  defineKind,
  expand,
  Reconciler,
  type KubernetesObject,
  type LogFields,
  type Logger,
  type ReconcileRequest,
  type Result,
} from "@haversack/core";
import { withApiObjects } from "@haversack/api-objects";
import { withWatches } from "@haversack/watches";

export interface Database extends KubernetesObject {
  readonly spec: { readonly members: number };
}

export const databases = defineKind<Database>("example.com/v1", "Database");

export const databaseDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: databases.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Database, plural: databases, singular: database }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { members: { type: integer } } }
            status: { type: object, x-kubernetes-preserve-unknown-fields: true }
`;

export function database(
  name: string,
  members = 1,
  metadata: Partial<KubernetesObject["metadata"]> = {},
): Database & { apiVersion: string; kind: string } {
  return {
    apiVersion: "example.com/v1",
    kind: "Database",
    metadata: { namespace: "default", ...metadata, name },
    spec: { members },
  };
}

/** What a test makes of a pass; the default applies the ConfigMap. */
export type Work = (
  reconciler: DatabaseReconciler,
  request: ReconcileRequest<Database>,
) => Promise<Result | void>;

export const applyConfig: Work = async (reconciler, { primary }) => {
  const { name, namespace = "default" } = primary.metadata;
  await reconciler.objects.apply(
    configMaps,
    { metadata: { name, namespace }, data: { members: String(primary.spec.members) } },
    { owner: primary },
  );
};

export class DatabaseReconciler extends expand(
  Reconciler.of(databases),
  withApiObjects({ fieldManager: "database-operator" }),
  withWatches({ owns: [configMaps], workers: 4 }),
) {
  /** Names of the primaries of all passes. */
  readonly passes: string[] = [];
  readonly #work: Work;

  constructor(work: Work = applyConfig) {
    super();
    this.#work = work;
  }

  async reconcile(request: ReconcileRequest<Database>): Promise<Result | void> {
    this.passes.push(request.ref.name);
    return this.#work(this, request);
  }
}

/** Keeps what is logged. */
export class LogBook implements Logger {
  readonly lines: string[] = [];

  debug(message: string, fields?: LogFields): void {
    this.#note("debug", message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.#note("info", message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.#note("warn", message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.#note("error", message, fields);
  }

  at(level: string): readonly string[] {
    return this.lines.filter((line) => line.startsWith(level));
  }

  #note(level: string, message: string, fields: LogFields = {}): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  }
}
