// SPDX-License-Identifier: Apache-2.0
// withFaults(): every fault on requests and watches, rules, random scripts, crashes.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { configMaps, objectPath, resourcePath, type ApiClient } from "@haversack/core";
import { FakeClock } from "../clock/fake-clock.js";
import { startCluster, type TestCluster } from "../cluster/start-cluster.js";
import { seededRandom } from "../random.js";
import { brief, readWatch, type ReadWatch } from "../../test/read-stream.js";
import type { Fault } from "./fault.js";
import { FaultScript, randomFaults } from "./fault-script.js";
import { withFaults } from "./with-faults.js";

let cluster: TestCluster;
let clock: FakeClock;
let namespace: string;

beforeEach(async () => {
  clock = new FakeClock();
  cluster = await startCluster({ clock, backend: "embedded" });
  namespace = await cluster.namespace();
});
afterEach(() => cluster.close());

const create = (client: ApiClient, name: string): Promise<unknown> =>
  client.request({
    method: "POST",
    path: resourcePath(configMaps, { namespace }),
    body: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } }),
  });
const exists = async (name: string): Promise<boolean> =>
  (await cluster.get(configMaps, { namespace, name })) !== undefined;
const struck = (fault: Fault): ApiClient =>
  withFaults(cluster.client, new FaultScript([{ fault, times: 1 }]), { clock });
/** A watch on the test's namespace alone, from now on. */
const watchWith = async (fault: Fault): Promise<ReadWatch> => {
  const { metadata } = await listNow();
  return readWatch(struck(fault), configMaps, {
    resourceVersion: metadata.resourceVersion,
    fieldSelector: `metadata.namespace=${namespace}`,
  });
};
const listNow = async (): Promise<{ metadata: { resourceVersion: string } }> => {
  const path = resourcePath(configMaps);
  const { body } = await cluster.admin.request({ method: "GET", path });
  return JSON.parse(Buffer.from(body).toString()) as { metadata: { resourceVersion: string } };
};

