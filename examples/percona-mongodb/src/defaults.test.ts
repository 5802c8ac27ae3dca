// SPDX-License-Identifier: Apache-2.0
// F1: defaults, inheritance, and every refusal with what to change.
import { describe, expect, it } from "@jest/globals";
import { at, clusterWith, plainReplset, primaryWith, shardedWith } from "../test/primaries.js";
import { defaultCluster } from "./defaults.js";
import { InvalidClusterError } from "./defaults/validation.js";
import type { PsmdbSpec, ReplsetSpec } from "./types.js";

const replset = (more: Partial<ReplsetSpec>): Partial<PsmdbSpec> => ({
  replsets: [{ ...plainReplset, ...more }],
});

describe("defaultCluster()", () => {
  it("fills what the user left out", () => {
    expect(clusterWith()).toMatchObject({
      version: "1.23.0",
      imagePullPolicy: "Always",
      updateStrategy: "SmartUpdate",
      dnsSuffix: "svc.cluster.local",
      secrets: {
        users: "percona-server-mongodb-users",
        ssl: "db-ssl",
        sslInternal: "db-ssl-internal",
      },
      tls: { mode: "preferTLS", isOn: true, certValidity: "2160h0m0s" },
    });
  });

  it("changes nothing in the custom resource", () => {
    expect(() => defaultCluster(shardedWith())).not.toThrow(); // Its input is frozen.
  });

  it("names replica sets without a name by their place", () => {
    const [first] = clusterWith(replset({ name: "" })).replsets;
    expect(first?.name).toBe("rs0");
  });

  it("keeps the entry scripts of the release an older crVersion names", () => {
    expect(clusterWith({ crVersion: "1.22.0" }).initImage).toBe(
      "perconalab/percona-server-mongodb-operator:1.22.0",
    );
    expect(clusterWith({ initImage: "mine:1" }).initImage).toBe("mine:1");
  });

  it("lets nonvoting members inherit probes, contexts and volumes, and overrule each", () => {
    const [rs] = clusterWith(
      replset({
        livenessProbe: { periodSeconds: 31, startupDelaySeconds: 100 },
        containerSecurityContext: { runAsUser: 7 },
        nonvoting: { enabled: true, size: 1, livenessProbe: { failureThreshold: 9 } },
      }),
    ).replsets;
    const group = rs?.groups.find(({ member }) => member === "nonVoting");
    expect(group?.livenessProbe).toMatchObject({
      periodSeconds: 31,
      failureThreshold: 9,
      timeoutSeconds: 10,
    });
    expect(at(group?.livenessProbe, "exec", "command")).toContain("100");
    expect(group?.containerSecurityContext).toEqual({ runAsUser: 7 });
    expect(group?.volumeSpec).toEqual(rs?.groups[0]?.volumeSpec);
  });

  it("gives the config server its own name and an earlier end of patience", () => {
    const config = defaultCluster(shardedWith()).replsets.at(-1);
    expect(config).toMatchObject({ name: "cfg", role: "config" });
    expect(config?.groups[0]).toMatchObject({ component: "cfg", setName: "db-cfg" });
    expect(config?.groups[0]?.readinessProbe["failureThreshold"]).toBe(3);
  });

  it("has no members while paused", () => {
    const cluster = defaultCluster(shardedWith({}, { pause: true }));
    expect(cluster.mongos?.size).toBe(0);
    expect(cluster.replsets.flatMap(({ groups }) => groups.map(({ size }) => size))).toEqual([
      0, 0,
    ]);
  });

  it("speaks TLS in readiness checks only since 1.22", () => {
    const command = (crVersion: string): unknown =>
      at(clusterWith({ crVersion }).replsets[0]?.groups[0]?.readinessProbe, "exec", "command");
    expect(command("1.21.2")).not.toContain("--ssl");
    expect(command("1.22.0")).toContain("--ssl");
  });

  it("uses key files where TLS is off, allowed only, or the user gave one", () => {
    expect(clusterWith().usesKeyFile).toBe(false);
    expect(clusterWith({ tls: { mode: "allowTLS" } }).usesKeyFile).toBe(true);
    expect(clusterWith({ tls: { mode: "disabled" }, unsafeFlags: { tls: true } }).usesKeyFile).toBe(
      true,
    );
    expect(clusterWith({ secrets: { keyFile: "mine" } }).usesKeyFile).toBe(true);
  });

  it.each([
    ["720h", "720h0m0s"],
    ["90m", "1h30m0s"],
    ["", "2160h0m0s"],
  ])("writes a validity of %j as %s", (given, text) => {
    expect(clusterWith({ tls: { certValidityDuration: given } }).tls.certValidity).toBe(text);
  });
});

