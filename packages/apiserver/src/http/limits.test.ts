// SPDX-License-Identifier: Apache-2.0
// Bad and slow clients over real sockets: answered or dropped, and never in anybody's way.
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { configMap, configMaps, TestApi } from "../../test/api.js";
import { listen } from "./node-server.js";
import type { Transport } from "./node-server.js";
import { parseYamlBody } from "./read-yaml.js";

/** Everything that a socket is sent until it is closed. */
async function everything(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  await once(socket, "close");
  return text;
}

const portOf = (api: TestApi): number => Number(new URL(api.server.url).port);

describe("slow and many clients", () => {
  let transport: Transport;
  beforeAll(async () => {
    const limits = { headersMs: 300, requestMs: 600, connections: 3, checkEveryMs: 50 };
    const handle = async (request: { body(): Promise<Buffer> }): Promise<never> => {
      const { length } = await request.body();
      throw new Error(`a whole body of ${length} bytes came`);
    };
    transport = await listen({ port: 0, tls: undefined, handle, limits });
  });
  afterAll(() => transport.close());

  const open = async (): Promise<Socket> => {
    const socket = connect(transport.port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };

  it("are answered 408 when their headers or bodies do not come", async () => {
    const [headers, body] = [await open(), await open()];
    headers.write("GET /api HTTP/1.1\r\nhost: a\r\nx-slow: ");
    body.write("POST /api HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{");
    expect(await everything(headers)).toMatch(/^HTTP\/1\.1 408 /);
    expect(await everything(body)).toMatch(/^(HTTP\/1\.1 408 .*)?/);
  });

  it("are closed at once when there are too many of them", async () => {
    const sockets = [await open(), await open(), await open()];
    expect(await everything(await open())).toBe("");
    for (const socket of sockets) socket.destroy();
  });
});

describe("bytes that are no request", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start({ anonymous: "admin" });
  });
  afterAll(() => api.close());

  const send = async (text: string): Promise<string> => {
    const socket = connect(portOf(api), "127.0.0.1");
    socket.end(text, "latin1");
    return everything(socket);
  };

  it("are refused, and the server goes on", async () => {
    expect(await send("nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    const flood = `GET /api HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(1_100_000)}\r\n\r\n`;
    expect(await send(flood)).toMatch(/^HTTP\/1\.1 431 /);
    const long = `GET /api?x=${"y".repeat(100_000)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`;
    expect(await send(long)).toMatch(/^HTTP\/1\.1 200 /);
    expect((await api.get("/readyz")).status).toBe(200);
  });

  it("of any kind end in an answer or a closed connection", async () => {
    const word = fc.constantFrom("GET", "POST", "/api", configMaps, "HTTP/1.1", "a: b", "{}", "x");
    const end = fc.constantFrom("\r\n", "\n", " ", "\0", "\r\n\r\n", "content-length: 3\r\n");
    const bytes = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), word, end);
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 12 }), async (parts) => {
        expect(await send(parts.join(""))).not.toContain("Internal error");
      }),
      { numRuns: 60 * Number(process.env["HAVERSACK_FUZZ_SCALE"] ?? 1) },
    );
    expect((await api.get("/readyz")).status).toBe(200);
  }, 120_000);

  it("are refused with 413 beyond 3 MB, and the connection stays good", async () => {
    const value = "x".repeat(3_200_000);
    const { status, body } = await api.post(configMaps, configMap("a", { value }));
    expect([status, body["reason"], body["message"]]).toEqual([
      413,
      "RequestEntityTooLarge",
      "Request entity too large: limit is 3145728",
    ]);
    const yaml = { type: "application/yaml" };
    expect(
      (await api.post(configMaps, configMap("a", { value: value.slice(2e6) }), yaml)).status,
    ).toBe(422);
  });
});

describe("YAML that is meant to hurt", () => {
  const texts: Readonly<Record<string, string>> = {
    "list marks": `${"- ".repeat(700_000)}a`,
    brackets: "[".repeat(1_500_000),
    keys: Array.from({ length: 1_500 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"),
    quotes: '"'.repeat(200_000),
    anchors: "&a ".repeat(200_000),
    aliases: `a: &x "${"y".repeat(1_000_000)}"\nb: [${"*x, ".repeat(99)}]`,
    laughs: Array.from(
      { length: 12 },
      (_, level) =>
        `a${level}: &a${level} [${Array(10)
          .fill(level > 0 ? `*a${level - 1}` : "x")
          .join()}]`,
    ).join("\n"),
    documents: "---\n".repeat(300_000),
  };
  for (const [name, text] of Object.entries(texts)) {
    it(`is refused in no time: ${name}`, () => {
      expect(() => parseYamlBody(text, "bad: ")).toThrow(/^bad: (yaml: |exceeded max depth)/);
    }, 5_000);
  }

  it("is told by line", () => {
    expect(() => parseYamlBody("a: b\nc: [", "bad: ")).toThrow(/^bad: yaml: line 2: /);
    expect(() => parseYamlBody(" ".repeat(1_600_000), "bad: ")).toThrow(/limit is 1572864/);
  });

  it("may carry any number of marks in its strings", () => {
    const text = `a: |\n  ${"[".repeat(9_000)}\nb: "${"*x ".repeat(5_000)}"\n`;
    expect(Object.keys(parseYamlBody(text, "").value as object)).toEqual(["a", "b"]);
    expect(parseYamlBody("", "").value).toBeNull();
  });
});
