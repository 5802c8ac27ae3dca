// SPDX-License-Identifier: Apache-2.0
// Connecting with a kubeconfig through client-node: files, contexts, plugins, and bad files.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ConfigurationError, UnauthorizedError } from "@haversack/core";
import {
  type Certificates,
  json,
  type LocalServer,
  makeCertificates,
  startServer,
  status,
  textOf,
} from "../../test/local-server.js";
import { connect } from "./connect.js";

const pods = { method: "GET", path: "/api/v1/pods" } as const;
let certificates: Certificates;
let directory: string;
let server: LocalServer;

beforeAll(async () => {
  certificates = await makeCertificates();
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  server = await startServer((request, response) => {
    json(response, 200, request.headers.authorization ?? "nobody");
  }, certificates);
});

afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

interface Parts {
  readonly user?: object;
  readonly cluster?: object;
  readonly context?: object;
  readonly name?: string;
  readonly current?: string | undefined;
}

/** Writes a kubeconfig with one of each. */
async function kubeConfig(file: string, parts: Parts = {}): Promise<string> {
  const { name = "main", user = { token: "abcd-token" }, context = {}, cluster = {} } = parts;
  const path = join(directory, file);
  const trust = { "certificate-authority-data": Buffer.from(certificates.ca).toString("base64") };
  const text = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: server.url, ...trust, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...context } }],
    ...("current" in parts ? { "current-context": parts.current } : { "current-context": name }),
  };
  await writeFile(path, JSON.stringify(text));
  return path;
}

async function answer(options: Parameters<typeof connect>[0]): Promise<string> {
  const client = await connect({ env: {}, ...options });
  try {
    return textOf((await client.request(pods)).body);
  } finally {
    await client.close();
  }
}

describe("connect() with a kubeconfig", () => {
  it("uses server, CA, token and namespace of the current context", async () => {
    const file = await kubeConfig("config", { context: { namespace: "prod" } });
    const client = await connect({ kubeConfigFile: file });
    expect(client.defaultNamespace).toBe("prod");
    expect(textOf((await client.request(pods)).body)).toBe('"Bearer abcd-token"');
    await client.close();
  });

  it("reads ~/.kube/config when nothing else is said", async () => {
    await mkdir(join(directory, ".kube"));
    await kubeConfig(".kube/config");
    expect(await answer({ env: { HOME: directory } })).toBe('"Bearer abcd-token"');
  });

  it("merges the files of KUBECONFIG: the first one wins, missing ones are passed over", async () => {
    const files = [
      join(directory, "missing"),
      await kubeConfig("a", { user: { token: "aaaa" }, current: undefined }),
      await kubeConfig("b", { user: { token: "bbbb" } }),
      await kubeConfig("c", { user: { token: "cccc" }, name: "other" }),
    ];
    const env = { KUBECONFIG: files.join(delimiter) };
    expect(await answer({ env })).toBe('"Bearer aaaa"');
    expect(await answer({ env, context: "other" })).toBe('"Bearer cccc"');
  });

  it("finds certificate files beside the kubeconfig", async () => {
    await writeFile(join(directory, "ca.pem"), certificates.ca);
    const cluster = {
      "certificate-authority-data": undefined,
      "certificate-authority": "ca.pem",
    };
    expect(await answer({ kubeConfigFile: await kubeConfig("config", { cluster }) })).toContain(
      "abcd",
    );
  });

  it("sends basic auth", async () => {
    const file = await kubeConfig("config", { user: { username: "bob", password: "secret" } });
    const basic = Buffer.from("bob:secret").toString("base64");
    expect(await answer({ kubeConfigFile: file })).toBe(`"Basic ${basic}"`);
  });

  it("talks to a plain http server without credentials, and refuses to send it a token", async () => {
    const plain = await startServer((_request, response) => json(response, 200, "plain"));
    const cluster = { server: plain.url };
    const open = await kubeConfig("open", { cluster, user: {} });
    expect(await answer({ kubeConfigFile: open })).toBe('"plain"');
    const secret = await kubeConfig("secret", { cluster });
    await expect(answer({ kubeConfigFile: secret })).rejects.toThrow(/unprotected over http/);
    await plain.close();
  });

  it("sends 300 requests over at most two connections", async () => {
    const client = await connect({ kubeConfigFile: await kubeConfig("config") });
    for (let i = 0; i < 300; i += 1) await client.request(pods);
    expect(server.connections()).toBeLessThanOrEqual(2);
    await client.close();
  });
});

