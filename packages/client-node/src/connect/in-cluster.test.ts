// SPDX-License-Identifier: Apache-2.0
// Connecting from a Pod: files, variables, renewal, and what is said when they are missing.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "@haversack/core";
import {
  type Certificates,
  json,
  type LocalServer,
  makeCertificates,
  startServer,
  textOf,
} from "../../test/local-server.js";
import { ManualClock } from "../../test/manual-clock.js";
import { connect } from "./connect.js";
import { inCluster } from "./in-cluster.js";

const pods = { method: "GET", path: "/api/v1/pods" } as const;
let certificates: Certificates;
let directory: string;
let server: LocalServer;
let env: Record<string, string>;

beforeAll(async () => {
  certificates = await makeCertificates();
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "service-account-"));
  await writeFile(join(directory, "token"), "pod-token\n");
  await writeFile(join(directory, "ca.crt"), certificates.ca);
  await writeFile(join(directory, "namespace"), "prod");
  server = await startServer((request, response) => {
    json(response, 200, request.headers.authorization);
  }, certificates);
  env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(server.port) };
});

afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

describe("inCluster()", () => {
  it("uses the token, CA and namespace that the kubelet mounted", async () => {
    const client = await inCluster({ directory, env });
    expect(client.server).toBe(server.url);
    expect(client.defaultNamespace).toBe("prod");
    expect(textOf((await client.request(pods)).body)).toBe('"Bearer pod-token"');
    await client.close();
  });

  it("trusts a renewed CA within a minute, over new connections", async () => {
    const clock = new ManualClock();
    const client = await inCluster({ directory, env, clock });
    await client.request(pods);
    const renewed = await makeCertificates();
    await server.close();
    server = await startServer((_request, response) => json(response, 200, "renewed"), renewed);
    env.KUBERNETES_SERVICE_PORT = String(server.port);
    const moved = await inCluster({ directory, env, clock });
    await expect(moved.request(pods)).rejects.toMatchObject({ code: "EXP_CONNECTION" });
    await writeFile(join(directory, "ca.crt"), renewed.ca);
    clock.advance(60_000);
    expect(textOf((await moved.request(pods)).body)).toBe('"renewed"');
    await client.close();
    await moved.close();
  });

  it("does without a namespace file", async () => {
    await rm(join(directory, "namespace"));
    const client = await inCluster({ directory, env });
    expect(client.defaultNamespace).toBeUndefined();
    await client.close();
  });

  it("says what is missing outside of a Pod, or when the files are not there", async () => {
    await expect(inCluster({ directory, env: {} })).rejects.toThrow(/KUBERNETES_SERVICE_HOST/);
    await rm(join(directory, "ca.crt"));
    const failed = inCluster({ directory, env });
    await expect(failed).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failed).rejects.toThrow(join(directory, "ca.crt"));
  });

  it("brackets an IPv6 service address", async () => {
    const client = await inCluster({ directory, env: { KUBERNETES_SERVICE_HOST: "fd00::1" } });
    expect(client.server).toBe("https://[fd00::1]");
    await client.close();
  });
});

describe("connect() in a Pod", () => {
  it("uses the service account", async () => {
    const client = await connect({ serviceAccountDirectory: directory, env });
    expect(textOf((await client.request(pods)).body)).toBe('"Bearer pod-token"');
    await client.close();
  });

  it("prefers what was chosen explicitly", async () => {
    const kubeconfig = join(directory, "chosen");
    const chosen = connect({
      serviceAccountDirectory: directory,
      env: { ...env, KUBECONFIG: kubeconfig },
    });
    await expect(chosen).rejects.toThrow(kubeconfig);
  });
});
