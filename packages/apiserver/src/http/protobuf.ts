// SPDX-License-Identifier: Apache-2.0
// Turns protobuf bodies of the built-in kinds into the objects that JSON bodies would have been.
import { isObject, setOwn } from "../json.js";
import type { JsonObject } from "../json.js";
import { secondsTime } from "../clock.js";
import { malformed, ProtobufReader } from "./protobuf-reader.js";
import { messages } from "./protobuf-table.js";
import type { Field } from "./protobuf-table.js";

/** First bytes of every body: `k8s` and a zero. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/** Messages inside messages; no kind nests deeper than a few dozen. */
const maxDepth = 100;

/** Values that are messages on the wire and something simpler in JSON. */
const simple: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  Time: (bytes) => {
    const [seconds] = numbersOf(bytes);
    return seconds === 0 ? null : timeText(seconds * 1000);
  },
  MicroTime: (bytes) => {
    const [seconds, nanos] = numbersOf(bytes);
    if (seconds === 0 && nanos === 0) return null;
    const micros = String(Math.floor(nanos / 1000)).padStart(6, "0");
    return timeText(seconds * 1000).replace("Z", `.${micros}Z`);
  },
  Quantity: (bytes) => chunkOf(bytes, 1)?.toString("utf8") ?? "0",
  FieldsV1: (bytes) => parsed(chunkOf(bytes, 1)),
  RawExtension: (bytes) => parsed(chunkOf(bytes, 1)),
  IntOrString: (bytes) => {
    const [kind, number] = numbersOf(bytes);
    return kind === 0 ? number : (chunkOf(bytes, 3)?.toString("utf8") ?? "");
  },
};

function timeText(ms: number): string {
  // Beyond what a date can be: no client means that.
  if (!(Math.abs(ms) <= 8.64e15)) throw malformed();
  return secondsTime(ms);
}

function parsed(bytes: Buffer | undefined): unknown {
  if (bytes === undefined || bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    throw malformed();
  }
}

/** The numbers of the fields 1 and 2 of a message. */
function numbersOf(bytes: Buffer): [number, number] {
  const reader = new ProtobufReader(bytes);
  const numbers: [number, number] = [0, 0];
  while (!reader.isDone) {
    const tag = Number(reader.varint());
    if ((tag & 7) !== 0) reader.skip(tag & 7);
    else if (tag >>> 3 === 1) numbers[0] = Number(reader.varint());
    else if (tag >>> 3 === 2) numbers[1] = Number(reader.varint());
    else reader.varint();
  }
  return numbers;
}

/** The last value of a field of bytes. */
function chunkOf(bytes: Buffer, number: number): Buffer | undefined {
  const reader = new ProtobufReader(bytes);
  let found: Buffer | undefined;
  while (!reader.isDone) {
    const tag = Number(reader.varint());
    if (tag >>> 3 === number && (tag & 7) === 2) found = reader.chunk();
    else reader.skip(tag & 7);
  }
  return found;
}

function readValue(reader: ProtobufReader, type: string, wireType: number, depth: number): unknown {
  if (type === "int" || type === "bool") {
    if (wireType !== 0) throw malformed();
    const value = reader.varint();
    return type === "bool" ? value !== 0n : Number(value);
  }
  if (type === "double") {
    if (wireType !== 1) throw malformed();
    return reader.double();
  }
  if (wireType !== 2) throw malformed();
  const bytes = reader.chunk();
  if (type === "string") return bytes.toString("utf8");
  if (type === "bytes") return bytes.toString("base64");
  if (type === "raw") return bytes;
  return simple[type]?.(bytes) ?? (type in simple ? null : readMessage(bytes, type, depth + 1));
}

/** One entry of a map: key 1, value 2. */
function readEntry(bytes: Buffer, type: string, depth: number): [string, unknown] {
  const reader = new ProtobufReader(bytes);
  let key = "";
  let value: unknown = type === "string" || type === "bytes" ? "" : {};
  while (!reader.isDone) {
    const tag = Number(reader.varint());
    if (tag >>> 3 === 1) key = String(readValue(reader, "string", tag & 7, depth));
    else if (tag >>> 3 === 2) value = readValue(reader, type, tag & 7, depth);
    else reader.skip(tag & 7);
  }
  return [key, value];
}

function readMessage(bytes: Buffer, typeName: string, depth: number): unknown {
  const fields = messages.get(typeName);
  if (fields === undefined || depth > maxDepth) throw malformed();
  // A list with a type of its own.
  if (fields.get(1)?.name === "*") return readList(bytes, fields.get(1) as Field, depth);
  const result: JsonObject = {};
  const reader = new ProtobufReader(bytes);
  while (!reader.isDone) {
    const tag = Number(reader.varint());
    const field = fields.get(tag >>> 3);
    if (field === undefined) reader.skip(tag & 7);
    else readField(reader, result, field, tag & 7, depth);
  }
  return result;
}

function readList(bytes: Buffer, { type }: Field, depth: number): unknown[] {
  const reader = new ProtobufReader(bytes);
  const list: unknown[] = [];
  while (!reader.isDone) {
    const tag = Number(reader.varint());
    if (tag >>> 3 === 1) list.push(readValue(reader, type, tag & 7, depth));
    else reader.skip(tag & 7);
  }
  return list;
}

const isZero = (value: unknown): boolean =>
  value === 0 || value === "" || value === false || value === null;

function readField(
  reader: ProtobufReader,
  result: JsonObject,
  { name, type, shape, isDropped }: Field,
  wireType: number,
  depth: number,
): void {
  if (shape === "map") {
    if (wireType !== 2) throw malformed();
    const [key, value] = readEntry(reader.chunk(), type, depth);
    setOwn((result[name] ??= {}) as JsonObject, key, value);
    return;
  }
  const value = readValue(reader, type, wireType, depth);
  if (shape === "list") ((result[name] ??= []) as unknown[]).push(value);
  else if (name === "") Object.assign(result, value);
  else if (!isDropped || !isZero(value)) result[name] = value;
}

/**
 * The object of a protobuf body, or undefined when its kind is none of those that are read.
 *
 * @throws {@link StatusError} 400 when the body is malformed.
 */
export function parseProtobuf(body: Buffer): JsonObject | undefined {
  if (!body.subarray(0, magic.length).equals(magic)) throw malformed();
  const envelope = readMessage(body.subarray(magic.length), "Unknown", 0) as JsonObject;
  const { apiVersion, kind } = (envelope["typeMeta"] ?? {}) as Record<string, unknown>;
  // Options have the version of the resource that they are for.
  const typeName =
    kind === "DeleteOptions" ? "meta.DeleteOptions" : `${String(apiVersion)}.${String(kind)}`;
  if (typeof kind !== "string" || !messages.has(typeName)) return undefined;
  const { raw } = envelope;
  const object = readMessage(Buffer.isBuffer(raw) ? raw : Buffer.alloc(0), typeName, 0);
  return isObject(object) ? { apiVersion, kind, ...object } : undefined;
}
