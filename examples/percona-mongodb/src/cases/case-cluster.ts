// SPDX-License-Identifier: Apache-2.0
// What the case runner needs of a cluster with an operator in it, and nothing more.
import type { Manifest } from "../json.js";
import type { Intervention } from "./case-index.js";

/** A cluster in which one operator runs. */
export interface CaseCluster {
  createNamespace(name: string): Promise<void>;
  /** Serves cert-manager's kinds and issues what its Certificates ask for. */
  installCertManager(): Promise<void>;
  /** Creates or replaces an object, as a user does. */
  apply(object: Manifest): Promise<void>;
  /** Changes metadata of an object, as a user does. */
  intervene(namespace: string, intervention: Intervention): Promise<void>;
  /** Resolves when controllers and operator have nothing more to do. */
  settle(): Promise<void>;
  /** Every object of a namespace as the API server has it. */
  objects(namespace: string): Promise<readonly Manifest[]>;
  /** The last wish of the operator for every object it wrote, before the API server's defaults. */
  wishes(namespace: string): readonly Manifest[];
  /** What the operator could not do, for the report. */
  problems(namespace: string): readonly string[];
  close(): Promise<void>;
}
