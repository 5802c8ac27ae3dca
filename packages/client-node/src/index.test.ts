// SPDX-License-Identifier: Apache-2.0
// What the package costs a process that imports it, and what it leaves behind.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type CompiledPackage, compilePackage } from "../test/compiled-package.js";
import { type LocalServer, makeCertificates, startServer } from "../test/local-server.js";

let compiled: CompiledPackage;
let server: LocalServer;
let plain: LocalServer;
let caFile: string;
let directory: string;

beforeAll(async () => {
  compiled = await compilePackage();
  directory = await mkdtemp(join(tmpdir(), "index-"));
  const certificates = await makeCertificates();
  caFile = join(directory, "ca.crt");
  await writeFile(caFile, certificates.ca);
  const handle: Parameters<typeof startServer>[0] = (request, response) => {
    response.write("{}\n");
    if (request.url?.includes("watch") !== true) response.end();
  };
  server = await startServer(handle, certificates);
  plain = await startServer(handle);
});

afterAll(async () => {
  await compiled.remove();
  await server.close();
  await plain.close();
  await rm(directory, { recursive: true });
});

/** Built-in modules loaded by a script beyond those of another one; of a bare process by itself. */
async function modulesOf(script: string, other = ""): Promise<string[]> {
  const print = "console.log(JSON.stringify(process.moduleLoadList))";
  const bare = JSON.parse(await compiled.run(`${other}; ${print}`)) as string[];
  const loaded = JSON.parse(await compiled.run(`${script}; ${print}`)) as string[];
  return loaded.filter((name) => !bare.includes(name));
}

const importing = 'const { createClient, connect } = await import("@haversack/client-node")';
const asking = 'await client.request({ method: "GET", path: "/api" })';

describe("importing the package", () => {
  it("loads no HTTP, TLS, crypto, zlib or undici", async () => {
    const modules = await modulesOf(importing);
    expect(modules.filter((name) => /undici|https?$|tls|zlib|crypto$/.test(name))).toEqual([]);
  });

  it("needs no client-node, which is not even installed there", async () => {
    const script = `${importing}; await connect({ env: {}, kubeConfigFile: "${caFile}" }).catch((e) => console.log(e.code, e.message))`;
    expect(await compiled.run(script)).toMatch(/EXP_CONFIGURATION.*it is not installed.*Install/);
  });
});

describe("a version of client-node that does not run on this Node", () => {
  it("is refused before it is loaded", async () => {
    const isOld = Number(process.versions.node.split(".")[0]) < 22;
    await compiled.install("@kubernetes/client-node", {
      "package.json": '{"name":"@kubernetes/client-node","version":"2.0.1","main":"index.js"}',
      "index.js": 'throw new Error("it was loaded")',
    });
    const script = `${importing}; await connect({ env: {}, kubeConfigFile: "${caFile}" }).catch((e) => console.log(e.code, e.message))`;
    const why = isOld ? "version 2.0.1 does not run on Node" : "it was loaded";
    expect(await compiled.run(script)).toMatch(new RegExp(`EXP_CONFIGURATION.*${why}`));
  });
});

describe("a request", () => {
  it("over plain http loads neither TLS nor undici", async () => {
    const client = `const client = createClient({ server: "${plain.url}", token: "abcd" })`;
    // From Node 24 on, node:http by itself loads both.
    const byHand =
      'const { request } = await import("node:http"); await new Promise((done) => ' +
      `request("${plain.url}/api", (r) => r.resume().on("end", done)).end())`;
    const modules = await modulesOf(
      `${importing}; ${client}; ${asking}; await client.close()`,
      byHand,
    );
    expect(modules.filter((name) => /undici|https$|tls/.test(name))).toEqual([]);
  });

  it("over https loads no undici and no zlib", async () => {
    const client = `const client = createClient({ server: "${server.url}", caFile: "${caFile}" })`;
    const modules = await modulesOf(`${importing}; ${client}; ${asking}; await client.close()`);
    expect(modules).toContain("NativeModule https");
    expect(modules.filter((name) => /undici|zlib/.test(name))).toEqual([]);
  });
});

describe("a process", () => {
  it("ends by itself after its last request, although the client was not closed", async () => {
    const client = `const client = createClient({ server: "${server.url}", caFile: "${caFile}" })`;
    expect(await compiled.run(`${importing}; ${client}; ${asking}; console.log("done")`)).toBe(
      "done\n",
    );
  });

  it("has no handle left when a client with open watches was closed", async () => {
    const script = `${importing};
      const client = createClient({ server: "${server.url}", caFile: "${caFile}" });
      await Promise.all([1, 2, 3].map(() => client.stream({ method: "GET", path: "/a", query: { watch: 1 } })));
      ${asking};
      const before = process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)).length;
      await client.close();
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      console.log(before >= 3, process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name)).join());`;
    expect(await compiled.run(script)).toBe("true \n");
  });
});
