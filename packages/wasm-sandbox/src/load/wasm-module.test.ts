// SPDX-License-Identifier: Apache-2.0
// Modules are bounded and made savable before they are compiled, or refused.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { rewriteModule } from "./wasm-module.js";
import { wasm, type WasmGlobal, type WasmMemory } from "./webassembly.js";

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const options = { maximumPages: 4, allowedImports: new Set(["wasi_snapshot_preview1"]) };
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];
const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
const memory = (...limits: number[]): number[] => section(5, 1, ...limits);
const exports = section(7, 1, ...text("memory"), 2, 0);
/** A constant i32 7, a mutable i32 5 and a mutable i64 −1. */
const globals = section(
  6,
  3,
  0x7f,
  0,
  0x41,
  7,
  0x0b,
  0x7f,
  1,
  0x41,
  5,
  0x0b,
  0x7e,
  1,
  0x42,
  0x7f,
  0x0b,
);
const moduleOf = (...sections: number[][]): Uint8Array =>
  Uint8Array.from([...header, ...sections.flat()]);

describe("rewriteModule()", () => {
  it("exports every mutable global and no other", () => {
    const { bytes, mutableGlobals } = rewriteModule(
      moduleOf(memory(0, 1), globals, exports),
      options,
    );
    const instance = new wasm.Instance(new wasm.Module(bytes), {});
    expect(mutableGlobals).toBe(2);
    expect(Object.keys(instance.exports)).toEqual([
      "memory",
      "haversack_global_0",
      "haversack_global_1",
    ]);
    expect((instance.exports["haversack_global_0"] as WasmGlobal).value).toBe(5);
    expect((instance.exports["haversack_global_1"] as WasmGlobal).value).toBe(-1n);
  });

  it.each([
    ["none of its own", [0, 1], 4],
    ["a greater one", [1, 1, 100], 4],
    ["a smaller one", [1, 1, 2], 2],
  ])("bounds a memory with a maximum that is %s", (_what, limits, pages) => {
    const { bytes } = rewriteModule(moduleOf(memory(...limits), exports), options);
    const instance = new wasm.Instance(new wasm.Module(bytes), {});
    const own = instance.exports["memory"] as WasmMemory;
    own.grow(pages - 1);
    expect(() => own.grow(1)).toThrow();
  });

  it.each([
    [
      "another module's function",
      moduleOf(
        section(1, 1, 0x60, 0, 0),
        section(2, 1, ...text("env"), ...text("f"), 0, 0),
        memory(0, 1),
        exports,
      ),
    ],
    [
      "a memory of its host",
      moduleOf(
        section(2, 1, ...text("wasi_snapshot_preview1"), ...text("m"), 2, 0, 1),
        memory(0, 1),
        exports,
      ),
    ],
    ["no memory", moduleOf(globals, exports)],
    ["too many pages at once", moduleOf(memory(0, 5), exports)],
    ["a shared memory", moduleOf(memory(3, 1, 2), exports)],
    ["two memories", moduleOf(section(5, 2, 0, 1, 0, 1), exports)],
    [
      "a mutable reference, which cannot be saved",
      moduleOf(memory(0, 1), section(6, 1, 0x70, 1, 0xd0, 0x70, 0x0b), exports),
    ],
    ["nothing", new Uint8Array()],
    ["another version", Uint8Array.from([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0])],
    ["a section that ends too late", moduleOf([5, 100, 1])],
  ])("refuses a module with %s", (_what, bytes) => {
    expect(() => rewriteModule(bytes, options)).toThrow(TypeError);
  });

  it("refuses noise with a TypeError, and never hangs on it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        try {
          rewriteModule(Uint8Array.from([...header, ...noise]), options);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      }),
    );
  });
});
