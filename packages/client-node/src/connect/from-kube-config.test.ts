// SPDX-License-Identifier: Apache-2.0
// A KubeConfig the author already has: the shapes of client-node 1.4 and 2.x.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  json,
  type LocalServer,
  makeCertificates,
  startServer,
  status,
  textOf,
} from "../../test/local-server.js";
import { ManualClock } from "../../test/manual-clock.js";
import { fromKubeConfig } from "./from-kube-config.js";
import type { AppliedOptions, KubeConfigLike } from "./kube-config.js";

const pods = { method: "GET", path: "/api/v1/pods" } as const;
let server: LocalServer;
let ca: string;

beforeEach(async () => {
  const certificates = await makeCertificates();
  ca = certificates.ca;
  server = await startServer((request, response) => {
    json(response, 200, request.headers.authorization);
  }, certificates);
});

afterEach(() => server.close());

/** Shaped as 2.0.1: no applyToFetchOptions, a dispatcher instead of an agent, extra TLS fields. */
function secondMajor(tokens: readonly string[]): KubeConfigLike & { runs: () => number } {
  let runs = 0;
  const authenticators = [{ tokenCache: {} as Record<string, string> }];
  return {
    ...({ authenticators, createDispatcherOptions: () => ({ type: "none" }) } as object),
    runs: () => runs,
    getCurrentContext: () => "main",
    getContextObject: (name) => ({ name, cluster: "c", user: "u", namespace: "prod" }),
    getCurrentCluster: () => ({ name: "c", server: server.url }),
    getCurrentUser: () => ({ name: "u", exec: {} }),
    applyToHTTPSOptions: (options: AppliedOptions) => {
      const [cache] = authenticators;
      if (cache === undefined) throw new Error("no authenticator");
      if (cache.tokenCache.u === undefined) {
        cache.tokenCache.u = tokens[runs] ?? "none";
        runs += 1;
      }
      Object.assign(options, {
        ca: Buffer.from(ca),
        headers: { Authorization: `Bearer ${cache.tokenCache.u}` },
        agent: {},
      });
      return Promise.resolve();
    },
  };
}

describe("fromKubeConfig()", () => {
  it("takes headers, TLS and namespace from a 2.x KubeConfig, and asks it once a minute", async () => {
    const clock = new ManualClock();
    const kubeConfig = secondMajor(["first"]);
    const asked: number[] = [];
    const counted: KubeConfigLike = {
      ...kubeConfig,
      applyToHTTPSOptions: (options) => {
        asked.push(clock.now());
        return kubeConfig.applyToHTTPSOptions(options);
      },
    };
    const client = fromKubeConfig(counted, { clock });
    expect(client.defaultNamespace).toBe("prod");
    for (let i = 0; i < 5; i += 1) {
      expect(textOf((await client.request(pods)).body)).toBe('"Bearer first"');
      clock.advance(15_000);
    }
    expect(asked).toHaveLength(2);
    expect(server.connections()).toBe(1);
    await client.close();
  });

  it("empties the cache of the exec plugin after a 401", async () => {
    const kubeConfig = secondMajor(["first", "second"]);
    const client = fromKubeConfig(kubeConfig);
    server.handle((request, response) => {
      if (request.headers.authorization === "Bearer first") status(response, 401, "Unauthorized");
      else json(response, 200, request.headers.authorization);
    });
    expect(textOf((await client.request(pods)).body)).toBe('"Bearer second"');
    expect(kubeConfig.runs()).toBe(2);
    await client.close();
  });

  it("does not ask again for a second 401 in the same request", async () => {
    const kubeConfig = secondMajor(["first", "second", "third"]);
    const client = fromKubeConfig(kubeConfig);
    server.handle((_request, response) => status(response, 401, "Unauthorized"));
    const failed = client.request(pods);
    await expect(failed).rejects.toMatchObject({ code: "EXP_UNAUTHORIZED", status: 401 });
    await expect(failed).rejects.toThrow(/user "u" of kubeconfig context "main"/);
    expect(kubeConfig.runs()).toBe(2);
    await client.close();
  });
});
