// SPDX-License-Identifier: Apache-2.0
// What runs guests: one interface for every engine, with or without a sandbox (stage: turn).
import type { Limits } from "../limits.js";
import type { GuestFile } from "../load/guest-file.js";
import type { Template } from "../load/template.js";
import type { Globals } from "./machine.js";

/** Which engine. `class` is none: the same bundle in this process, without any border. */
export type EngineName = "class" | "embedded" | "pool" | "wasmer";

/** A guest that has been loaded: its file, its limits and the template its instances share. */
export interface Program {
  /** Name of the guest, for messages. */
  readonly guest: string;
  readonly file: GuestFile;
  readonly limits: Limits;
  /** Made when it is first asked for; engines without memory of their own never ask. */
  template(): Template;
}

/** The memory of a guest at a quiescent point, as a difference to its template. Plain data. */
export interface MemoryImage {
  readonly pages: number;
  readonly globals: Globals;
  readonly delta: Uint8Array;
}

/** What one turn did. */
export interface Turn {
  /** Texts the guest sent, in order. */
  readonly texts: readonly string[];
  /** What it threw and did not catch, and rejections nobody listens to. */
  readonly complaints: readonly string[];
  readonly memoryBytes: number;
  /** Processor time, as near as the engine can tell. */
  readonly turnMs: number;
}

/** One live guest, whatever runs it. Used by one caller, one turn after another. */
export interface GuestInstance {
  /**
   * Delivers one text and runs the guest until it has nothing more to do: the quiescent point.
   *
   * @throws SandboxError when it broke a limit or ended; the instance must then be disposed of.
   */
  turn(text: string, nowMs: number): Promise<Turn>;
  /** Its memory now; `undefined` where an engine cannot save it. */
  snapshot(): Promise<MemoryImage | undefined>;
  /** Gives its memory back. Idempotent. */
  dispose(): Promise<void>;
}

/** Runs guests. */
export interface Engine {
  readonly name: EngineName;
  /** A new instance, from the template or from an image. */
  start(program: Program, image?: MemoryImage): Promise<GuestInstance>;
  /** Ends what it keeps running; instances are lost. Idempotent. */
  close(): Promise<void>;
}
