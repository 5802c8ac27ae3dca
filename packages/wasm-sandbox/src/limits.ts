// SPDX-License-Identifier: Apache-2.0
// What one guest may use: memory, stack, time, output. Held by the engine, whatever the guest does.
import { ConfigurationError } from "@haversack/core";

/** Limits of one guest. */
export interface Limits {
  /** Memory for its objects. Default 32 MiB. */
  readonly memoryBytes: number;
  /** Stack of its engine. Default 256 KiB; at most 512 KiB. */
  readonly stackBytes: number;
  /** Time of one turn, by the clock of the machine: leave room where it is busy. Default 200 ms. */
  readonly turnMs: number;
  /** Texts it may send in one turn. Default 1,000. */
  readonly textsPerTurn: number;
  /** Bytes it may send in one turn. Default 8 MiB. */
  readonly bytesPerTurn: number;
}

/** The limits a guest has when nobody says otherwise. */
export const defaultLimits: Limits = Object.freeze({
  memoryBytes: 32 * 2 ** 20,
  stackBytes: 256 * 2 ** 10,
  turnMs: 200,
  textsPerTurn: 1000,
  bytesPerTurn: 8 * 2 ** 20,
});

/** Bytes of one page of WebAssembly memory. */
export const pageBytes: number = 65_536;

/** The engine's own stack and tables: 18 pages, as QuickJS-ng is linked in quickjs-wasi 3.6.2. */
const enginePages = 18;

/** Fills limits up and checks them. @throws {@link ConfigurationError} Terminal. */
export function limitsOf(given: Partial<Limits> = {}): Limits {
  const limits = { ...defaultLimits, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new ConfigurationError(
      `limits.${name} is ${String(value)}: it must be a whole number above 0.`,
    );
  }
  if (limits.stackBytes > 512 * 2 ** 10 || limits.memoryBytes < 2 ** 20) {
    throw new ConfigurationError(
      "limits.stackBytes is at most 512 KiB and limits.memoryBytes at least 1 MiB.",
    );
  }
  return limits;
}

/**
 * Greatest memory of the module in pages. Rounded up to a power of two, so that guests with nearly
 * equal limits share one compiled module; the engine's own limit is exact.
 */
export function maximumPagesOf({ memoryBytes }: Limits): number {
  const pages = enginePages + Math.ceil(memoryBytes / pageBytes);
  return 2 ** Math.ceil(Math.log2(pages + 1));
}
