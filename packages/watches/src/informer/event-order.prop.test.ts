// SPDX-License-Identifier: Apache-2.0
// Test number one of the informer: whatever the stream does, nobody is told the past (stage 1).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { compareVersions, type KubernetesObject, type WatchEvent } from "@haversack/core";
import { configMap, given } from "../../test/informer/given.js";
import { failure, line, ScriptedServer, type Body } from "../../test/informer/scripted-server.js";

const names = ["a", "b", "c"] as const;

/** One thing that happens to the cluster or to the connection. */
type Step =
  | { readonly do: "put" | "remove"; readonly name: string }
  /** Sends what is pending, shuffled and with doubles. */
  | { readonly do: "flush"; readonly order: readonly number[]; readonly twice: boolean }
  /** Ends the stream; what is pending is lost and only resuming can bring it. */
  | { readonly do: "end" | "cut" | "half line" | "garbage" | "expire" | "compact" };

const name = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put" as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("flush" as const),
      order: fc.array(fc.nat(20), { maxLength: 12 }),
      twice: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "end" as const,
        "cut" as const,
        "half line" as const,
        "garbage" as const,
        "expire" as const,
        "compact" as const,
      ),
    }),
  },
);

describe("informer under reordered, doubled and cut streams", () => {
  it.each(["parsed", "lazy"] as const)(
    "tells no object's past and ends with its newest state (%s bodies)",
    async (bodies) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => run(steps, bodies)),
        { numRuns: 200 },
      );
    },
    60_000,
  );
});

async function run(steps: readonly Step[], bodies: "parsed" | "lazy"): Promise<void> {
  const server = new ScriptedServer();
  const { clock, lease } = await given({ server, options: { bodies } });
  const checker = new OrderChecker();
  lease.subscribe({ stage: "index", onEvent: (event) => checker.take(event) });
  await clock.advance(0);
  let pending: string[] = [];
  let uids = 0;
  for (const step of steps) {
    switch (step.do) {
      case "put": {
        const isNew = !server.objects.has(`prod/${step.name}`);
        const more = isNew ? { uid: `u${uids++}` } : {};
        const body = server.put(configMap(step.name, {}, more), { silent: true });
        pending.push(line(isNew ? "ADDED" : "MODIFIED", body));
        break;
      }
      case "remove": {
        const before = server.objects.get(`prod/${step.name}`);
        if (before === undefined) break;
        server.remove(before, { silent: true });
        pending.push(line("DELETED", deletedAt(before, server.version)));
        break;
      }
      case "flush":
        for (const text of shuffled(pending, step.order, step.twice)) server.open.send(text);
        pending = [];
        break;
      default:
        disturb(server, step.do, pending);
        pending = [];
    }
    await clock.advance(step.do === "flush" ? 0 : 2_000);
  }
  // What was neither sent nor asked for again comes when the connection does.
  server.open.end();
  await clock.advance(120_000);
  checker.expectEnd(server, [...lease.values()]);
  lease.release();
  expect(clock.pending).toBe(0);
}

function disturb(server: ScriptedServer, what: string, pending: readonly string[]): void {
  const { open } = server;
  if (what === "half line") open.send((pending[0] ?? line("ADDED", configMap("x"))).slice(0, 50));
  if (what === "garbage") open.send('{"type":"MODIFIED","object":{"metadata":{]\n');
  if (what === "compact") server.compact();
  if (what === "expire") {
    server.faults.watch.push(failure(410));
    open.end();
  } else if (what === "cut") open.cut(failure(500));
  else open.end();
}

function deletedAt(body: Body, version: number): Body {
  return { ...body, metadata: { ...body.metadata, resourceVersion: String(version) } };
}

function shuffled(lines: readonly string[], order: readonly number[], twice: boolean): string[] {
  const mixed = [...lines];
  for (const [index, swap] of order.entries()) {
    if (mixed.length < 2) break;
    const left = index % mixed.length;
    const right = swap % mixed.length;
    [mixed[left], mixed[right]] = [mixed[right] ?? "", mixed[left] ?? ""];
  }
  return twice ? [...mixed, ...mixed] : mixed;
}

/** Follows every object through its events. */
class OrderChecker {
  readonly #now = new Map<string, KubernetesObject>();
  readonly #versions = new Map<string, string>();
  readonly #problems: string[] = [];
  #isTelling = false;

  /** Collects, since what a handler throws reaches nobody but the log. */
  take(event: WatchEvent<KubernetesObject>): void {
    if (this.#isTelling) this.#problems.push("two events at a time");
    this.#isTelling = true;
    const object = event.new ?? event.old;
    const { name: key = "", resourceVersion: version = "" } = object?.metadata ?? {};
    const before = this.#now.get(key);
    const known = this.#versions.get(key);
    const said = `${event.type} ${key}@${version}`;
    if ((compareVersions(version, known) ?? 0) < 0) this.#problems.push(`${said} after ${known}`);
    if ((event.type === "added") !== (before === undefined)) {
      this.#problems.push(`${said} while it was ${before === undefined ? "absent" : "present"}`);
    }
    if (event.old?.metadata.uid !== before?.metadata.uid) this.#problems.push(`${said}: other uid`);
    if (event.type === "modified" && event.old !== before)
      this.#problems.push(`${said}: other old`);
    this.#versions.set(key, version);
    if (event.new === undefined) this.#now.delete(key);
    else this.#now.set(key, event.new);
    this.#isTelling = false;
  }

  expectEnd(server: ScriptedServer, cached: readonly KubernetesObject[]): void {
    expect(this.#problems).toEqual([]);
    const wanted = [...server.objects.values()].map(identityOf).sort();
    expect(cached.map(identityOf).sort()).toEqual(wanted);
    expect([...this.#now.values()].map(identityOf).sort()).toEqual(wanted);
  }
}

function identityOf(object: {
  readonly metadata: KubernetesObject["metadata"] | Body["metadata"];
}): string {
  const { name: key, uid, resourceVersion } = object.metadata;
  return `${key} ${uid} ${resourceVersion}`;
}
