// SPDX-License-Identifier: Apache-2.0
// Bad custom resources under every operator: a condition, an Event, no retries, and what runs is left alone.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { coreEvents } from "haversack";
import { badCustomResources } from "../../test/bad-custom-resources.js";
import { liveCluster, Scenarios, written } from "../../test/operator-scenario.js";
import { operatorClient, operatorModes, type OperatorCluster } from "./operator-cluster.js";
import { traceStages } from "./stage-listeners.js";

const scenarios = new Scenarios();
afterAll(() => scenarios.close());

/** Versions of everything but the custom resource and the Events about it. */
async function versions(operators: OperatorCluster): Promise<Readonly<Record<string, unknown>>> {
  const objects = await operators.objects("prod");
  const others = objects.filter(({ kind }) => kind !== "PerconaServerMongoDB" && kind !== "Event");
  return Object.fromEntries(
    others.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]),
  );
}

async function events({ cluster }: OperatorCluster): Promise<readonly string[]> {
  const all = await cluster.list(coreEvents, { namespace: "prod" });
  return all.map(({ type = "", reason = "", message = "" }) => `${type} ${reason} ${message}`);
}

describe.each(operatorModes)("the %s operator", (mode) => {
  let operators: OperatorCluster;
  let before: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    operators = await scenarios.started(mode);
    before = await versions(operators);
  }, 30_000);

  const seen = badCustomResources.filter(({ byServer }) => byServer !== true);
  it.each(seen)("refuses a custom resource $because", async ({ spec, message }) => {
    // Events about one object are limited: one mistake after another is told as what it is.
    if (mode !== "monolith") await operators.clock.advance(600_000);
    await operators.apply(written(spec));
    await operators.settle();

    const { status, metadata } = await liveCluster(operators);
    expect(status).toMatchObject({ state: "error", observedGeneration: metadata.generation });
    expect(status?.message).toMatch(message);
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: "error", status: "True", message: status?.message }),
    );
    const told = (await events(operators)).filter((text) => text.endsWith(status?.message ?? "-"));
    expect(told).toEqual([`Warning Invalid ${status?.message}`]);
    expect(await versions(operators)).toEqual(before);
  });

  it("goes on as soon as it is right again", async () => {
    await operators.apply(written());
    await operators.settle();
    expect((await liveCluster(operators)).status).toMatchObject({ state: "ready", ready: 3 });
    expect(await versions(operators)).toEqual(before);
  });
});

describe("the packs operator", () => {
  it("does nothing about a bad custom resource until it changes", async () => {
    const operators = await scenarios.started("packs");
    await operators.apply(written({ tls: { mode: "disabled" } }));
    await operators.settle();
    operators.cluster.requests.reset();
    let passes = 0;
    const end = traceStages(({ stage }) => {
      if (stage === "reconcile") passes += 1;
    });
    await operators.clock.advance(600_000);
    end();
    expect([passes, operators.cluster.requests.count({ client: operatorClient })]).toEqual([0, 0]);
    expect((await liveCluster(operators)).status?.message).not.toContain("waiting");
  });

  it("tells of a wish that the API server refuses with an Event too", async () => {
    const operators = await scenarios.started("packs");
    const [replset] = (await liveCluster(operators)).spec.replsets;
    await operators.apply(written({ replsets: [{ ...replset, labels: { "no key": "at all" } }] }));
    await operators.settle();
    const { status } = await liveCluster(operators);
    expect(status?.state).toBe("error");
    expect(await events(operators)).toContainEqual(
      expect.stringMatching(/^Warning Refused .*db-rs0/),
    );
  });
});

describe("the definition", () => {
  it.each(badCustomResources.filter(({ byServer }) => byServer === true))(
    "refuses a custom resource $because",
    async ({ spec }) => {
      const operators = await scenarios.empty("packs");
      await expect(operators.apply(written(spec))).rejects.toMatchObject({ code: "EXP_INVALID" });
    },
  );
});
