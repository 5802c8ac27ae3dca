// SPDX-License-Identifier: Apache-2.0
// Guests that have been loaded; those of one bundle and one set of limits share a template (stage: load).
import type { Limits } from "../limits.js";
import type { Program } from "../turn/engine.js";
import type { GuestFile } from "./guest-file.js";
import { makeTemplate, type Template } from "./template.js";

/** Makes programs and keeps their templates. */
export class Programs {
  readonly #templates = new Map<string, Template>();

  /** A program; its template is made when it is first asked for. */
  load(guest: string, file: GuestFile, limits: Limits): Program {
    const key = `${file.digest} ${JSON.stringify(limits)}`;
    const template = (): Template => {
      const known = this.#templates.get(key) ?? makeTemplate(guest, file, limits);
      this.#templates.set(key, known);
      return known;
    };
    return { guest, file, limits, template };
  }
}
