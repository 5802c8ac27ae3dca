// SPDX-License-Identifier: Apache-2.0
// One row of the table of built-in kinds.
import type { Conversion, KindRules } from "./resource-type.js";

/** One row of the table. */
export interface BuiltinKind {
  readonly plural: string;
  readonly kind: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly cluster?: true;
  readonly noStatus?: true;
  readonly scale?: true;
  /** Name in the field table when it is not the kind. */
  readonly typeName?: string;
  /** Where its objects are stored when it is a second view of another kind. */
  readonly storedAs?: {
    readonly storageKey: string;
    readonly version: string;
    readonly conversion: Conversion;
  };
  readonly rules?: KindRules;
}

/** The category of kinds that `kubectl get all` shows. */
export const all: readonly string[] = ["all"];
