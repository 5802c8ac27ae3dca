// SPDX-License-Identifier: Apache-2.0
// The memory of a guest right after its bundle has run: made once, shared by all its instances (stage: load).
import { createHash } from "node:crypto";
import { SandboxError, GuestError, SandboxTimeoutError } from "../errors.js";
import { encodeDelta } from "../hibernate/delta.js";
import { maximumPagesOf, pageBytes, type Limits } from "../limits.js";
import { Machine, type Globals } from "../turn/machine.js";
import { fromGuest, toGuest, type Frame } from "./frames.js";
import { guestBinary } from "./guest-binary.js";
import type { GuestFile } from "./guest-file.js";

/** State from which instances begin. Plain data: worker threads share it. */
export interface Template {
  /** SHA-256 of the state; images say which template they are a difference to. */
  readonly digest: string;
  readonly pages: number;
  readonly globals: Globals;
  /** Difference to the memory of an instance that has just been made. */
  readonly delta: Uint8Array;
  /** The whole memory, to compare with. */
  readonly memory: Uint8Array;
}

/** Time the bundle may take to run once, however small the turns are. */
const startMs = 5000;

/**
 * Runs the bundle of a guest once.
 *
 * **Guarantees:** the same guest, binary and limits give the same template on every machine: time
 * stands at 0 and random bytes are zeros meanwhile, and instances are seeded when they start.
 *
 * @throws GuestError when the bundle throws; SandboxTimeoutError when it does not end.
 */
export function makeTemplate(guest: string, file: GuestFile, limits: Limits): Template {
  const binary = guestBinary();
  const module = binary.module(maximumPagesOf(limits));
  const fresh = copyShared(new Machine({ guest, module, limits }).memory);
  const machine = new Machine({ guest, module, limits, isDeterministic: true });
  machine.limit({ ...limits, turnMs: 0 }); // Sets the engine up while its clocks stand at 0.
  machine.unfix();
  machine.limit({ ...limits, turnMs: startMs });
  const isOurs = file.binaryDigest === binary.digest;
  const frames = isOurs
    ? machine.exchange(toGuest.bytecode, file.bytecode)
    : machine.exchange(toGuest.source, new TextEncoder().encode(quickjsSource(file.source)));
  checkStart(guest, frames);
  machine.limit({ ...limits, turnMs: 0 });
  const memory = copyShared(machine.memory);
  const delta = encodeDelta(fresh, memory);
  const { globals } = machine;
  const hash = createHash("sha256").update(delta);
  const digest = hash.update(globals.map(String).join()).digest("hex");
  return { digest, pages: memory.length / pageBytes, globals, delta, memory };
}

/** The bundle as QuickJS runs it: with `$bind`, which the loop's `$message` stands for. */
export function quickjsSource(source: string): string {
  const bind =
    "const $bind=(receive)=>Object.defineProperty(globalThis,'$message',{value:receive});";
  return `${bind}\n${source}`;
}

/** Compiles a bundle to bytecode of this package's binary. @throws GuestError for a syntax error. */
export function compileBundle(guest: string, source: string, limits: Limits): Uint8Array {
  const module = guestBinary().module(maximumPagesOf(limits));
  const machine = new Machine({ guest, module, limits, isDeterministic: true });
  machine.limit({ ...limits, turnMs: 0 });
  const text = new TextEncoder().encode(quickjsSource(source));
  const frames = machine.exchange(toGuest.compile, text);
  const code = frames.find(({ type }) => type === fromGuest.bytecode);
  if (code !== undefined) return code.payload;
  throw new GuestError(guest, thrownIn(frames) ?? "its source could not be compiled");
}

function checkStart(guest: string, frames: readonly Frame[]): void {
  const thrown = thrownIn(frames);
  if (frames.some(({ type }) => type === fromGuest.interrupted)) {
    throw new SandboxTimeoutError(guest, startMs);
  }
  if (thrown !== undefined) throw new GuestError(guest, thrown);
  const isTalking = frames.some(({ type }) => type === fromGuest.message);
  if (isTalking) {
    const why = "calls its host while it is loaded. Do that inside reconcile.";
    throw new SandboxError("EXP_SANDBOX_START", guest, why, "never");
  }
}

/** What a frame says was thrown. */
export function thrownIn(frames: readonly Frame[]): string | undefined {
  const thrown = frames.find(({ type }) => type === fromGuest.thrown);
  return thrown && new TextDecoder().decode(thrown.payload);
}

/** A copy that worker threads can share. */
function copyShared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
