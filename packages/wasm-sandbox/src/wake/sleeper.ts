// SPDX-License-Identifier: Apache-2.0
// Saves one guest and brings it back, or says why not (stages: hibernate, wake).
import { createHash } from "node:crypto";
import { SandboxImageError } from "../errors.js";
import {
  decodeImage,
  encodeImage,
  type Binding,
  type ImageKeys,
  type Pending,
  type SleepingGuest,
} from "../hibernate/image.js";
import type { ImageStore } from "../hibernate/image-store.js";
import { guestBinary } from "../load/guest-binary.js";
import type { Program } from "../turn/engine.js";

/** Keeps the image of one guest. */
export class Sleeper {
  readonly #program: Program;
  readonly #store: ImageStore;
  readonly #keys: ImageKeys;
  /** Of the image this host saved last: an older one, put back, is known. */
  #lastDigest: string | undefined;
  #imageBytes = 0;

  constructor(program: Program, store: ImageStore, keys: ImageKeys) {
    this.#program = program;
    this.#store = store;
    this.#keys = keys;
  }

  /** Size of the last image. */
  get imageBytes(): number {
    return this.#imageBytes;
  }

  async save(sleeping: SleepingGuest): Promise<void> {
    const bytes = await encodeImage(this.#binding(), sleeping, this.#keys);
    this.#lastDigest = digest(bytes);
    this.#imageBytes = bytes.length;
    await this.#store.save(this.#program.guest, bytes);
  }

  /** The image, which stays until the next is saved. @throws SandboxImageError */
  async wake(): Promise<SleepingGuest | undefined> {
    const bytes = await this.#store.load(this.#program.guest);
    if (bytes === undefined) return undefined;
    if (this.#lastDigest !== undefined && digest(bytes) !== this.#lastDigest) {
      throw new SandboxImageError(this.#program.guest, "it is not the one saved last");
    }
    return decodeImage(this.#binding(), bytes, this.#keys);
  }

  /** What a sleeping guest waits for; `undefined` without a usable image, which is then removed. */
  async peek(): Promise<Pending | undefined> {
    try {
      return (await this.wake())?.pending;
    } catch (error) {
      if (!(error instanceof SandboxImageError)) throw error;
      await this.discard();
      return undefined;
    }
  }

  async discard(): Promise<void> {
    this.#lastDigest = undefined;
    await this.#store.remove(this.#program.guest);
  }

  #binding(): Binding {
    const { guest, file } = this.#program;
    const template = this.#program.template().digest;
    return { guest, binary: guestBinary().digest, bundle: file.digest, template };
  }
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}