describe("withFaults() on requests", () => {
  it.each([
    [{ type: "status", code: 429, retryAfterSeconds: 3 }, "EXP_THROTTLED", { afterMs: 3_000 }],
    [{ type: "status", code: 500 }, "EXP_SERVER", "backoff"],
    [{ type: "status", code: 503 }, "EXP_SERVER", "backoff"],
    [{ type: "status", code: 409 }, "EXP_CONFLICT", "backoff"],
    [{ type: "status", code: 409, reason: "AlreadyExists" }, "EXP_ALREADY_EXISTS", "backoff"],
    [{ type: "status", code: 422 }, "EXP_INVALID", "never"],
    [{ type: "expired" }, "EXP_EXPIRED", "backoff"],
    [{ type: "reset" }, "EXP_CONNECTION", "backoff"],
  ] as [Fault, string, unknown][])(
    "answers %j with its typed error and asks the server nothing",
    async (fault, code, retry) => {
      const client = struck(fault);
      await expect(create(client, "a")).rejects.toMatchObject({ code, retry });
      expect(await exists("a")).toBe(false);
      expect(cluster.requests.count()).toBe(0);
      await create(client, "a"); // Struck once, then healthy.
      expect(await exists("a")).toBe(true);
    },
  );

  it("lets the server act and loses its answer", async () => {
    const client = struck({ type: "lostAnswer" });
    await expect(create(client, "a")).rejects.toMatchObject({
      code: "EXP_TIMEOUT",
      outcome: "unknown",
    });
    expect(await exists("a")).toBe(true);
  });

  it("delays on the clock, and a further fault still strikes after the delay", async () => {
    const script = new FaultScript([
      { fault: { type: "delay", ms: 2_000 }, times: 1 },
      { fault: { type: "status", code: 500 }, times: 1 },
    ]);
    const client = withFaults(cluster.client, script, { clock });
    let code = "";
    const answered = create(client, "a").catch((error: { code: string }) => (code = error.code));
    await clock.advance(1_999);
    expect(code).toBe("");
    await clock.advance(1);
    await answered;
    expect(code).toBe("EXP_SERVER");
  });

  it("hangs until the time limit", async () => {
    const client = struck({ type: "hang" });
    const path = resourcePath(configMaps);
    const check = expect(
      client.request({ method: "GET", path, timeoutMs: 1_000 }),
    ).rejects.toMatchObject({ code: "EXP_TIMEOUT" });
    await clock.advance(1_000);
    await check;
  });

  it("answers with a body of the test's choice", async () => {
    const body = Buffer.from('{"items":[]}');
    const answer = await struck({ type: "answer", body }).request({
      method: "GET",
      path: resourcePath(configMaps),
    });
    expect(answer).toMatchObject({ status: 200, body });
    expect(cluster.requests.count()).toBe(0);
  });

  it("answers a list that is read as a stream with the fault of a request", async () => {
    const path = resourcePath(configMaps);
    const expired = struck({ type: "expired" }).stream({ method: "GET", path });
    await expect(expired).rejects.toMatchObject({ code: "EXP_EXPIRED" });
    const body = Buffer.from('{"items":[]}');
    const { chunks } = await struck({ type: "answer", body }).stream({ method: "GET", path });
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    expect(Buffer.concat(parts)).toEqual(body);
  });

  it("strikes only what its match means, after as many as it lets through", async () => {
    const script = new FaultScript();
    const rule = script.add({
      match: { resource: "configmaps", verb: ["create"], isWrite: true, namespace },
      after: 1,
      times: 1,
      fault: { type: "status", code: 409 },
    });
    const other = script.add({ match: { resource: "secrets" }, fault: { type: "reset" } });
    const client = withFaults(cluster.client, script, { clock });
    await client.request({ method: "GET", path: resourcePath(configMaps) });
    await create(client, "a");
    await expect(create(client, "b")).rejects.toMatchObject({ code: "EXP_CONFLICT" });
    await create(client, "b");
    expect([rule.hits, other.hits]).toEqual([1, 0]);
    expect(script.hits).toMatchObject([{ target: { verb: "create", resource: "configmaps" } }]);
    other.remove();
    script.add({ fault: { type: "reset" } });
    script.clear();
    await create(client, "c");
  });

  it("repeats a random script exactly for the same seed, and ends it after its times", async () => {
    const run = async (seed: number): Promise<string> => {
      const faults: Fault[] = [{ type: "reset" }, { type: "status", code: 500 }];
      const rule = randomFaults({ random: seededRandom(seed), rate: 0.5, faults, times: 6 });
      const client = withFaults(cluster.client, new FaultScript([rule]), { clock });
      let outcome = "";
      for (let index = 0; index < 30; index++) {
        const path = objectPath(configMaps, { namespace: "default", name: "kube-root-ca.crt" });
        const mark = await client.request({ method: "GET", path }).then(
          () => ".",
          (error: { code: string }) => (error.code === "EXP_NOT_FOUND" ? "." : error.code.at(4)),
        );
        outcome += mark;
      }
      return outcome;
    };
    const first = await run(7);
    expect(await run(7)).toBe(first);
    expect(await run(8)).not.toBe(first);
    expect([...first].filter((mark) => mark !== ".")).toHaveLength(6);
  });

  it("is dead after a crash: it answers nothing more, and its watches break", async () => {
    const script = new FaultScript();
    const client = withFaults(cluster.client, script, { clock });
    const watch = await readWatch(client, configMaps);
    script.add({
      match: { isWrite: true },
      after: 1,
      fault: { type: "crash", when: "after" },
    });
    await create(client, "a");
    await expect(create(client, "b")).rejects.toMatchObject({ code: "EXP_CRASH", retry: "never" });
    expect(await exists("b")).toBe(true);
    await expect(create(client, "c")).rejects.toMatchObject({ code: "EXP_CRASH" });
    await expect(readWatch(client, configMaps)).rejects.toMatchObject({ code: "EXP_CRASH" });
    await watch.done;
    expect(watch.ended).toMatchObject({ code: "EXP_CRASH" });
    expect(script.hasCrashed).toBe(true);
    expect(await exists("c")).toBe(false);
  });

  it("crashes before a write without the server hearing of it", async () => {
    const client = struck({ type: "crash", when: "before" });
    await expect(create(client, "a")).rejects.toMatchObject({ code: "EXP_CRASH" });
    expect(await exists("a")).toBe(false);
  });
});

