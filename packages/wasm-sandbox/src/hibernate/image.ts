// SPDX-License-Identifier: Apache-2.0
// A guest on disk: its memory as a difference, what it waits for, and a seal over both (stage: hibernate).
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { ResourceRef } from "@haversack/core";
import { SandboxImageError } from "../errors.js";
import { pageBytes } from "../limits.js";
import { abiVersion } from "../load/guest-file.js";
import type { MemoryImage } from "../turn/engine.js";

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** A call whose answer the guest still waits for. */
export interface PendingCall {
  readonly id: number;
  readonly run: number;
  readonly op: string;
  readonly body: unknown;
}

/** A run that has begun and has not ended. */
export interface PendingRun {
  readonly id: number;
  readonly name: string;
  readonly phase: "reconcile" | "cleanup";
  readonly ref: ResourceRef;
}

/** What the host must know of a guest that sleeps. */
export interface Pending {
  readonly calls: readonly PendingCall[];
  readonly runs: readonly PendingRun[];
  /** The greatest number given to a run. */
  readonly lastRun: number;
}

/** What an image is bound to; with anything else of these it is not used. */
export interface Binding {
  readonly guest: string;
  /** Of the guest binary. */
  readonly binary: string;
  /** Of the bundle. */
  readonly bundle: string;
  readonly template: string;
}

/** Keys of a host. Whoever has them can make guests believe anything. */
export interface ImageKeys {
  /** For the seal; at least 32 bytes. */
  readonly sealKey: Uint8Array;
  /** 32 bytes; absent: images are sealed but not encrypted. */
  readonly encryptionKey?: Uint8Array;
}

/** A guest that sleeps. */
export interface SleepingGuest {
  readonly memory: MemoryImage;
  readonly pending: Pending;
}

const magic = Buffer.from("HVSKIMG1");
const sealBytes = 32;
const maximumMemoryBytes = 2 ** 31;

/** Writes a sleeping guest as sealed bytes. */
export async function encodeImage(
  binding: Binding,
  { memory, pending }: SleepingGuest,
  keys: ImageKeys,
): Promise<Uint8Array> {
  const { pages, globals, delta } = memory;
  const header = {
    ...{ abi: abiVersion, binding, pages, globals: globals.map(plainGlobal), pending },
    size: delta.length,
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const packed = await deflate(delta, { level: 1 });
  const content = Buffer.concat([length, text, packed]);
  const { encryptionKey } = keys;
  const body = Buffer.concat([
    magic,
    ...(encryptionKey === undefined
      ? [Buffer.from([0]), content]
      : [Buffer.from([1]), encrypt(content, encryptionKey)]),
  ]);
  return Buffer.concat([body, seal(body, keys)]);
}

/**
 * Reads a sleeping guest. The seal is checked before anything else is looked at.
 *
 * @throws SandboxImageError when it is damaged, forged, of another guest, binary, bundle or template.
 */
export async function decodeImage(
  binding: Binding,
  bytes: Uint8Array,
  keys: ImageKeys,
): Promise<SleepingGuest> {
  const refuse = (why: string): never => {
    throw new SandboxImageError(binding.guest, why);
  };
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < magic.length + 1 + sealBytes) refuse("it is too short");
  const body = file.subarray(0, -sealBytes);
  if (!timingSafeEqual(seal(body, keys), file.subarray(-sealBytes))) refuse("its seal is wrong");
  if (!body.subarray(0, magic.length).equals(magic)) refuse("it is of another format");
  const content = open(body, keys) ?? refuse("it is encrypted otherwise");
  const end = 4 + content.readUInt32LE(0);
  const header = JSON.parse(content.subarray(4, end).toString("utf8")) as Header;
  if (header.abi !== abiVersion) refuse(`it is of ABI ${header.abi}`);
  for (const name of ["guest", "binary", "bundle", "template"] as const) {
    if (header.binding[name] !== binding[name]) refuse(`it belongs to another ${name}`);
  }
  if (header.pages * pageBytes > maximumMemoryBytes) refuse("its memory is too great");
  const delta = await inflate(content.subarray(end), { maxOutputLength: header.size + 1 });
  if (delta.length !== header.size) refuse("its memory is not whole");
  const globals = header.globals.map((value) =>
    typeof value === "string" ? BigInt(value) : value,
  );
  return { memory: { pages: header.pages, globals, delta }, pending: header.pending };
}

interface Header {
  readonly abi: number;
  readonly binding: Binding;
  readonly pages: number;
  readonly globals: readonly (number | string)[];
  readonly pending: Pending;
  readonly size: number;
}

/** 64-bit globals are texts in JSON. */
function plainGlobal(value: number | bigint): number | string {
  return typeof value === "bigint" ? String(value) : value;
}

function seal(body: Uint8Array, { sealKey }: ImageKeys): Buffer {
  return createHmac("sha256", sealKey).update(body).digest();
}

function encrypt(content: Uint8Array, key: Uint8Array): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const encrypted = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]);
}

function open(body: Buffer, { encryptionKey }: ImageKeys): Buffer | undefined {
  const content = body.subarray(magic.length + 1);
  const isEncrypted = body[magic.length] === 1;
  if (isEncrypted !== (encryptionKey !== undefined)) return undefined;
  if (encryptionKey === undefined) return content;
  const decipher = createDecipheriv("aes-256-gcm", encryptionKey, content.subarray(0, 12));
  decipher.setAuthTag(content.subarray(12, 28));
  return Buffer.concat([decipher.update(content.subarray(28)), decipher.final()]);
}
