// SPDX-License-Identifier: Apache-2.0
// Bad input on the whole path: each gives a clear error that names the object and what to do, nothing
// is lost, nothing else stops.
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  Reconciler,
  byLabel,
  configMaps,
  connect,
  createClient,
  defineKind,
  expand,
  secrets,
  startReconciler,
  withWatches,
  type ApiClient,
  type KubernetesObject,
  type ReconcileRequest,
} from "haversack";
import { FakeClock, startCluster, type TestCluster } from "../src/index.js";
import { cluster, stage, start } from "./bad-input-stage.js";
import { prod, shop, shopDefinition, shops, type Shop } from "./shop-operator.js";
import type { Stage } from "./stage.js";
import { memoryLogger, type LogLine, type StageOptions } from "./stage.js";

describe("a server that is not there", () => {
  it("is named in the log, waited for, and used when it comes", async () => {
    const made = await cluster();
    const down = made.at.faults.add({ fault: { type: "reset" } });
    const seen: string[] = [];
    class Watcher extends expand(Reconciler.of(shops), withWatches({})) {
      override reconcile({ primary }: ReconcileRequest<Shop>): Promise<void> {
        seen.push(primary.metadata.name);
        return Promise.resolve();
      }
    }
    const running = start(new Watcher(), made);
    await made.at.apply(shop("a"));
    await made.clock.advance(300_000);
    expect(made.logged[0]?.message).toContain(made.at.access.url);
    expect(made.logged[0]?.message).toMatch(/Check that the server runs/);
    expect(made.logged.length).toBeLessThanOrEqual(3); // Not a line for each try.
    expect(down.hits).toBeLessThanOrEqual(40);
    down.remove();
    await made.clock.advance(60_000);
    await running.ready;
    expect(seen).toEqual(["a"]);
  });

  it("is named by the real client, with what to do", async () => {
    const client = createClient({ server: "http://127.0.0.1:1", token: "t" });
    await expect(client.request({ method: "GET", path: "/version" })).rejects.toMatchObject({
      code: "EXP_CONNECTION",
      message: expect.stringMatching(/127\.0\.0\.1:1.*Check that/),
    });
    await client.close();
  });

  it("is told apart from a kubeconfig that is not there", async () => {
    const missing = connect({ kubeConfigFile: "/nowhere/config" });
    await expect(missing).rejects.toThrow(/\/nowhere\/config/);
  });
});

describe("a watch that is forbidden", () => {
  it("is named with the right that is missing, and the reconciler works without it", async () => {
    const at = await stage({ isStarted: false });
    at.cluster.faults.add({
      match: { resource: "services", verb: ["list", "watch"] },
      fault: { type: "status", code: 403, message: 'cannot list resource "services"' },
    });
    await at.start();
    await at.running.ready;
    const { message } = at.logged.find((line) => /services/.test(line.message)) ?? { message: "" };
    expect(message).toMatch(/cannot list resource "services".*Grant the right/);
    await at.advance(1_000);
    expect(await at.status("a")).toEqual({ color: "red", shelves: 1 });
  });
});

describe("a kind that is not served", () => {
  it("crashes nothing, is reported, and comes into use when its definition appears", async () => {
    const made = await cluster();
    const gadgets = defineKind("later.example.com/v1", "Gadget");
    const passes: string[] = [];
    class Early extends expand(
      Reconciler.of(shops),
      withWatches({ owns: [configMaps], watches: [{ kind: gadgets, by: byLabel("shop") }] }),
    ) {
      override reconcile({ reasons }: ReconcileRequest<Shop>): Promise<void> {
        passes.push(reasons.map(({ source }) => source).join());
        return Promise.resolve();
      }
    }
    await made.at.apply(shop("a"));
    const running = start(new Early(), made);
    await made.clock.advance(1_000);
    await running.ready;
    expect(passes).toHaveLength(1);
    expect(made.logged.map(({ message }) => message).join()).toMatch(/gadgets/);
    const definition = JSON.parse(
      JSON.stringify(shopDefinition)
        .replaceAll("shops", "gadgets")
        .replaceAll("Shop", "Gadget")
        .replaceAll("shop", "gadget")
        .replaceAll("example.com", "later.example.com"),
    ) as KubernetesObject;
    const gadget = {
      apiVersion: "later.example.com/v1",
      kind: "Gadget",
      metadata: { namespace: "prod", name: "g", labels: { shop: "a" } },
      spec: { color: "red" },
    } as KubernetesObject;
    await made.at.apply([definition, gadget]);
    await made.clock.advance(30_000);
    expect(passes.length).toBeGreaterThan(1);
    expect(passes.at(-1)).toMatch(/Gadget/);
  });
});

describe("a predicate that throws", () => {
  it("lets the event through and is named in the log", async () => {
    const failing = (): boolean => {
      throw new RangeError("predicate out of order");
    };
    const at = await stage({ shops: { watches: { primary: failing } } });
    await at.cluster.apply(shop("a", { color: "blue" }));
    await at.advance(1_000);
    expect(await at.status("a")).toMatchObject({ color: "blue" });
    const said = at.logged.map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`);
    expect(said.join("\n")).toMatch(/predicate out of order/);
  });
});

describe("a reconcile that", () => {
  it("never returns is aborted, named, and holds up no other primary", async () => {
    const never = new Promise<void>(() => undefined);
    let aborted = false;
    const at: Stage = await stage({
      given: [shop("stuck"), shop("b")],
      shops: {
        watches: { workers: 2, timeoutMs: 5_000, drainMs: 1_000 },
        onPass: ({ primary, signal }) => {
          if (primary.metadata.name !== "stuck") return;
          signal.addEventListener("abort", () => (aborted = true));
          return never;
        },
      },
    });
    await at.advance(6_000);
    expect(aborted).toBe(true);
    expect(await at.status("b")).toBeDefined();
    expect(at.logged.map(({ message }) => message).join("\n")).toMatch(
      /prod\/stuck.*did not return within 5000 ms/,
    );
    await at.cluster.apply(shop("c"));
    await at.advance(60_000);
    expect(await at.status("c")).toBeDefined();
    // Still locked: a second pass of the same primary would be a race.
    expect(at.passesSince(0).filter((name) => name === "stuck")).toHaveLength(1);
  });

  it.each([
    [
      "throws undefined",
      (): never => {
        throw undefined;
      },
    ],
    [
      "throws text",
      (): never => {
        throw "text";
      },
    ],
  ])("%s is named, and tried again", async (_, fail) => {
    let failures = 2;
    const at: Stage = await stage({
      shops: {
        onPass: () => {
          if (failures-- > 0) fail();
        },
      },
    });
    await at.advance(10_000);
    expect(await at.status("a")).toBeDefined();
    expect(at.logged.map(({ message }) => message).join("\n")).toMatch(/prod\/a/);
  });

  it("returns garbage is told so, by name", async () => {
    const made = await cluster();
    class Garbage extends expand(Reconciler.of(shops), withWatches({ owns: [secrets] })) {
      override reconcile(): Promise<void> {
        return Promise.resolve({ kind: "later" } as unknown as void);
      }
    }
    start(new Garbage(), made);
    await made.at.apply(shop("a"));
    await made.clock.advance(1_000);
    expect(made.logged.map(({ message }) => message).join("\n")).toMatch(/prod\/a/);
  });
});