describe("withFaults() on watches", () => {
  const writeThree = async (): Promise<void> => {
    for (const name of ["a", "b", "c"]) await create(cluster.client, name);
    await clock.settle();
  };

  it("ends a watch in the middle of a line", async () => {
    const watch = await watchWith({ type: "eof", afterLines: 1, inLine: true });
    await writeThree();
    expect(brief(watch)).toEqual(["ADDED a"]);
    expect(watch.ended).toBe("closed");
    expect(watch.rest.length).toBeGreaterThan(10);
  });

  it("cuts a watch after so many lines", async () => {
    const watch = await watchWith({ type: "cut", afterLines: 2 });
    await writeThree();
    expect(brief(watch)).toEqual(["ADDED a", "ADDED b"]);
    expect(watch.ended).toMatchObject({ code: "EXP_CONNECTION" });
  });

  it("keeps a half-open watch open and silent until it is closed", async () => {
    const watch = await watchWith({ type: "halfOpen", afterLines: 1 });
    await writeThree();
    await clock.advance(3_600_000);
    expect(brief(watch)).toEqual(["ADDED a"]);
    expect(watch.ended).toBeUndefined();
    watch.stream.close();
    await watch.done;
    expect(watch.ended).toBe("closed");
  });

  it("tells 410 inside the stream, and ends or stays open after it", async () => {
    const ends = await watchWith({ type: "expired", afterLines: 1 });
    const stays = await watchWith({ type: "expired", afterLines: 1, staysOpen: true });
    await writeThree();
    expect([brief(ends), ends.ended]).toEqual([["ADDED a", "ERROR 410"], "closed"]);
    expect([brief(stays), stays.ended]).toEqual([["ADDED a", "ERROR 410"], undefined]);
    stays.stream.close();
  });

  it("repeats lines", async () => {
    const watch = await watchWith({ type: "duplicate", every: 2 });
    await writeThree();
    expect(brief(watch)).toEqual(["ADDED a", "ADDED b", "ADDED b", "ADDED c"]);
    watch.stream.close();
  });

  it("reorders lines within a window, and lets none wait for ever", async () => {
    const watch = await watchWith({ type: "reorder", window: 2, holdMs: 50 });
    await writeThree();
    expect(brief(watch)).toEqual(["ADDED b", "ADDED a"]);
    await clock.advance(50);
    expect(brief(watch)).toEqual(["ADDED b", "ADDED a", "ADDED c"]);
    watch.stream.close();
    await clock.settle();
    clock.assertNoTimers();
  });

  it("cuts and freezes watches that are open already", async () => {
    const one = await readWatch(cluster.client, configMaps);
    const two = await readWatch(cluster.client, configMaps);
    await clock.settle();
    expect(cluster.faults.freezeStreams({ resource: "secrets" })).toBe(0);
    expect(cluster.faults.freezeStreams({ resource: "configmaps" })).toBe(2);
    const before = one.lines.length;
    await writeThree();
    expect([one.lines.length, two.lines.length]).toEqual([before, before]);
    expect(cluster.faults.cutStreams()).toBe(2);
    await one.done;
    expect(one.ended).toMatchObject({ code: "EXP_CONNECTION" });
    expect(cluster.faults.cutStreams()).toBe(0);
    await two.done;
  });
});
