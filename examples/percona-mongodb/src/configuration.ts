// SPDX-License-Identifier: Apache-2.0
// Reading a mongod or mongos configuration (YAML text in the custom resource) (stage 5: reconcile).
import { parse, stringify } from "yaml";
import { isJsonObject, type JsonObject } from "./json.js";

/** Where the encryption key is mounted, and the file's name (deploy layout of the operator's image). */
export const encryptionDirectory = "/etc/mongodb-encryption";
export const encryptionKeyFile = "encryption-key";

const defaultPort = 27017;

/**
 * The sections of a configuration; none when the text is empty.
 *
 * @throws {@link SyntaxError} when the text is no YAML mapping.
 */
export function configurationSections(configuration: string | undefined): JsonObject {
  if (configuration === undefined || configuration.trim() === "") return {};
  let parsed: unknown;
  try {
    parsed = parse(configuration);
  } catch (cause) {
    throw new SyntaxError(
      `cannot read configuration: ${parserText(cause)}. Write it as YAML, as in mongod.conf.`,
      { cause },
    );
  }
  if (parsed === null) return {};
  if (!isJsonObject(parsed)) {
    throw new SyntaxError(
      "cannot read configuration: it is no YAML mapping. Write it as YAML, as in mongod.conf.",
    );
  }
  return parsed;
}

/** The first line of the parser's words; the others draw a picture. */
function parserText(cause: unknown): string {
  const [first = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
  return first.replace(/[:.]$/, "");
}

/**
 * Why a configuration cannot be used, and what to change; `undefined` when it can.
 *
 * @see the original's MongoConfiguration: `security` and `net.tls` have to be mappings.
 */
export function configurationProblem(configuration: string | undefined): string | undefined {
  let sections: JsonObject;
  try {
    sections = configurationSections(configuration);
  } catch (error) {
    if (error instanceof SyntaxError) return error.message.replace(/\.$/, "");
    throw error;
  }
  const { security, net } = sections;
  if (security !== undefined && security !== null && !isJsonObject(security))
    return "its configuration has a security section that is no mapping. Indent its keys below it";
  const tls = isJsonObject(net) ? net["tls"] : undefined;
  if (tls !== undefined && tls !== null && !isJsonObject(tls))
    return "its configuration has a net.tls section that is no mapping. Indent its keys below it";
  return undefined;
}

/** The port a configuration sets, or the fallback, or 27017. */
export function configuredPort(configuration: string | undefined, fallback?: number): number {
  const port = section(configuration, "net")["port"];
  if (typeof port === "number" && port > 0) return port;
  return fallback !== undefined && fallback !== 0 ? fallback : defaultPort;
}

/** The replica set's name inside MongoDB, when the configuration gives another than the spec. */
export function configuredReplsetName(configuration: string | undefined): string | undefined {
  const name = section(configuration, "replication")["replSetName"];
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** Whether data at rest is encrypted: what the configuration says, else yes, except in memory. */
export function isEncryptionOn(configuration: string | undefined, engine: string): boolean {
  const enabled = section(configuration, "security")["enableEncryption"];
  return typeof enabled === "boolean" ? enabled : engine !== "inMemory";
}

/** Whether the encryption key comes from a vault. */
export function usesVault(configuration: string | undefined): boolean {
  return Object.hasOwn(section(configuration, "security"), "vault");
}

/** Whether mongod logs less; yes unless the configuration says no. */
export function isQuiet(configuration: string | undefined): boolean {
  return section(configuration, "systemLog")["quiet"] !== false;
}

/** The TLS mode a configuration sets; the operator refuses it, because `spec.tls.mode` is the place. */
export function configuredTlsMode(configuration: string | undefined): string | undefined {
  const tls = section(configuration, "net")["tls"];
  const mode = isJsonObject(tls) ? tls["mode"] : undefined;
  return typeof mode === "string" && mode !== "" ? mode : undefined;
}

/**
 * The configuration as it is stored: with the path of the key when encryption is mentioned.
 *
 * Only a configuration with a `security` section is written anew, with sorted keys, as the original
 * does; any other text stays as the user wrote it.
 */
export function storedConfiguration(configuration: string | undefined): string {
  const sections = configurationSections(configuration);
  const security = sections["security"];
  if (!isJsonObject(security) || Object.hasOwn(security, "vault")) return configuration ?? "";
  const path = `${encryptionDirectory}/${encryptionKeyFile}`;
  const completed = Object.hasOwn(security, "enableEncryption")
    ? { ...security, encryptionKeyFile: path }
    : security;
  return stringify(
    { ...sections, security: completed },
    { sortMapEntries: true, indentSeq: false, lineWidth: 0 },
  );
}

function section(configuration: string | undefined, name: string): JsonObject {
  const found = configurationSections(configuration)[name];
  return isJsonObject(found) ? found : {};
}
