// SPDX-License-Identifier: Apache-2.0
// All functions that expressions may call, by name.
import { conversionLibrary } from "./library/conversions.js";
import { formatLibrary } from "./library/formats.js";
import { listLibrary } from "./library/lists.js";
import { networkLibrary } from "./library/network.js";
import { operators } from "./library/operators.js";
import { quantityLibrary } from "./library/quantities.js";
import { stringLibrary } from "./library/strings.js";
import { timeLibrary } from "./library/time-fields.js";
import type { Overload } from "./overload.js";

/** Functions by name; those that are called on a target are apart. */
export interface Functions {
  readonly plain: ReadonlyMap<string, readonly Overload[]>;
  readonly members: ReadonlyMap<string, readonly Overload[]>;
}

function byName(overloads: readonly Overload[]): Map<string, Overload[]> {
  const names = new Map<string, Overload[]>();
  for (const overload of overloads) {
    const list = names.get(overload.name) ?? [];
    names.set(overload.name, [...list, overload]);
  }
  return names;
}

let functions: Functions | undefined;

/** The functions; the table is made when the first expression is compiled. */
export function celFunctions(): Functions {
  if (functions !== undefined) return functions;
  const all = [
    ...operators,
    ...conversionLibrary,
    ...timeLibrary,
    ...stringLibrary,
    ...listLibrary,
    ...quantityLibrary,
    ...networkLibrary,
    ...formatLibrary,
  ];
  functions = {
    plain: byName(all.filter(({ member }) => !member)),
    members: byName(all.filter(({ member }) => member)),
  };
  return functions;
}