describe("a custom resource is refused", () => {
  const cases: readonly (readonly [string, Partial<PsmdbSpec>, RegExp])[] = [
    ["without an image", { image: "" }, /spec\.image/],
    ["without replica sets", { replsets: [] }, /at least one replica set/],
    ["without a volumeSpec", { replsets: [{ name: "rs0", size: 3 }] }, /no volumeSpec/],
    [
      "with an empty volumeSpec",
      replset({ volumeSpec: {} }),
      /persistentVolumeClaim, hostPath or emptyDir/,
    ],
    [
      "with a claim that asks for nothing",
      replset({ volumeSpec: { persistentVolumeClaim: {} } }),
      /requests\.storage/,
    ],
    ["with an even size", replset({ size: 2 }), /odd size/],
    ["with one member", replset({ size: 1 }), /unsafeFlags\.replsetSize/],
    [
      "with an arbiter and an odd size",
      replset({ size: 5, arbiter: { enabled: true, size: 1 } }),
      /even size/,
    ],
    ["with two arbiters", replset({ size: 4, arbiter: { enabled: true, size: 2 } }), /2 arbiters/],
    ["with TLS off by accident", { tls: { mode: "disabled" } }, /unsafeFlags\.tls/],
    [
      "with a TLS mode in the wrong place",
      replset({ configuration: "net:\n  tls:\n    mode: requireTLS\n" }),
      /spec\.tls\.mode/,
    ],
    ["with a configuration that is no YAML", replset({ configuration: "a: [" }), /YAML/],
    ["with too long a name", replset({ name: "r".repeat(60) }), /50 characters/],
    ["with too little time to end", replset({ terminationGracePeriodSeconds: 5 }), /at least 30/],
    ["with a version from the future", { crVersion: "9.0.0" }, /Upgrade the operator/],
    ["with a version that is none", { crVersion: "main" }, /no version/],
    ["with a dead storage engine", replset({ storage: { engine: "mmapv1" } }), /wiredTiger/],
    [
      "with several replica sets and no sharding",
      { replsets: [plainReplset, { ...plainReplset, name: "rs1" }] },
      /sharding\.enabled/,
    ],
    [
      "with sharding and no config server",
      { sharding: { enabled: true, mongos: {} } },
      /configsvrReplSet/,
    ],
    [
      "with sharding and no routers",
      { sharding: { enabled: true, configsvrReplSet: plainReplset } },
      /routers/,
    ],
    [
      "with two storages and none that is main",
      { backup: { enabled: true, storages: { a: {}, b: {} } } },
      /Set main on one/,
    ],
    [
      "with a nameless backup task",
      { backup: { enabled: true, tasks: [{ name: "", schedule: "x" }] } },
      /tasks\[0\] has no name/,
    ],
  ];

  it.each(cases)("%s", (_what, spec, message) => {
    expect(() => defaultCluster(primaryWith(spec))).toThrow(InvalidClusterError);
    expect(() => defaultCluster(primaryWith(spec))).toThrow(message);
  });

  it("with all its problems at once, and never retried", () => {
    try {
      defaultCluster(primaryWith({ image: "", replsets: [{ size: 2 }] }));
      throw new Error("not refused");
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidClusterError);
      expect((error as InvalidClusterError).problems).toHaveLength(3);
      expect((error as InvalidClusterError).retry).toBe("never");
    }
  });

  it("unless the flag for it is set", () => {
    const unsafeFlags = { replsetSize: true, terminationGracePeriod: true };
    expect(() =>
      clusterWith({ unsafeFlags, ...replset({ size: 1, terminationGracePeriodSeconds: 1 }) }),
    ).not.toThrow();
  });
});
