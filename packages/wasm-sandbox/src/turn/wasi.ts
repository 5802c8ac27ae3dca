// SPDX-License-Identifier: Apache-2.0
// The little of WASI that a guest is given: two streams, a clock, randomness; nothing else exists.
import { randomFillSync } from "node:crypto";
import type { WasmMemory } from "../load/webassembly.js";

/** WASI error numbers. */
const success = 0;
const badDescriptor = 8;
const notSupported = 52;

/** What a machine lends to its module. */
export interface WasiHost {
  memory(): WasmMemory;
  /** Takes up to `length` bytes of input; empty when there are none for now. */
  read(length: number): Uint8Array;
  /** Takes output; may throw, which ends the module. */
  write(bytes: Uint8Array): void;
  /** What the module is told the time is, in milliseconds since 1970. */
  wallTimeMs(): number;
  /** For deadlines, in milliseconds. */
  monotonicMs(): number;
  /** Whether random bytes are zeros, so that two starts give equal memories. */
  isDeterministic(): boolean;
}

type WasiFunction = (...parameters: never[]) => number;

/**
 * Makes the functions of `wasi_snapshot_preview1`.
 *
 * **Guarantees:** there are no files, no environment, no arguments and no network to be named.
 *
 * @see WASI preview 1, module `wasi_snapshot_preview1`.
 */
export function wasiFunctions(host: WasiHost): Readonly<Record<string, WasiFunction>> {
  const view = (): DataView => new DataView(host.memory().buffer);
  const slices = (iovs: number, count: number): Uint8Array[] => {
    const data = view();
    return Array.from({ length: count }, (_, index) => {
      const at = data.getUint32(iovs + index * 8, true);
      return new Uint8Array(host.memory().buffer, at, data.getUint32(iovs + index * 8 + 4, true));
    });
  };
  return Object.freeze({
    fd_read(fd: number, iovs: number, count: number, result: number): number {
      if (fd !== 0) return badDescriptor;
      let total = 0;
      for (const target of slices(iovs, count)) {
        const bytes = host.read(target.length);
        target.set(bytes);
        total += bytes.length;
        if (bytes.length < target.length) break;
      }
      view().setUint32(result, total, true);
      return success;
    },
    fd_write(fd: number, iovs: number, count: number, result: number): number {
      if (fd !== 1 && fd !== 2) return badDescriptor;
      let total = 0;
      for (const source of slices(iovs, count)) {
        if (fd === 1) host.write(source);
        total += source.length;
      }
      view().setUint32(result, total, true);
      return success;
    },
    clock_time_get(id: number, _precision: bigint, result: number): number {
      const timeMs = id === 0 ? host.wallTimeMs() : host.monotonicMs();
      view().setBigUint64(result, BigInt(Math.round(timeMs * 1e6)), true);
      return success;
    },
    random_get(at: number, length: number): number {
      const bytes = new Uint8Array(host.memory().buffer, at, length);
      if (host.isDeterministic()) bytes.fill(0);
      else randomFillSync(bytes);
      return success;
    },
    fd_close: () => notSupported,
    fd_seek: () => notSupported,
    fd_fdstat_get: () => badDescriptor,
    proc_exit(): number {
      throw new Error("the guest ended itself");
    },
  });
}
