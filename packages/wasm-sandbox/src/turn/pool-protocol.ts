// SPDX-License-Identifier: Apache-2.0
// What the pool and its worker threads say to each other: plain data, one answer to each request (stage: turn).
import type { PlainError } from "@haversack/core";
import type { Limits } from "../limits.js";
import type { Template } from "../load/template.js";
import type { WasmModule } from "../load/webassembly.js";
import type { MemoryImage } from "./engine.js";

/** What a worker thread is asked. */
export type PoolRequest =
  | {
      readonly op: "start";
      readonly instance: number;
      readonly guest: string;
      readonly limits: Limits;
      readonly module: WasmModule;
      readonly template: Template;
      readonly image: MemoryImage | undefined;
    }
  | {
      readonly op: "turn";
      readonly instance: number;
      readonly text: string;
      readonly nowMs: number;
    }
  | { readonly op: "snapshot"; readonly instance: number }
  | { readonly op: "dispose"; readonly instance: number };

/** A request as it is sent. */
export type NumberedRequest = PoolRequest & { readonly id: number };

/** What it answers. */
export type PoolAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PlainError };
