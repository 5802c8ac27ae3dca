// SPDX-License-Identifier: Apache-2.0
// A server with a data folder that is killed at any moment under load: nothing acknowledged is lost,
// and no revision is ever told twice.
import { request, Agent } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { compileServer, startProcess } from "../test/server-process.js";
import type { CompiledServer, ServerProcess } from "../test/server-process.js";

/** Rounds of load, kill and check; the project's proof is a run of 100. */
const rounds = Number(process.env["HAVERSACK_CRASH_ROUNDS"] ?? 6);
const seed = Number(process.env["HAVERSACK_CRASH_SEED"] ?? Date.now() % 1_000_000);

/** Lanes that write at the same time, each its own objects. */
const lanes = 8;
const perLane = 5;

/** Numbers from 0 to 1 from a seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Answer {
  readonly status: number;
  readonly body: { metadata?: { resourceVersion?: string }; data?: { n?: string } };
}

/** What a lane knows of one of its objects. */
interface Known {
  /** Value of the last acknowledged write; undefined: the object is not there. */
  acknowledged: string | undefined;
  /** What a write without an answer may have made of it. */
  possible: (string | undefined)[];
}

class Load {
  readonly objects = new Map<string, Known>();
  /** Largest revision that any answer or event told. */
  told = 0;
  acknowledgedWrites = 0;
  readonly #agent = new Agent({ keepAlive: true });
  #count = 0;
  #goal = Infinity;
  #reached: () => void = () => undefined;

  /** Resolves after so many more acknowledged writes. */
  more(writes: number): Promise<void> {
    this.#goal = this.acknowledgedWrites + writes;
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }

  call(url: string, method: string, path: string, body?: object): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const options = { method, agent: this.#agent, headers: { "content-type": type } };
    return new Promise((resolve, reject) => {
      const call = request(url + path, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString();
          try {
            this.#see(answer);
            resolve({
              status: response.statusCode ?? 0,
              body: JSON.parse(answer) as Answer["body"],
            });
          } catch (error) {
            reject(error as Error);
          }
        });
      });
      call.on("error", reject);
      call.end(text);
    });
  }

  /** Watches until the server is gone; what it is told counts as told. */
  watch(url: string): Promise<void> {
    return new Promise((resolve) => {
      const call = request(`${url}${collection}?watch=1`, { agent: false }, (response) => {
        let line = "";
        response.on("data", (chunk: Buffer) => {
          const parts = (line + chunk.toString()).split("\n");
          line = parts.pop() ?? "";
          for (const part of parts) this.#see(part);
        });
        response.on("close", resolve);
        response.on("error", () => resolve());
      });
      call.on("error", () => resolve());
      call.end();
    });
  }

  #see(text: string): void {
    for (const [, revision] of text.matchAll(/"resourceVersion":"(\d+)"/g)) {
      this.told = Math.max(this.told, Number(revision));
    }
  }

  /** Writes until the server is gone. */
  async lane(url: string, index: number, random: () => number): Promise<void> {
    for (;;) {
      const name = `l${index}-${Math.floor(random() * perLane)}`;
      const known = this.objects.get(name) ?? { acknowledged: undefined, possible: [] };
      this.objects.set(name, known);
      const exists = known.acknowledged !== undefined;
      const deletes = exists && random() < 0.2;
      const value = deletes ? undefined : `${(this.#count += 1)}`;
      known.possible = [value];
      try {
        const answer = await this.#write(url, name, exists, value);
        if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
      } catch (error) {
        if (isGone(error)) return;
        throw error;
      }
      known.acknowledged = value;
      known.possible = [];
      this.acknowledgedWrites += 1;
      if (this.acknowledgedWrites >= this.#goal) this.#reached();
    }
  }

  #write(url: string, name: string, exists: boolean, n: string | undefined): Promise<Answer> {
    const path = `${collection}/${name}`;
    if (n === undefined) return this.call(url, "DELETE", path);
    const data = { n, filler: "x".repeat(200) };
    if (exists) return this.call(url, "PATCH", path, { data });
    return this.call(url, "POST", collection, { metadata: { name }, data });
  }

  /** Compares what is there with what was acknowledged; what was not may have happened or not. */
  async check(url: string): Promise<void> {
    const list = await this.call(url, "GET", collection);
    const items = (
      list.body as unknown as { items: { metadata: { name: string }; data: { n: string } }[] }
    ).items;
    const found = new Map(items.map((item) => [item.metadata.name, item.data.n]));
    for (const [name, known] of this.objects) {
      const value = found.get(name);
      const allowed = [known.acknowledged, ...known.possible];
      if (!allowed.includes(value)) {
        throw new Error(
          `${name} is ${String(value)}, acknowledged was ${String(known.acknowledged)}`,
        );
      }
      known.acknowledged = value;
      known.possible = [];
    }
    for (const name of found.keys()) expect(this.objects.has(name)).toBe(true);
  }
}

const collection = "/api/v1/namespaces/default/configmaps";

const isGone = (error: unknown): boolean =>
  ["ECONNRESET", "ECONNREFUSED", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");

describe("a server that is killed under load", () => {
  let compiled: CompiledServer;
  let folder: string;
  let server: ServerProcess | undefined;
  beforeAll(() => {
    compiled = compileServer();
    folder = mkdtempSync(join(tmpdir(), "haversack-crash-"));
  });
  afterAll(async () => {
    await server?.kill();
    compiled.remove();
    rmSync(folder, { recursive: true });
  });

  it(
    `loses nothing that it acknowledged, over ${rounds} rounds (seed ${seed})`,
    async () => {
      const random = randomFrom(seed);
      const load = new Load();
      // Short files: they are written anew all the time, and a kill hits that as well.
      const args = ["--data-dir", folder, "--compact-bytes", "30000"];
      for (let round = 0; round < rounds; round++) {
        const started = await startProcess(compiled, args);
        server = started;
        const told = load.told;
        await load.check(started.url);
        // The first new revision is beyond everything that was ever told.
        const probe = await load.call(started.url, "POST", collection, {
          metadata: { name: `probe-${round}` },
          data: { n: "0" },
        });
        expect(Number(probe.body.metadata?.resourceVersion)).toBeGreaterThan(told);
        load.objects.set(`probe-${round}`, { acknowledged: "0", possible: [] });
        const watching = load.watch(started.url);
        const writing = Array.from({ length: lanes }, (_, index) =>
          load.lane(started.url, index, random),
        );
        await load.more(1 + Math.floor(random() * 300));
        await started.kill();
        await Promise.all([...writing, watching]);
      }
      server = await startProcess(compiled, args);
      await load.check(server.url);
      expect(load.acknowledgedWrites).toBeGreaterThan(rounds * 20);
      expect(await server.stop()).toBe(0);
      server = undefined;
    },
    60_000 + rounds * 10_000,
  );

  it("stops cleanly when it is told to at the moment of its ready line", async () => {
    const started = await startProcess(compiled, []);
    expect(await started.stop()).toBe(0);
  });
});
