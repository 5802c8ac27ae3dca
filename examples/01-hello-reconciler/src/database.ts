// SPDX-License-Identifier: Apache-2.0
// The custom resource of the example: its type, its kind and its definition.
// #region kind
import { defineKind, type KubernetesObject } from "haversack";

/** A database that wants some members. */
export interface Database extends KubernetesObject {
  readonly spec: { readonly members: number };
}

/** One line makes a kind; its type reaches every pack. */
export const databases = defineKind<Database>("example.com/v1", "Database");
// #endregion

// #region definition
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
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [members]
              properties: { members: { type: integer, minimum: 1 } }
`;

/** An instance. */
export const database = (members: number): string => `
apiVersion: example.com/v1
kind: Database
metadata: { namespace: default, name: orders }
spec: { members: ${members} }
`;
// #endregion
