// SPDX-License-Identifier: Apache-2.0
// Options of a client: what is refused, what goes on the wire, what is never shown.
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "@haversack/core";
import { json, type LocalServer, startServer, status } from "../../test/local-server.js";
import { recordingLogger } from "../../test/recording-logger.js";
import { createClient } from "./create-client.js";

const pods = { method: "GET", path: "/api/v1/pods" } as const;
let server: LocalServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** The raw headers of a request of a client with these options. */
async function headersWith(
  options: Omit<Parameters<typeof createClient>[0], "server">,
): Promise<string[]> {
  let raw: string[] = [];
  server = await startServer((request, response) => {
    raw = request.rawHeaders;
    json(response, 200, {});
  });
  const client = createClient({ server: server.url, ...options });
  await client.request(pods);
  await client.close();
  return raw;
}

describe("createClient()", () => {
  it.each([
    ["no URL", "10.0.0.1"],
    ["another scheme", "ftp://10.0.0.1"],
    ["credentials", "https://bob:canary@10.0.0.1"],
    ["credentials in what is no URL", "https://bob:canary@10.0.0.1:x"],
  ])("refuses a server with %s, without showing secrets", (_what, address) => {
    const make = (): unknown => createClient({ server: address });
    expect(make).toThrow(ConfigurationError);
    expect(make).not.toThrow(/canary/);
  });

  it.each([
    { token: "aaaa", tokenFile: "/token" },
    { ca: "pem", caFile: "/ca" },
    { clientCertificate: "pem" },
    { clientKeyFile: "/key" },
    { token: "two words" },
    { token: "" },
    { token: "line\nbreak" },
    { impersonate: { user: "" } },
    { impersonate: { user: "a\r\nX-Evil: 1" } },
  ])("refuses %j", (options) => {
    const make = (): unknown => createClient({ server: "https://10.0.0.1", ...options });
    expect(make).toThrow(ConfigurationError);
  });

  it("takes IPv6 addresses", () => {
    expect(createClient({ server: "https://[::1]:6443/" }).server).toBe("https://[::1]:6443");
  });

  it("impersonates a user with groups, uid and extra fields, each group in its own header", async () => {
    const raw = await headersWith({
      userAgent: "database-operator",
      impersonate: {
        user: "jürgen",
        uid: "u-1",
        groups: ["dev", "system:authenticated"],
        extra: { "example.com/Reason": ["a", "b"] },
      },
    });
    const sent = pairs(raw).filter(([name]) => name.startsWith("Impersonate"));
    expect(sent).toEqual([
      ["Impersonate-User", Buffer.from("jürgen").toString("latin1")],
      ["Impersonate-Uid", "u-1"],
      ["Impersonate-Group", "dev"],
      ["Impersonate-Group", "system:authenticated"],
      ["Impersonate-Extra-example.com%2FReason", "a"],
      ["Impersonate-Extra-example.com%2FReason", "b"],
    ]);
    expect(pairs(raw)).toContainEqual(["User-Agent", "database-operator"]);
  });

  it("sends no credentials and no body headers when there are none", async () => {
    const names = pairs(await headersWith({})).map(([name]) => name.toLowerCase());
    expect(names.sort()).toEqual(["accept", "connection", "host", "user-agent"]);
  });
});

describe("a token", () => {
  const canary = "canary-c0ffee-token";

  it("is shown by no error, log or inspection, even when the server repeats it", async () => {
    const logger = recordingLogger();
    const shown: string[] = [];
    server = await startServer((request, response) => {
      const echo = `you sent ${request.headers.authorization}`;
      const code = [401, 403, 429, 500, 503, 409][(server?.requests.length ?? 1) - 1] ?? 200;
      status(response, code, echo, { "retry-after": "3600", "x-echo": canary });
    });
    const client = createClient({ server: server.url, token: canary, logger });
    for (let i = 0; i < 6; i += 1) {
      const error: unknown = await client.request(pods).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(Error);
      shown.push(inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error));
    }
    shown.push(inspect(client, { depth: 20, showHidden: true }), JSON.stringify(client));
    await server.close();
    const lost: unknown = await client.request(pods).catch((e: unknown) => e);
    shown.push(inspect(lost, { depth: 20, showHidden: true }), ...logger.lines);
    expect(shown.join("\n")).not.toContain("canary");
    expect(shown[0]).toContain("you sent");
    await client.close();
  });
});

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) found.push([raw[i] ?? "", raw[i + 1] ?? ""]);
  return found;
}
