// SPDX-License-Identifier: Apache-2.0
// From an entry file to a guest: one bundle, compiled to bytecode, named by its content (stage: build).
import type { Message } from "esbuild";
import { existsSync } from "node:fs";
import { ConfigurationError } from "@haversack/core";
import { compileBundle, makeTemplate, type Template } from "../load/template.js";
import { digestOf, encodeGuestFile, type GuestFile } from "../load/guest-file.js";
import { guestBinary } from "../load/guest-binary.js";
import { sourceTsconfig } from "../source-tree.js";
import { limitsOf } from "../limits.js";
import { EmbeddedInstance, withModule } from "../turn/embedded.js";
import { guestPackages, ownFile } from "./host-packages.js";

/** What {@link buildGuest} is told. */
export interface BuildGuestOptions {
  /** The file that calls `serveGuest`. */
  readonly entry: string;
  /** Default true. */
  readonly minify?: boolean;
  /** A tsconfig with `paths`, for monorepos. */
  readonly tsconfig?: string;
}

/** A built guest and its sizes. */
export interface BuiltGuest extends GuestFile {
  /** What is written to disk. */
  readonly bytes: Uint8Array;
  readonly sourceBytes: number;
  readonly bytecodeBytes: number;
}

/**
 * Builds a guest: bundles an entry file with all it imports, with the guest's packs in the place of
 * the host's, and compiles it to bytecode of this package's guest binary.
 *
 * **API requests:** 0. **Guarantees:** equal sources give equal bytes; rxjs, client-node and Node
 * itself are never inside; the bundle has been run once.
 *
 * @throws {@link ConfigurationError} for an import that a guest cannot have, with what to use
 * instead, and for a bundle that throws when it is loaded. Terminal.
 * @example
 * ```ts
 * const { bytes, digest } = await buildGuest({ entry: "src/guest.ts" });
 * ```
 */
export async function buildGuest(options: BuildGuestOptions): Promise<BuiltGuest> {
  const source = await bundle(options);
  const limits = limitsOf();
  const name = options.entry;
  const bytecode = compileBundle(name, source, limits);
  const { digest: binaryDigest } = guestBinary();
  const file = { digest: digestOf(source), binaryDigest, names: [] as string[], source, bytecode };
  const names = namesOf(name, file);
  const guest: GuestFile = { ...file, names };
  return {
    ...guest,
    bytes: encodeGuestFile(guest),
    sourceBytes: Buffer.byteLength(source),
    bytecodeBytes: bytecode.length,
  };
}

async function bundle(options: BuildGuestOptions): Promise<string> {
  const { minify = true, tsconfig = sourceTsconfig } = options;
  const entry = entryOf(options);
  const { build } = await import("esbuild");
  try {
    const { outputFiles } = await build({
      ...{ entryPoints: [entry], bundle: true, write: false, format: "iife", target: "es2023" },
      ...{ platform: "neutral", mainFields: ["module", "main"], conditions: ["import"] },
      ...{ charset: "utf8", legalComments: "none", logLevel: "silent", keepNames: true },
      minify,
      inject: [ownFile("guest/inject")],
      plugins: [guestPackages(tsconfig)],
      ...(tsconfig === undefined ? {} : { tsconfig }),
    });
    return outputFiles[0]?.text ?? "";
  } catch (cause) {
    const { errors = [] } = cause as { errors?: readonly Message[] };
    const reasons = errors.map(({ text, location }) =>
      location === null ? text : `${location.file}:${location.line}: ${text}`,
    );
    const why = reasons.length > 0 ? reasons.join("\n") : String(cause);
    throw new ConfigurationError(`cannot build the guest ${entry}: ${why}`, { cause });
  }
}

/** The entry; of `./guest.js` the source beside it, where nothing was compiled. */
function entryOf({ entry }: BuildGuestOptions): string {
  const source = entry.replace(/\.js$/, ".ts");
  return !existsSync(entry) && existsSync(source) ? source : entry;
}

/** Runs the bundle once and asks it what it offers. */
function namesOf(guest: string, file: GuestFile): readonly string[] {
  const limits = limitsOf();
  let template: Template | undefined;
  const program = {
    ...{ guest, file, limits },
    template: () => (template ??= makeTemplate(guest, file, limits)),
  };
  const instance = new EmbeddedInstance(withModule(program));
  const { texts } = instance.turnNow(JSON.stringify({ t: "describe", now: 0 }), 0);
  const [, body = "{}"] = texts[0]?.split("\n") ?? [];
  const { names = [] } = JSON.parse(body) as { names?: readonly string[] };
  if (names.length > 0) return names;
  throw new ConfigurationError(
    `cannot build the guest ${guest}: it offers nothing. Call serveGuest({ parts, reconcilers }) in it.`,
  );
}
