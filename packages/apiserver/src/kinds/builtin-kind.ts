// SPDX-License-Identifier: Apache-2.0
// One row of the table of built-in kinds, and the printer columns that rows share.
import type { Conversion, KindRules, PrinterColumn } from "./resource-type.js";

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
  readonly columns?: readonly PrinterColumn[];
  readonly rules?: KindRules;
}

/** The category of kinds that `kubectl get all` shows. */
export const all: readonly string[] = ["all"];

/** A printer column. */
export const col = (
  name: string,
  jsonPath: string,
  type = "string",
  priority = 0,
): PrinterColumn => ({
  name,
  type,
  jsonPath,
  priority,
});
/** The column that most kinds end with. */
export const age: PrinterColumn = col("Age", ".metadata.creationTimestamp", "date");

/** A column whose cell is computed from several fields (read/computed-cells.ts). */
export const computed = (name: string, compute: string, priority = 0): PrinterColumn => ({
  name,
  type: "string",
  jsonPath: "",
  priority,
  compute,
});
