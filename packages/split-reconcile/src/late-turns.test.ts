// SPDX-License-Identifier: Apache-2.0
// One slow part holds up only those that it could meet (stage 5).
import { describe, expect, it } from "@jest/globals";
import { configMaps, services } from "@haversack/core";
import { named, Rig, type Sub } from "../test/rig.js";

/** A part that does not end before it is let go. */
function slow(name: string, more: Partial<Sub> = {}): { part: Sub; letGo: () => void } {
  let letGo = (): void => undefined;
  const part: Sub = {
    name,
    triggers: [],
    reconcile: () => new Promise<void>((resolve) => (letGo = resolve)),
    ...more,
  };
  return { part, letGo: () => letGo() };
}

const config: Sub = {
  name: "config",
  triggers: [configMaps],
  writes: [configMaps],
  async reconcile({ objects, primary }) {
    const data = { size: String(primary.spec?.size) };
    await objects.apply(configMaps, named("config", { data }), { owner: primary });
  },
};

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A pass with a slow part under way, after somebody has deleted the ConfigMap. */
async function whileSlow(part: Sub): Promise<Rig> {
  const rig = new Rig([config, part]);
  void rig.user({ size: 1 });
  await turn();
  for (const delivery of rig.pending.splice(0)) rig.process.deliver(delivery);
  rig.writes();
  rig.world.delete(configMaps, { name: "config", namespace: "prod" }, "user");
  for (const delivery of rig.pending.splice(0)) rig.process.deliver(delivery);
  await turn();
  return rig;
}

const isThere = (rig: Rig): boolean =>
  rig.world.get(configMaps, { name: "config", namespace: "prod" }) !== undefined;

describe("while one part is slow", () => {
  it("another that it cannot meet runs again at once for what woke it", async () => {
    const { part, letGo } = slow("probe");
    const rig = await whileSlow(part);
    expect(isThere(rig)).toBe(true);
    letGo();
    await turn();
    await rig.settle();
    expect(rig.logs).toEqual([]);
  });

  it("runs again although the slow one follows it", async () => {
    const { part } = slow("probe", { follows: ["config"] });
    expect(isThere(await whileSlow(part))).toBe(true);
  });

  it.each<[string, Partial<Sub>]>([
    ["reads what it writes", { reads: [configMaps], follows: ["config"] }],
    ["must have it done before", { after: ["config"] }],
  ])("waits when the slow one %s", async (_, more) => {
    const { part, letGo } = slow("probe", more);
    const rig = await whileSlow(part);
    expect(isThere(rig)).toBe(false);
    letGo();
    await turn();
    await rig.settle();
    expect(isThere(rig)).toBe(true);
  });

  it("holds back those that come later in the order until a late run that they could meet is over", async () => {
    const log: string[] = [];
    const { part, letGo } = slow("probe");
    const reader: Sub = {
      name: "reader",
      follows: ["probe", "config"],
      triggers: [],
      reads: [configMaps],
      reconcile: ({ secondaries }) =>
        Promise.resolve(void log.push(`${secondaries.configMaps.length}`)),
    };
    const rig = new Rig([config, part, reader]);
    void rig.user({ size: 1 });
    await turn();
    rig.world.delete(configMaps, { name: "config", namespace: "prod" }, "user");
    for (const delivery of rig.pending.splice(0)) rig.process.deliver(delivery);
    letGo();
    await turn();
    await turn();
    expect(new Set(log)).toEqual(new Set(["1"]));
  });

  it("another wish of the user waits for a pass of its own", async () => {
    const { part, letGo } = slow("probe");
    const rig = new Rig([
      config,
      part,
      { name: "service", writes: [services], reconcile: async () => {} },
    ]);
    void rig.user({ size: 1 });
    await turn();
    rig.world.patch(rig.kind, { name: "db", namespace: "prod" }, { spec: { size: 2 } }, "user");
    for (const delivery of rig.pending.splice(0)) rig.process.deliver(delivery);
    await turn();
    const size = (): unknown =>
      rig.world.get(configMaps, { name: "config", namespace: "prod" })?.data?.["size"];
    expect(size()).toBe("1");
    letGo();
    await turn();
    await rig.settle().catch(() => undefined);
    expect(size()).toBe("2");
  });
});
