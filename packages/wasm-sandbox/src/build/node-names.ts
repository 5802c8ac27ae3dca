// SPDX-License-Identifier: Apache-2.0
// What a guest may not import, and what to use instead (stage: build).
import { builtinModules } from "node:module";

/** Advice for Node modules that reconcilers like to import. */
const advice: ReadonlyMap<string, string> = new Map([
  [
    "fs",
    "A guest has no files. Read a ConfigMap or Secret by this.objects, or pass data in the primary.",
  ],
  ["path", "Kubernetes has no file paths; join names with a template string."],
  ["os", "A guest has no machine. Read what it needs from the primary."],
  ["net", "A guest has no network. Ask the host by this.objects."],
  ["http", "A guest has no network. Ask the host by this.objects."],
  ["https", "A guest has no network. Ask the host by this.objects."],
  ["child_process", "A guest starts no processes. Create a Job by this.objects."],
  [
    "crypto",
    "Let the host make secrets: keep the part that needs node:crypto in the host, or hash with a small library in plain JavaScript.",
  ],
  ["buffer", "Use Uint8Array, TextEncoder and TextDecoder."],
  ["timers", "Use setTimeout, or sleep() of @haversack/wasm-sandbox/guest."],
  ["util", "Use the language itself: structuredClone, JSON.stringify."],
  ["events", "Use plain callbacks; watching is the host's."],
  ["worker_threads", "A guest is one thread; the host runs guests side by side."],
  ["process", "A guest has no environment. Read what it needs from the primary."],
  ["assert", "Throw an error yourself."],
  ["stream", "Use async iteration."],
  ["url", "Split the text yourself, or bundle a URL library."],
]);

/** Packages that belong to the host, by their first name. */
const hostPackages: ReadonlyMap<string, string> = new Map([
  [
    "rxjs",
    "Event streams are the host's; declare predicates and triggers, and use async functions.",
  ],
  ["@kubernetes/client-node", "The host holds the credentials; use this.objects."],
  ["@haversack/client-node", "The host holds the credentials; use this.objects."],
]);

const builtins = new Set(builtinModules);

/** Why a module may not be in a guest, with what to do instead; `undefined` when it may. */
export function refusalOf(specifier: string): string | undefined {
  const name = specifier.replace(/^node:/, "");
  const isBuiltin = specifier.startsWith("node:") || builtins.has(name);
  const first = name.split("/")[0] ?? name;
  if (isBuiltin) {
    const what = advice.get(first) ?? "Keep the part that needs it in the host.";
    return `a guest cannot import the Node module "${specifier}". ${what}`;
  }
  if (/\.node$/.test(specifier)) {
    return `a guest cannot load the native module "${specifier}". Use one in plain JavaScript.`;
  }
  for (const [host, what] of hostPackages) {
    const isIt = specifier === host || specifier.startsWith(`${host}/`);
    if (isIt) return `a guest cannot import "${specifier}". ${what}`;
  }
  return undefined;
}