describe("an exec plugin", () => {
  /** A plugin that counts its runs and gives out the token `run-<n>`. */
  async function plugin(script: string): Promise<object> {
    const command = join(directory, "plugin.sh");
    await writeFile(command, `#!/bin/sh\n${script}\n`);
    await chmod(command, 0o755);
    const apiVersion = "client.authentication.k8s.io/v1";
    return { exec: { apiVersion, command, interactiveMode: "Never" } };
  }

  const counting = (counter: string): string =>
    `echo x >> ${counter}; n=$(wc -l < ${counter} | tr -d ' ')\n` +
    `echo '{"kind":"ExecCredential","status":{"expirationTimestamp":"2099-01-01T00:00:00Z",` +
    `"token":"run-'$n'"}}'`;

  it("is run once for many requests, and again after a 401 although its token is still valid", async () => {
    const counter = join(directory, "runs");
    const file = await kubeConfig("config", { user: await plugin(counting(counter)) });
    const client = await connect({ kubeConfigFile: file });
    await Promise.all(Array.from({ length: 20 }, () => client.request(pods)));
    expect(await readFile(counter, "utf8")).toBe("x\n");
    server.handle((request, response) => {
      if (request.headers.authorization === "Bearer run-1") status(response, 401, "Unauthorized");
      else json(response, 200, request.headers.authorization);
    });
    expect(textOf((await client.request(pods)).body)).toBe('"Bearer run-2"');
    await client.close();
  });

  it("that fails is an UnauthorizedError with what it said, without secrets", async () => {
    const user = await plugin("echo 'Session over, token=canary1. Run: login' >&2; exit 3");
    const failed = answer({ kubeConfigFile: await kubeConfig("config", { user }) });
    await expect(failed).rejects.toBeInstanceOf(UnauthorizedError);
    await expect(failed).rejects.toThrow(/user "main".*Session over/);
    await expect(failed).rejects.not.toThrow(/canary/);
  });

  it("that prints nonsense is told without quoting it", async () => {
    const user = await plugin("echo 'canary-token {'");
    const failed = answer({ kubeConfigFile: await kubeConfig("config", { user }) });
    const error: unknown = await failed.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UnauthorizedError);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("canary");
  });

  it("that does not exist is named", async () => {
    const user = {
      exec: { apiVersion: "client.authentication.k8s.io/v1", command: "no-such-one" },
    };
    const failed = answer({ kubeConfigFile: await kubeConfig("config", { user }) });
    await expect(failed).rejects.toThrow(/no-such-one does not exist. Install it/);
  });

  it("that hangs does not hold a request beyond its deadline", async () => {
    const user = await plugin("exec sleep 2");
    const client = await connect({
      kubeConfigFile: await kubeConfig("config", { user }),
      timeoutMs: 50,
    });
    const failed = client.request({ ...pods, method: "POST", body: "{}" });
    await expect(failed).rejects.toMatchObject({ code: "EXP_TIMEOUT", outcome: "not-sent" });
    await client.close();
  });
});

describe("a kubeconfig that cannot be used", () => {
  it("names the paths that were looked at when there is none", async () => {
    const env = { HOME: directory };
    const failed = connect({ env });
    await expect(failed).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failed).rejects.toThrow(join(directory, ".kube", "config"));
    const [a, b] = [join(directory, "a"), join(directory, "b")];
    await expect(connect({ env: { KUBECONFIG: [a, b].join(delimiter) } })).rejects.toThrow(
      `looked at ${a}, ${b}. Set KUBECONFIG`,
    );
  });

  it.each([
    ["no YAML", "users:\n- name: a\n  user: {token: canary\nclusters: ]"],
    ["a number", "42"],
    ["empty", ""],
    ["a cluster without server", "clusters:\n- name: a\n  cluster: {}\n"],
    ["a token that is no text", "users:\n- name: canary\n  user:\n   token: [canary"],
  ])("is told by name when it is %s, without quoting it", async (_what, text) => {
    const file = join(directory, "config");
    await writeFile(file, text);
    const error: unknown = await connect({ env: {}, kubeConfigFile: file }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(file);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("canary");
  });

  it("names the contexts there are when the one asked for is missing", async () => {
    const file = await kubeConfig("config");
    const failed = connect({ env: {}, kubeConfigFile: file, context: "prod" });
    await expect(failed).rejects.toThrow(/no context "prod" \(contexts: main\)/);
    const without = connect({
      env: {},
      kubeConfigFile: await kubeConfig("x", { current: undefined }),
    });
    await expect(without).rejects.toThrow(/no current context/);
  });

  it("names the cluster or user that a context points to in vain", async () => {
    const noCluster = await kubeConfig("a", { context: { cluster: "gone" } });
    await expect(connect({ env: {}, kubeConfigFile: noCluster })).rejects.toThrow(/cluster "gone"/);
    const noUser = await kubeConfig("b", { context: { user: "gone" } });
    await expect(connect({ env: {}, kubeConfigFile: noUser })).rejects.toThrow(/user "gone"/);
  });

  it("is refused rather than sent around its proxy", async () => {
    const file = await kubeConfig("a", {
      cluster: { "proxy-url": "http://canary:pw@127.0.0.1:1" },
    });
    const failed = connect({ env: {}, kubeConfigFile: file });
    await expect(failed).rejects.toThrow(/proxy-url is not supported/);
    await expect(failed).rejects.not.toThrow(/canary/);
  });
});
