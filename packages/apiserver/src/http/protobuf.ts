// SPDX-License-Identifier: Apache-2.0
// Reads Kubernetes' protobuf envelope and the few kinds that kubectl sends in it.
import { setOwn } from "../json.js";
import type { JsonObject } from "../json.js";
import { secondsTime } from "../clock.js";
import { badRequest } from "../status-error.js";
import { protobufTypes } from "./protobuf-types.js";

/** Media type of protobuf bodies. */
export const protobufType = "application/vnd.kubernetes.protobuf";

/** First bytes of every body: `k8s` and a zero. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

interface Field {
  readonly name: string;
  readonly type: string;
}

type Fields = ReadonlyMap<number, Field>;

let table: ReadonlyMap<string, Fields> | undefined;

function readTable(): ReadonlyMap<string, Fields> {
  const types = new Map<string, Fields>();
  for (const line of protobufTypes.split("\n").filter((text) => text !== "")) {
    const [name = "", ...entries] = line.split(" ");
    const fields = entries.map((entry): [number, Field] => {
      const [number = "", field = "", type = ""] = entry.split(":");
      return [Number(number), { name: field, type }];
    });
    types.set(name, new Map(fields));
  }
  return types;
}

const malformed = (): Error => badRequest("the body is no valid protobuf message");

/** A position in a message. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) break;
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw malformed();
  }

  chunk(): Buffer {
    const length = Number(this.varint());
    return this.#take(length);
  }

  /** Skips a value that nobody reads. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.#take(8);
    else if (wireType === 2) this.chunk();
    else if (wireType === 5) this.#take(4);
    else throw malformed();
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw malformed();
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}

function readValue(reader: Reader, type: string, wireType: number): unknown {
  if (type === "int" || type === "bool") {
    if (wireType !== 0) throw malformed();
    const value = reader.varint();
    return type === "bool" ? value !== 0n : Number(value);
  }
  if (wireType !== 2) throw malformed();
  const bytes = reader.chunk();
  if (type === "string") return bytes.toString("utf8");
  if (type === "bytes") return bytes.toString("base64");
  if (type === "raw") return bytes;
  const message = readMessage(bytes, type);
  if (type !== "Time") return message;
  const { seconds } = message;
  return typeof seconds === "number" && seconds !== 0 ? secondsTime(seconds * 1000) : null;
}

/** One entry of a map: key 1, value 2. */
function readEntry(bytes: Buffer, type: string): [string, unknown] {
  const reader = new Reader(bytes);
  let key = "";
  let value: unknown = "";
  while (!reader.isDone) {
    const tag = Number(reader.varint());
    if (tag >>> 3 === 1) key = String(readValue(reader, "string", tag & 7));
    else if (tag >>> 3 === 2) value = readValue(reader, type, tag & 7);
    else reader.skip(tag & 7);
  }
  return [key, value];
}

function readMessage(bytes: Buffer, typeName: string): JsonObject {
  table ??= readTable();
  const fields = table.get(typeName);
  if (fields === undefined) throw malformed();
  const result: JsonObject = {};
  const reader = new Reader(bytes);
  while (!reader.isDone) {
    const tag = Number(reader.varint());
    const field = fields.get(tag >>> 3);
    if (field === undefined) {
      reader.skip(tag & 7);
      continue;
    }
    readField(reader, result, field, tag & 7);
  }
  return result;
}

function readField(reader: Reader, result: JsonObject, field: Field, wireType: number): void {
  const { name, type } = field;
  if (type.startsWith("[")) {
    const list = (result[name] ??= []) as unknown[];
    list.push(readValue(reader, type.slice(1, -1), wireType));
  } else if (type.startsWith("{")) {
    if (wireType !== 2) throw malformed();
    const [key, value] = readEntry(reader.chunk(), type.slice(1, -1));
    setOwn((result[name] ??= {}) as JsonObject, key, value);
  } else result[name] = readValue(reader, type, wireType);
}

/**
 * The object of a protobuf body, or undefined when its kind is none of those that are read.
 *
 * @throws {@link StatusError} 400 when the body is malformed.
 */
export function parseProtobuf(body: Buffer): JsonObject | undefined {
  if (!body.subarray(0, magic.length).equals(magic)) throw malformed();
  const envelope = readMessage(body.subarray(magic.length), "Unknown");
  const { apiVersion, kind } = (envelope["typeMeta"] ?? {}) as Record<string, unknown>;
  const typeName = `${String(apiVersion)}.${String(kind)}`;
  if (table?.has(typeName) !== true) return undefined;
  const { raw } = envelope;
  return {
    apiVersion,
    kind,
    ...readMessage(Buffer.isBuffer(raw) ? raw : Buffer.alloc(0), typeName),
  };
}
