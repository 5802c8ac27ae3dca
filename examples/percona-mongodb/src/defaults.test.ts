// SPDX-License-Identifier: Apache-2.0
// F1: defaults, inheritance, and every refusal with what to change.
import { describe, expect, it } from "@jest/globals";
import { badCustomResources } from "../test/bad-custom-resources.js";
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
  it.each(badCustomResources)("$because", ({ spec, message }) => {
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

  it("for a size or a place of the TLS mode only while it is to run", () => {
    const spec = replset({ size: 2, configuration: "net:\n  tls:\n    mode: requireTLS\n" });
    expect(() => defaultCluster(primaryWith({ ...spec, pause: true }))).not.toThrow();
    const going = primaryWith(spec);
    const metadata = { ...going.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    expect(() => defaultCluster({ ...going, metadata })).not.toThrow();
  });

  it("not for a disabled task, an old flag for everything unsafe, or a descriptor as schedule", () => {
    const tasks = [
      { name: "off", enabled: false, schedule: "x" },
      { name: "daily", enabled: true, schedule: "@daily" },
    ];
    const cluster = clusterWith({
      allowUnsafeConfigurations: true,
      backup: { enabled: true, tasks },
      ...replset({ size: 1 }),
    });
    expect(cluster.tls).toMatchObject({ mode: "disabled", isOn: false });
  });
});
