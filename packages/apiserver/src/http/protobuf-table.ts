// SPDX-License-Identifier: Apache-2.0
// The field tables of protobuf messages; loaded with the first protobuf body.
import { coreTypes } from "./protobuf-core-types.js";
import { groupTypes } from "./protobuf-group-types.js";

/** A field of a message. */
export interface Field {
  /** Its name in JSON; "" for a message whose fields belong to the one around it. */
  readonly name: string;
  /** The type of its values. */
  readonly type: string;
  readonly shape: "one" | "list" | "map";
  /** JSON leaves it out when it is zero. */
  readonly isDropped: boolean;
}

function readField(entry: string): [number, Field] {
  const [number = "", name = "", ...rest] = entry.split(":");
  const text = rest.join(":");
  const isDropped = text.endsWith("!");
  const bare = isDropped ? text.slice(0, -1) : text;
  const shape = bare.startsWith("[") ? "list" : bare.startsWith("{") ? "map" : "one";
  const type = shape === "one" ? bare : bare.slice(1, -1);
  return [Number(number), { name, type, shape, isDropped }];
}

/** The messages that are known, by `apiVersion.Kind` or by name, each with its fields by number. */
export const messages: ReadonlyMap<string, ReadonlyMap<number, Field>> = new Map(
  [groupTypes, coreTypes].flatMap((text) =>
    text
      .replaceAll("\n ", " ")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): [string, ReadonlyMap<number, Field>] => {
        const [name = "", ...entries] = line.split(" ");
        return [name, new Map(entries.map(readField))];
      }),
  ),
);
