// SPDX-License-Identifier: Apache-2.0
// A guest that tries what it should not: each part is one attempt on its host, its limits or its rules.
import {
  configMaps,
  isExpansionError,
  secrets,
  type Result,
  type SubRequest,
} from "@haversack/core";
import { serveGuest, sleep } from "../../src/guest/index.js";

/** The guest's own end of the border, which any code in it may use. */
declare const $send: (text: string) => void;

const say = (value: unknown): Result => ({
  kind: "halt",
  because: JSON.stringify(value) ?? "undefined",
});

/** What came of an attempt, as text. */
async function attempt(act: () => unknown): Promise<Result> {
  try {
    return say({ got: await act() });
  } catch (error) {
    if (isExpansionError(error)) return say({ code: error.code });
    return say({ threw: error instanceof Error ? error.name : String(error) });
  }
}

/** Asks the host for something with a kind of the guest's own making, in the name of its run. */
function forgedGet({ objects }: SubRequest, kind: object, key: object): void {
  const world = globalThis as unknown as { $send: (text: string) => void };
  const send = world.$send;
  let routing = "";
  world.$send = (text) => void ([routing = ""] = text.split("\n"));
  void objects.get(configMaps, { name: "a" });
  world.$send = send;
  send(`${routing}\n${JSON.stringify({ kind, key })}`);
}

const attempts: Record<string, (request: SubRequest) => Promise<Result>> = {
  // ── time ──
  loop: async () => {
    for (;;);
  },
  regex: () => attempt(() => /^(a+)+$/.test(`${"a".repeat(40)}!`)),
  promises: async () => {
    const chain = (): Promise<void> => Promise.resolve().then(chain);
    await chain();
    return say("never");
  },
  fanOut: async () => {
    const more = (): void => void Promise.resolve().then(more).then(more);
    more();
    await sleep(1);
    return say("never");
  },
  sort: () =>
    attempt(
      () => Array.from({ length: 3e5 }, (_, index) => `${(index * 7919) % 1e6}`).sort().length,
    ),
  // ── memory ──
  arrays: () =>
    attempt(() => {
      const kept: number[][] = [];
      for (;;) kept.push(new Array<number>(10_000).fill(1));
    }),
  strings: () =>
    attempt(() => {
      let text = "x";
      for (;;) text += text + Math.random();
    }),
  buffers: () => attempt(() => new ArrayBuffer(2 ** 30).byteLength),
  recursion: () =>
    attempt(() => {
      const deeper = (n: number): number => 1 + deeper(n + 1);
      return deeper(0);
    }),
  deepJson: () => attempt(() => JSON.parse("[".repeat(200_000)) as unknown),
  // ── the border ──
  flood: async () => {
    for (;;) $send('{"t":"log","level":"info"}\n{"message":"x"}');
  },
  bigText: async () => {
    const megabyte = "x".repeat(2 ** 20);
    for (let turn = 0; turn < 20; turn += 1) console.log(megabyte);
    return say("sent");
  },
  garbage: async () => {
    $send("this is no JSON");
    await sleep(1);
    return say("never");
  },
  unknownSort: async () => {
    $send('{"t":"exit","id":1}');
    await sleep(1);
    return say("never");
  },
  badResult: async () => ({ kind: "requeue", afterMs: Number.POSITIVE_INFINITY }),
  endsOthers: async () => {
    $send('{"t":"done","id":424242}\n{"kind":"done"}');
    return say("sent");
  },
  calls: async ({ objects }) => {
    for (let turn = 0; turn < 80; turn += 1) {
      void objects.get(configMaps, { namespace: "prod", name: `n${turn}` });
    }
    await sleep(1);
    return say("never");
  },
  timers: async () => {
    for (let turn = 0; turn < 1200; turn += 1) setTimeout(() => undefined, 1e9);
    await sleep(1);
    return say("never");
  },
  // ── rules ──
  otherKind: ({ objects }) =>
    attempt(() => objects.get(secrets, { namespace: "prod", name: "token" })),
  otherNamespace: ({ objects }) =>
    attempt(() => objects.get(configMaps, { namespace: "kube-system", name: "a" })),
  everyNamespace: ({ objects }) => attempt(() => objects.list(configMaps)),
  otherVerb: ({ objects }) =>
    attempt(() => objects.delete(configMaps, { metadata: { namespace: "prod", name: "a" } })),
  otherPath: ({ objects }) =>
    attempt(() =>
      objects.apply(configMaps, {
        metadata: { namespace: "prod", name: "a", finalizers: ["example.com/mine"] },
        data: {},
      }),
    ),
  otherManager: ({ objects }) =>
    attempt(() =>
      objects
        .as("somebody")
        .apply(configMaps, { metadata: { namespace: "prod", name: "a" }, data: { a: "1" } }),
    ),
  pathTrick: ({ objects }) =>
    attempt(() =>
      objects.get(configMaps, { namespace: "prod/../kube-system", name: "../../secrets/a" }),
    ),
  namespaceArray: ({ objects }) =>
    attempt(() => objects.get(configMaps, { namespace: ["kube-system"] as never, name: "a" })),
  plural: async (request) => {
    // A kind that is granted, with the URL of one that is not.
    forgedGet(
      request,
      { group: "", version: "v1", kind: "ConfigMap", plural: "secrets" },
      { namespace: "prod", name: "a" },
    );
    await sleep(1);
    return say("sent");
  },
  inherited: async (request) => {
    forgedGet(
      request,
      { group: "", version: "v1", kind: "__proto__" },
      { namespace: "prod", name: "a" },
    );
    await sleep(1);
    return say("sent");
  },
  hidden: ({ objects }) =>
    attempt(
      async () => (await objects.get(configMaps, { namespace: "prod", name: "a" }))?.data ?? "none",
    ),
  events: ({ objects, primary }) =>
    attempt(() =>
      objects.event(configMaps, primary, { type: "Normal", reason: "R", message: "m" }),
    ),
  lock: (request) => attempt(() => request.exclusive("all")),
  // ── the host's world ──
  names: async () => {
    const wanted = [
      "process",
      "require",
      "module",
      "global",
      "Buffer",
      "fetch",
      "WebAssembly",
      "Deno",
      "std",
      "os",
    ];
    return say(wanted.filter((name) => name in globalThis));
  },
  imports: () =>
    attempt(() => (new Function("return import('node:fs')") as () => Promise<unknown>)()),
  constructors: () =>
    attempt(() => {
      const made = $send.constructor as FunctionConstructor;
      return made("return typeof process + typeof require + typeof globalThis.$host")() as unknown;
    }),
  pollution: () =>
    attempt(() => {
      Object.defineProperty(Object.prototype, "polluted", { value: "yes", configurable: true });
      Array.prototype.map = (() => ["hijacked"]) as never;
      JSON.stringify = (() => '{"t":"done","id":1}') as never;
      return ({} as Record<string, unknown>)["polluted"];
    }),
  fine: async () => say("fine"),
};

serveGuest({ parts: Object.entries(attempts).map(([name, reconcile]) => ({ name, reconcile })) });
