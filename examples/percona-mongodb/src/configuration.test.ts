// SPDX-License-Identifier: Apache-2.0
// What the operator reads from a mongod configuration, and how it stores it.
import { describe, expect, it } from "@jest/globals";
import {
  configuredPort,
  configuredReplsetName,
  isEncryptionOn,
  isQuiet,
  storedConfiguration,
  usesVault,
} from "./configuration.js";

describe("a configuration", () => {
  it("sets the port, else the fallback, else 27017", () => {
    expect(configuredPort("net:\n  port: 27018\n", 27020)).toBe(27018);
    expect(configuredPort("", 27020)).toBe(27020);
    expect(configuredPort(undefined)).toBe(27017);
  });

  it("sets the name of the replica set", () => {
    expect(configuredReplsetName("replication:\n  replSetName: other\n")).toBe("other");
    expect(configuredReplsetName("replication: {}\n")).toBeUndefined();
  });

  it("switches encryption, which is on by default except in memory", () => {
    expect(isEncryptionOn(undefined, "wiredTiger")).toBe(true);
    expect(isEncryptionOn(undefined, "inMemory")).toBe(false);
    expect(isEncryptionOn("security:\n  enableEncryption: false\n", "wiredTiger")).toBe(false);
  });

  it("is quiet unless it says otherwise", () => {
    expect(isQuiet("systemLog:\n  quiet: false\n")).toBe(false);
    expect(isQuiet("systemLog: {}\n")).toBe(true);
  });

  it("knows a vault by its section", () => {
    expect(usesVault("security:\n  vault:\n    serverName: v\n")).toBe(true);
    expect(usesVault("security: {}\n")).toBe(false);
  });

  it.each(["a: [", "- 1\n- 2\n", "just text"])("that is no YAML mapping is refused: %j", (text) => {
    expect(() => configuredPort(text)).toThrow(SyntaxError);
  });
});

describe("storedConfiguration()", () => {
  it("adds the path of the key and sorts keys when encryption is mentioned", () => {
    const stored = storedConfiguration(
      "security:\n  redactClientLogData: false\n  enableEncryption: true\nnet:\n  port: 27017\n",
    );
    expect(stored).toBe(
      "net:\n  port: 27017\nsecurity:\n  enableEncryption: true\n  encryptionKeyFile: /etc/mongodb-encryption/encryption-key\n  redactClientLogData: false\n",
    );
  });

  it("leaves a text without a security section as the user wrote it", () => {
    const text = "# mine\nnet: { port: 27017 }\n";
    expect(storedConfiguration(text)).toBe(text);
  });

  it("is empty for nothing", () => {
    expect(storedConfiguration(undefined)).toBe("");
  });
});
