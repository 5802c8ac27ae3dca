// SPDX-License-Identifier: Apache-2.0
// The custom resource of the example: its type, its kind and its definition.
import { defineKind, type Condition, type KubernetesObject } from "haversack";

/** A database with a size and settings. */
export interface Database extends KubernetesObject {
  readonly spec: { readonly members: number; readonly cache: string };
  readonly status?: { readonly reachable?: number; readonly conditions?: readonly Condition[] };
}

export const databases = defineKind<Database>("example.com/v1", "Database");

/** What the API server must know. */
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
            spec:
              type: object
              properties: { members: { type: integer }, cache: { type: string } }
            status:
              type: object
              x-kubernetes-preserve-unknown-fields: true
`;

/** An instance. */
export const database = (members: number, cache: string): string => `
apiVersion: example.com/v1
kind: Database
metadata: { namespace: default, name: orders }
spec: { members: ${members}, cache: ${cache} }
`;
