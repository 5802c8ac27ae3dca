// SPDX-License-Identifier: Apache-2.0
// The part of the WebAssembly API that is used here, with types: those of Node name the modules alone (stage: load).

/** A compiled module; may be sent to worker threads. */
export type WasmModule = WebAssembly.Module;

/** A linear memory. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB; throws a RangeError beyond the maximum. */
  grow(pages: number): number;
}

/** A global; mutable when its `value` may be set. */
export interface WasmGlobal {
  value: unknown;
}

/** An instance's exports by name. */
export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WebAssemblyApi {
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): readonly { readonly module: string; readonly name: string }[];
  };
  readonly Instance: new (module: WasmModule, imports: object) => WasmInstance;
  readonly RuntimeError: new (message?: string) => Error;
}

/** The API itself. */
export const wasm: WebAssemblyApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly;
