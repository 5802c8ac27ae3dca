// SPDX-License-Identifier: Apache-2.0
// The file a guest is shipped in: a header, the bundle's source and its bytecode (stages: build, load).
import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { ConfigurationError } from "@haversack/core";

/** Version of the texts and frames between host and guest; another one is another guest. */
export const abiVersion = 1;

const magic = "HVSKGST1";
/** No bundle is so great; a header that says so is damaged. */
const maximumPartBytes = 64 * 2 ** 20;

/** A built guest. */
export interface GuestFile {
  /** SHA-256 of source and ABI, in hexadecimal: what the guest is, whatever engine runs it. */
  readonly digest: string;
  /** Digest of the guest binary that the bytecode is for. */
  readonly binaryDigest: string;
  /** Names it offers: parts and reconcilers. */
  readonly names: readonly string[];
  /** The bundle, for engines that take source and for a binary of another version. */
  readonly source: string;
  readonly bytecode: Uint8Array;
}

/** What names a guest: its source under this version of the border. */
export function digestOf(source: string): string {
  return createHash("sha256").update(`abi ${abiVersion}\n${source}`).digest("hex");
}

/** Writes a guest as bytes. The same guest gives the same bytes. */
export function encodeGuestFile({ binaryDigest, names, source, bytecode }: GuestFile): Uint8Array {
  const parts = [deflateRawSync(source, { level: 9 }), deflateRawSync(bytecode, { level: 9 })];
  const header = { abi: abiVersion, binaryDigest, names, sizes: parts.map(({ length }) => length) };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const body = Buffer.concat([Buffer.from(magic), length, text, ...parts]);
  return Buffer.concat([body, createHash("sha256").update(body).digest()]);
}

/**
 * Reads a guest.
 *
 * @throws {@link ConfigurationError} when it is damaged or of another ABI. Terminal: build it anew.
 */
export function decodeGuestFile(bytes: Uint8Array): GuestFile {
  try {
    return decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(
      `cannot load the guest: ${why}. Build it anew with haversack-guest build.`,
      { cause },
    );
  }
}

interface Header {
  readonly abi: number;
  readonly binaryDigest: string;
  readonly names: readonly string[];
  readonly sizes: readonly [number, number];
}

function decode(file: Buffer): GuestFile {
  const body = file.subarray(0, -32);
  if (body.subarray(0, 8).toString("latin1") !== magic) throw new Error("it is not a guest file");
  const checksum = createHash("sha256").update(body).digest();
  if (!checksum.equals(file.subarray(-32))) throw new Error("its checksum is wrong");
  const end = 12 + body.readUInt32LE(8);
  const header = JSON.parse(body.subarray(12, end).toString("utf8")) as Header;
  if (header.abi !== abiVersion) {
    throw new Error(`it is of ABI ${header.abi}, and this package is of ABI ${abiVersion}`);
  }
  const inflate = (from: number, size: number): Buffer =>
    inflateRawSync(body.subarray(from, from + size), { maxOutputLength: maximumPartBytes });
  const [sourceSize, bytecodeSize] = header.sizes;
  const source = inflate(end, sourceSize).toString("utf8");
  const bytecode = inflate(end + sourceSize, bytecodeSize);
  const { binaryDigest, names } = header;
  return { digest: digestOf(source), binaryDigest, names, source, bytecode };
}
