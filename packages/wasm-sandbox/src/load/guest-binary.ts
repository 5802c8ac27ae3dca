// SPDX-License-Identifier: Apache-2.0
// The one guest binary: found once, compiled once per size of memory, shared by all guests (stage: load).
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigurationError } from "@haversack/core";
import { wasm, type WasmModule } from "./webassembly.js";
import { rewriteModule } from "./wasm-module.js";

/** The guest binary and what is made from it. */
export interface GuestBinary {
  /** SHA-256 of the binary, in hexadecimal. */
  readonly digest: string;
  /** The binary whose memory may grow to so many pages, with its mutable globals exported. */
  bounded(maximumPages: number): Uint8Array;
  /** The compiled module whose memory may grow to so many pages. */
  module(maximumPages: number): WasmModule;
}

const place = new URL("../../dist/guest.wasm", import.meta.url);
let loaded: GuestBinary | undefined;

/**
 * The guest binary of this package. Read when it is first asked for.
 *
 * @throws {@link ConfigurationError} when the package was not built. Terminal.
 */
export function guestBinary(): GuestBinary {
  loaded ??= load();
  return loaded;
}

function load(): GuestBinary {
  const bytes = read();
  const modules = new Map<number, WasmModule>();
  return {
    digest: createHash("sha256").update(bytes).digest("hex"),
    bounded: (maximumPages) => bound(bytes, maximumPages),
    module(maximumPages) {
      const known = modules.get(maximumPages);
      if (known !== undefined) return known;
      const module = new wasm.Module(bound(bytes, maximumPages));
      modules.set(maximumPages, module);
      return module;
    },
  };
}

function bound(bytes: Uint8Array, maximumPages: number): Uint8Array {
  const allowedImports = new Set(["wasi_snapshot_preview1"]);
  return rewriteModule(bytes, { maximumPages, allowedImports }).bytes;
}

function read(): Uint8Array {
  try {
    return readFileSync(place);
  } catch (cause) {
    throw new ConfigurationError(
      `cannot load the guest binary ${place.pathname}: it is not there. ` +
        "Run tools/build-guest-binary.mjs of @haversack/wasm-sandbox, or npm run build.",
      { cause },
    );
  }
}
