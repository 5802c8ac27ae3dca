// SPDX-License-Identifier: Apache-2.0
// Starting servers from KUBEBUILDER_ASSETS, with stand-in programs: flags, readiness, failure, order.
import { chmod, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { startCluster } from "./start-cluster.js";

const selfsigned = createRequire(import.meta.url).resolve("selfsigned");

/** What both stand-ins do: write down their flags, and when they are told to stop. */
const frame = (log: string, name: string): string => `#!${process.execPath}
const { appendFileSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const flags = Object.fromEntries(process.argv.slice(2).map((flag) => flag.slice(2).split(/=(.*)/s)));
const say = (what) => appendFileSync(${JSON.stringify(log)}, JSON.stringify(["${name}", what]) + "\\n");
say(flags);
process.on("SIGTERM", () => { say("stopped"); process.exit(0); });
`;

const server = `
const [token] = readFileSync(flags["token-auth-file"], "utf8").split(",");
require(${JSON.stringify(selfsigned)})
  .generate([{ name: "commonName", value: "localhost" }], {
    extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
  })
  .then(({ cert, private: key }) => {
    mkdirSync(flags["cert-dir"], { recursive: true });
    let refusals = 3; // Not ready at once.
    require("node:https")
      .createServer({ cert, key }, (request, response) => {
        const isKnown = request.headers.authorization === "Bearer " + token;
        response.writeHead(!isKnown ? 401 : refusals-- > 0 ? 500 : 200).end("ok");
      })
      .listen(Number(flags["secure-port"]), "127.0.0.1", () =>
        writeFileSync(flags["cert-dir"] + "/apiserver.crt", cert),
      );
  });
`;

const assets = async (
  programs: Record<string, string>,
): Promise<{ folder: string; log: string }> => {
  const folder = await mkdtemp(join(tmpdir(), "haversack-assets-"));
  const log = join(folder, "log");
  await writeFile(log, "");
  for (const [name, body] of Object.entries(programs)) {
    await writeFile(join(folder, name), frame(log, name) + body);
    await chmod(join(folder, name), 0o755);
  }
  return { folder, log };
};
const entries = async (log: string): Promise<readonly [string, unknown][]> =>
  (await readFile(log, "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as [string, unknown]);
const forEver = "setInterval(() => {}, 1000);";

describe("startCluster() with KUBEBUILDER_ASSETS", () => {
  it("starts both servers, waits until they are ready, and stops the API server before etcd", async () => {
    const { folder, log } = await assets({
      etcd: forEver,
      "kube-apiserver": server,
      "kube-controller-manager": forEver,
    });
    const cluster = await startCluster({ environment: { KUBEBUILDER_ASSETS: folder } });
    expect(cluster.type).toBe("envtest");
    const answer = await cluster.client.request({ method: "GET", path: "/readyz" });
    expect(answer.status).toBe(200);
    expect(cluster.requests.count()).toBe(1);
    expect(cluster.kubeconfig()).toContain(cluster.access.url);
    // The third program is not waited for by the cluster, but by this test.
    while ((await entries(log)).length < 3) {
      await cluster.admin.request({ method: "GET", path: "/readyz" });
    }
    await cluster.close();
    const said = await entries(log);
    const [etcd, apiServer] = said.map(([, what]) => what as Record<string, string>);
    expect(apiServer?.["etcd-servers"]).toBe(etcd?.["listen-client-urls"]);
    expect(apiServer?.["bind-address"]).toBe("127.0.0.1");
    expect(said.filter(([, what]) => what === "stopped").map(([name]) => name)).toEqual([
      "kube-controller-manager",
      "kube-apiserver",
      "etcd",
    ]);
  });

  it("shows the last words of a server that ends instead, and stops the other", async () => {
    const failing = 'console.error("bad flag: --nope"); process.exit(3);';
    const { folder, log } = await assets({ etcd: forEver, "kube-apiserver": failing });
    await expect(startCluster({ environment: { KUBEBUILDER_ASSETS: folder } })).rejects.toThrow(
      /kube-apiserver did not become ready.*bad flag: --nope/s,
    );
    expect((await entries(log)).at(-1)).toEqual(["etcd", "stopped"]);
  });
});
