// SPDX-License-Identifier: Apache-2.0
// Hashes must be the very bytes the original makes, or an upgrade would restart every pod.
import { describe, expect, it } from "@jest/globals";
import { createHash } from "node:crypto";
import { named, seeing } from "../../test/primaries.js";
import { configHash, customConfig, secretHash } from "./config-hash.js";

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

describe("configHash()", () => {
  it("is the digest of the original's expected file", () => {
    expect(configHash({ "fluentbit_custom.conf": "config" }, undefined)).toBe(
      "e0844d27afffb9c39679f2f44ffe3d7e",
    );
  });

  it("sorts keys by bytes and leaves empty maps out", () => {
    expect(configHash({ b: "2", a: "1", B: "0" }, {})).toBe(
      md5('{"str_data":{"B":"0","a":"1","b":"2"}}'),
    );
    expect(configHash({}, { k: "dg==" })).toBe(md5('{"bin_data":{"k":"dg=="}}'));
    expect(configHash(undefined, undefined)).toBe(md5("{}"));
  });

  it("escapes as Go does", () => {
    const json = String.raw`{"str_data":{"k":"\u003ca\u003e\u0026\u2028\u0008\u000c\\b\n"}}`;
    expect(configHash({ k: "<a>&\u2028\b\f\\b\n" }, undefined)).toBe(md5(json));
  });

  it("keeps a key named __proto__", () => {
    const data = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    expect(configHash(data, undefined)).toBe(md5('{"str_data":{"__proto__":"x"}}'));
  });
});

describe("secretHash()", () => {
  it("is the digest of the bytes as Go prints them", () => {
    const secret = { ...named("Secret", "ssl"), data: { "tls.key": "aw==", "ca.crt": "Y2E=" } };
    expect(secretHash(secret)).toBe(md5("map[ca.crt:[99 97] tls.key:[107]]\n"));
  });

  it("is empty without a Secret", () => {
    expect(secretHash(undefined)).toBe("");
  });
});

describe("customConfig()", () => {
  it("prefers a Secret of the user over a ConfigMap of the same name", () => {
    const both = [named("ConfigMap", "db-rs0-mongod"), named("Secret", "db-rs0-mongod")];
    expect(customConfig(seeing(both), "db-rs0-mongod")?.volumeSource).toEqual({
      secret: { secretName: "db-rs0-mongod", optional: true },
    });
  });

  it("is absent when neither exists", () => {
    expect(customConfig(seeing(), "db-rs0-mongod")).toBeUndefined();
  });
});
