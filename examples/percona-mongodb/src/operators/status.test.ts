// SPDX-License-Identifier: Apache-2.0
// What the status tells of the world outside: the address of a load balancer, the version of MongoDB.
import { afterEach, describe, expect, it } from "@jest/globals";
import { key, liveCluster, Scenarios, written } from "../../test/operator-scenario.js";
import { plainReplset } from "../../test/primaries.js";
import { kinds, psmdb } from "./kinds.js";
import { operatorClient, operatorModes } from "./operator-cluster.js";

const scenarios = new Scenarios();
afterEach(() => scenarios.close());

const balanced = written({
  replsets: [{ ...plainReplset, expose: { enabled: true, type: "LoadBalancer" } }],
});

describe.each(operatorModes)("the status by the %s operator", (mode) => {
  it("has the host as soon as load balancers have given every member its address", async () => {
    const operators = await scenarios.started(mode, balanced);
    expect((await liveCluster(operators)).status).toMatchObject({
      state: "initializing",
      host: "",
    });

    for (const ordinal of [0, 1, 2]) {
      const status = { loadBalancer: { ingress: [{ ip: `203.0.113.${ordinal}` }] } };
      await operators.cluster.patch(kinds.Service, key(`db-rs0-${ordinal}`), { status }, "status");
    }
    await operators.settle();

    expect((await liveCluster(operators)).status).toMatchObject({
      state: "ready",
      host: "203.0.113.0:27017,203.0.113.1:27017,203.0.113.2:27017",
    });
  });

  it("names the version of MongoDB and the image it came with", async () => {
    const operators = await scenarios.started(mode);
    const { status, spec } = await liveCluster(operators);
    expect(status).toMatchObject({ mongoVersion: "8.0.8", mongoImage: spec.image });
  });
});

describe("the packs operator", () => {
  it("asks for the version once per image", async () => {
    const operators = await scenarios.started("packs");
    const asked = (): number =>
      operators.mongo.sent.filter(({ call }) => call === "buildInfo").length;
    expect(asked()).toBe(1);
    await operators.clock.advance(600_000);
    expect(asked()).toBe(1);
  });

  it("tells the first status once, with the generation that its own crVersion makes", async () => {
    const operators = await scenarios.empty("packs");
    await operators.apply(written());
    await operators.start();
    const first = operators.cluster.requests.select({
      client: operatorClient,
      kind: psmdb,
      isWrite: true,
    });
    expect(first.map(({ verb, resource }) => `${verb} ${resource.split("/")[1] ?? ""}`)).toEqual([
      "patch ",
      "apply status",
    ]);
    const { status, metadata } = await liveCluster(operators);
    expect(status?.observedGeneration).toBe(metadata.generation);
  });
});
