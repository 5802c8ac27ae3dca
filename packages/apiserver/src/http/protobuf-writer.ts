// SPDX-License-Identifier: Apache-2.0
// Writes the wire format of protobuf: messages as lists of fields.

/** A field of a message: its number and bytes. */
export type WrittenField = Buffer;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function chunk(number: number, bytes: Buffer): WrittenField {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A string; one that is absent writes nothing. */
export function text(number: number, value: unknown): WrittenField[] {
  return typeof value === "string" ? [chunk(number, Buffer.from(value))] : [];
}

/** A list of strings. */
export function texts(number: number, values: unknown): WrittenField[] {
  return Array.isArray(values) ? values.flatMap((value) => text(number, value)) : [];
}

/** A truth. */
export function flag(number: number, value: boolean): WrittenField[] {
  return [Buffer.concat([varint(number * 8), varint(value ? 1 : 0)])];
}

/** A message in a message. */
export function message(number: number, fields: readonly WrittenField[]): WrittenField[] {
  return [chunk(number, Buffer.concat(fields))];
}
