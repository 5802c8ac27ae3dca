// SPDX-License-Identifier: Apache-2.0
// scenario(): what it accepts, and that each kind of difference fails it readably.
import { describe, expect, it } from "@jest/globals";
import { configMaps, secrets, services, type ApiClient, type ReconcileRequest } from "haversack";
import {
  applied,
  created,
  deleted,
  scenario,
  type Scenario,
  type ScenarioOutcome,
} from "../src/index.js";
import { prod, shop, shopDefinition, shopReconciler, shops, type Shop } from "./shop-operator.js";

const fieldManager = "shop-operator";
const firstWrites = [
  applied(configMaps, "prod/a-shelf-0", { fieldManager, body: { data: { color: "red" } } }),
  created(secrets, "prod/a-password"),
  applied(services, "prod/a", { fieldManager }),
  applied(shops, "prod/a", { subresource: "status", fieldManager }),
];
const key = { namespace: "prod", name: "a" };
const withShop = { objects: [shopDefinition, prod, shop("a")] };

/** What a failing scenario says. */
const failure = async (story: Scenario<object>): Promise<string> => {
  const outcome = await scenario(story).catch((error: Error) => error.message);
  return typeof outcome === "string" ? outcome : "it did not fail";
};

describe("scenario() with a reconciler that watches", () => {
  it("accepts exactly the writes of a first pass, objects, index, result and passes", async () => {
    await scenario({
      name: "a shop opens",
      reconciler: () => shopReconciler(),
      given: withShop,
      expect: {
        writes: firstWrites,
        inOrder: true,
        objects: [
          { kind: services, key, holds: { spec: { ports: [{ port: 80 }] } } },
          { kind: shops, key, holds: { status: { color: "red", shelves: 1 } } },
          { kind: configMaps, key: { namespace: "prod", name: "a-shelf-1" } },
        ],
        index: {
          of: key,
          holds: { configMaps: ["a-shelf-0"], secrets: ["a-password"], services: ["a"] },
        },
        result: { kind: "done" },
        requests: { get: 0 },
      },
    });
  });

  it("takes steps one after another: a change, a deletion by somebody, time", async () => {
    const outcome: ScenarioOutcome = await scenario({
      reconciler: () => shopReconciler(),
      given: { ...withShop, isSettled: true },
      when: [
        { apply: shop("a", { color: "blue", shelves: 2 }) },
        { remove: { namespace: "prod", name: "a-password" }, of: secrets },
        { apply: shop("a", { color: "blue", shelves: 1 }) },
        { advanceMs: 600_000 },
      ],
      expect: {
        writes: [
          applied(configMaps, "prod/a-shelf-0", { body: { data: { color: "blue" } } }),
          applied(configMaps, "prod/a-shelf-1"),
          applied(shops, "prod/a", { subresource: "status" }),
          created(secrets, "prod/a-password"),
          deleted(configMaps, "prod/a-shelf-1"),
          applied(shops, "prod/a", { subresource: "status" }),
        ],
      },
    });
    expect(outcome.passes.length).toBeGreaterThanOrEqual(3);
  });

  it("fails on an unexpected write and says which", async () => {
    const message = await failure({
      name: "nothing happens",
      reconciler: () => shopReconciler(),
      given: withShop,
      expect: { writes: firstWrites.slice(1) },
    });
    expect(message).toMatch(/^scenario "nothing happens" failed:\n {2}unexpected write: apply/);
    expect(message).toContain("apply configmaps prod/a-shelf-0 by shop-operator → 20");
    expect(message).toMatch(/What happened:\n(.*\n)*.*reconcile Shop.example.com prod\/a/);
  });

  it("shows no secret in its output", async () => {
    const message = await failure({
      reconciler: () => shopReconciler(),
      given: withShop,
      expect: {},
    });
    expect(message).toContain("create secrets prod/a-password");
    expect(message).not.toContain("correct horse");
  });

  it.each([
    ["missing write", { writes: [...firstWrites, deleted(configMaps, "prod/b")] }],
    [
      "expected field manager other, found shop-operator",
      {
        writes: [
          ...firstWrites.slice(0, 2),
          applied(services, "prod/a", { fieldManager: "other" }),
          ...firstWrites.slice(3),
        ],
      },
    ],
    [
      'data.color: expected "green", found "red"',
      {
        writes: [
          applied(configMaps, "prod/a-shelf-0", { body: { data: { color: "green" } } }),
          ...firstWrites.slice(1),
        ],
      },
    ],
    ["unexpected write", { writes: [...firstWrites].reverse(), inOrder: true }],
    [
      "ConfigMap prod/none is missing",
      { objects: [{ kind: configMaps, key: { namespace: "prod", name: "none" }, holds: {} }] },
    ],
    ["Service prod/a should not be there", { objects: [{ kind: services, key }] }],
    ["list requests: expected 99", { requests: { list: 99 } }],
    ["passes: expected 77", { passes: 77 }],
    ["error: expected EXP_CONFLICT, found none", { error: "EXP_CONFLICT" }],
    ['result.kind: expected "halt"', { result: { kind: "halt" as const } }],
    ['index secrets: expected ["x"]', { index: { of: key, holds: { secrets: ["x"] } } }],
    ["verified", { verify: () => Promise.reject(new Error("verified")) }],
  ])("fails with %j", async (text, expectation) => {
    const message = await failure({
      reconciler: () => shopReconciler(),
      given: withShop,
      expect: { writes: firstWrites, ...expectation },
    });
    expect(message).toContain(text);
  });
});

describe("scenario() with a plain reconciler", () => {
  /** Not ours, no packs: a class with `reconcile` and a client. */
  class Copier {
    readonly primaryKind = shops;
    readonly #client: ApiClient;

    constructor(client: ApiClient) {
      this.#client = client;
    }

    async reconcile({ primary }: ReconcileRequest<Shop>): Promise<void> {
      if (primary.spec.color === "green") throw new RangeError("no green today");
      await this.#client.request({
        method: "POST",
        path: "/api/v1/namespaces/prod/configmaps",
        body: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "copy" } }),
      });
    }
  }

  it("calls reconcile for a request, and not when the primary is gone", async () => {
    await scenario({
      reconciler: ({ client }) => new Copier(client),
      given: { ...withShop, time: "2026-05-01T00:00:00Z" },
      when: [{ request: key }, { request: { namespace: "prod", name: "gone" } }],
      expect: { writes: [created(configMaps, "prod/copy")], passes: 1 },
    });
  });

  it("expects an error by class or code, and fails on one that is not expected", async () => {
    const given = { objects: [shopDefinition, prod, shop("a", { color: "green" })] };
    const reconciler = ({ client }: { client: ApiClient }): Copier => new Copier(client);
    const when = { request: key };
    await scenario({ reconciler, given, when, expect: { error: RangeError } });
    const fault = { match: { isWrite: true }, fault: { type: "status", code: 409 } } as const;
    await scenario({
      reconciler,
      given: { ...withShop, faults: [fault] },
      when,
      expect: { error: "EXP_CONFLICT", writes: [created(configMaps, "prod/copy")] },
    });
    expect(await failure({ reconciler, given, when, expect: {} } as Scenario<object>)).toContain(
      "the last pass threw RangeError: no green today",
    );
  });
});
