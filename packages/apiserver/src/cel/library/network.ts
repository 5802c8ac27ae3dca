// SPDX-License-Identifier: Apache-2.0
// URLs, addresses and networks as CEL values.
import { isIP } from "node:net";
import { fn, method, traverse, walks } from "../overload.js";
import type { Overload } from "../overload.js";
import { ArrayList, CelError, EntryMap, mapKey } from "../values.js";
import type { CelMap, CelValue, Opaque } from "../values.js";

/** A URI as it is written, cut into its parts. */
class Url implements Opaque {
  readonly opaque = "kubernetes.URL";
  readonly size = 1;
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  constructor(text: string, scheme: string, rest: string) {
    this.text = text;
    this.scheme = scheme;
    const [beforeQuery = "", query = ""] = rest.replace(/#.*$/s, "").split(/\?(.*)/s);
    this.query = query;
    const authority = /^\/\/([^/]*)/.exec(beforeQuery)?.[0] ?? "";
    this.host = authority.slice(authority.lastIndexOf("@") + 1).replace(/^\/\//, "");
    // What begins with no slash is opaque and has no path.
    this.path = beforeQuery.startsWith("/") ? beforeQuery.slice(authority.length) : "";
  }
  equals(other: Opaque): boolean {
    return other instanceof Url && other.text === this.text;
  }
}

/** A URI with a scheme, or an absolute path, as requests carry them. */
function readUrl(text: string): Url | undefined {
  if (/[\x00-\x1f\x7f]/.test(text)) return undefined;
  const [, scheme = "", rest = ""] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(.*)$/s.exec(text) ?? [];
  if (scheme === "" && !rest.startsWith("/")) return undefined;
  if (/%(?![0-9a-fA-F]{2})/.test(rest.split("?")[0] ?? "")) return undefined;
  const value = new Url(text, scheme.toLowerCase(), scheme === "" ? text : rest);
  const isHost = value.host === "" || URL.canParse(`http://${value.host}/`);
  return isHost ? value : undefined;
}

function url(text: string): Url {
  const value = readUrl(text);
  if (value !== undefined) return value;
  throw new CelError(
    `URL parse error during conversion from string: parse "${text}": invalid URI for request`,
  );
}

const portOf = ({ host }: Url): string => /:(\d*)$/.exec(host)?.[1] ?? "";
const hostname = ({ host }: Url): string => host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");

/** The path with what must not stand in it percent-encoded; what is encoded stays. */
const escapedPath = ({ path }: Url): string =>
  path.replace(/[^\w\-.~!$&'()*+,;=:@/%]/gu, (point) => encodeURIComponent(point));

function queryOf({ query }: Url): CelMap {
  const parameters = new URLSearchParams(query);
  const entries = new Map<string, readonly [CelValue, CelValue]>();
  for (const name of new Set(parameters.keys())) {
    entries.set(mapKey(name) as string, [name, new ArrayList(parameters.getAll(name))]);
  }
  return new EntryMap(entries);
}

const urls: readonly Overload[] = [
  fn("url", "string -> URL", url, { ...walks, size: (size = 0) => size }),
  fn("isURL", "string -> bool", (text: string) => readUrl(text) !== undefined, walks),
  method("getScheme", "URL -> string", ({ scheme }: Url) => scheme),
  method("getHost", "URL -> string", ({ host }: Url) => host),
  method("getHostname", "URL -> string", hostname),
  method("getPort", "URL -> string", portOf),
  method("getEscapedPath", "URL -> string", escapedPath),
  method("getQuery", "URL -> map<string, list<string>>", queryOf),
];

/** An address as its bytes. */
class Ip implements Opaque {
  readonly opaque = "net.IP";
  readonly bytes: readonly number[];
  constructor(bytes: readonly number[]) {
    this.bytes = bytes;
  }
  get size(): number {
    return this.bytes.length;
  }
  equals(other: Opaque): boolean {
    return other instanceof Ip && sameBits(this.bytes, other.bytes, this.bytes.length * 8);
  }
}

/** Whether two addresses of one family share their first bits. */
function sameBits(left: readonly number[], right: readonly number[], bits: number): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at * 8 < bits; at++) {
    const mask = 0xff & ~(0xff >> Math.min(8, bits - at * 8));
    if (((left[at] ?? 0) & mask) !== ((right[at] ?? 0) & mask)) return false;
  }
  return true;
}

function groupsOf(text: string): number[] {
  return text === ""
    ? []
    : text.split(":").flatMap((group) => {
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      });
}

function readIp(text: string): Ip | undefined {
  const family = isIP(text);
  // Zones and embedded IPv4 forms are refused, as the API server does.
  if (family === 0 || text.includes("%") || (family === 6 && text.includes("."))) return undefined;
  if (family === 4) return new Ip(text.split(".").map(Number));
  const [head = "", tail] = text.split("::");
  const before = groupsOf(head);
  if (tail === undefined) return new Ip(before);
  const after = groupsOf(tail);
  const zeros = Array.from({ length: 16 - before.length - after.length }, () => 0);
  return new Ip([...before, ...zeros, ...after]);
}

function ip(text: string): Ip {
  const value = readIp(text);
  if (value === undefined)
    throw new CelError(
      `IP Address "${text}" parse error during conversion from string: unable to parse IP`,
    );
  return value;
}

function ipText({ bytes }: Ip): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_none, at) =>
    (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16),
  );
  const runs = [...groups.join(":").matchAll(/(?:^|:)(0(?::0)+)(?=:|$)/g)].map(
    ([, run = ""]) => run,
  );
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  const text = groups.join(":");
  if (longest === "") return text;
  const at = text.search(new RegExp(`(?:^|(?<=:))${longest}(?=:|$)`));
  const [left, right] = [text.slice(0, at), text.slice(at + longest.length)];
  return `${left.replace(/:$/, "")}::${right.replace(/^:/, "")}`;
}

const family = ({ bytes }: Ip): bigint => (bytes.length === 4 ? 4n : 6n);
const within = (network: string) => {
  const { address, prefix } = cidr(network);
  return ({ bytes }: Ip): boolean => sameBits(bytes, address.bytes, prefix);
};
const either = (...networks: string[]): ((address: Ip) => boolean) => {
  let tests: ((address: Ip) => boolean)[] | undefined;
  return (address) => (tests ??= networks.map(within)).some((test) => test(address));
};

const isUnspecified = either("0.0.0.0/32", "::/128");
const isLoopback = either("127.0.0.0/8", "::1/128");
const isLinkLocalUnicast = either("169.254.0.0/16", "fe80::/10");
const isMulticast = either("224.0.0.0/4", "ff00::/8");
const isBroadcast = either("255.255.255.255/32");
const isGlobalUnicast = (address: Ip): boolean =>
  ![isUnspecified, isLoopback, isLinkLocalUnicast, isMulticast, isBroadcast].some((test) =>
    test(address),
  );

class Cidr implements Opaque {
  readonly opaque = "net.CIDR";
  readonly address: Ip;
  readonly prefix: number;
  constructor(address: Ip, prefix: number) {
    this.address = address;
    this.prefix = prefix;
  }
  get size(): number {
    return Math.ceil(this.prefix / 8);
  }
  equals(other: Opaque): boolean {
    return (
      other instanceof Cidr && other.prefix === this.prefix && this.address.equals(other.address)
    );
  }
}

function readCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = readIp(match?.[1] ?? "");
  const prefix = Number(match?.[2]);
  if (address === undefined || prefix > address.bytes.length * 8) return undefined;
  return new Cidr(address, prefix);
}

function cidr(text: string): Cidr {
  const value = readCidr(text);
  if (value === undefined)
    throw new CelError(`network address parse error during conversion from string: ${text}`);
  return value;
}

const masked = ({ address, prefix }: Cidr): Cidr =>
  new Cidr(
    new Ip(
      address.bytes.map(
        (byte, at) => byte & (0xff & ~(0xff >> Math.min(8, Math.max(0, prefix - at * 8)))),
      ),
    ),
    prefix,
  );

const holds = (network: Cidr, address: Ip): boolean =>
  sameBits(network.address.bytes, address.bytes, network.prefix);
const holdsNetwork = (outer: Cidr, inner: Cidr): boolean =>
  inner.prefix >= outer.prefix && holds(outer, inner.address);

const addresses: readonly Overload[] = [
  fn("ip", "string -> IP", ip, walks),
  fn("isIP", "string -> bool", (text: string) => readIp(text) !== undefined, walks),
  fn("ip.isCanonical", "string -> bool", (text: string) => ipText(ip(text)) === text, {
    cost: (size = 0) => traverse(size * 2),
  }),
  fn("string", "IP -> string", ipText),
  method("family", "IP -> int", family),
  method("isUnspecified", "IP -> bool", isUnspecified),
  method("isLoopback", "IP -> bool", isLoopback),
  method("isLinkLocalMulticast", "IP -> bool", either("224.0.0.0/24", "ff02::/16")),
  method("isLinkLocalUnicast", "IP -> bool", isLinkLocalUnicast),
  method("isGlobalUnicast", "IP -> bool", isGlobalUnicast),
  fn("cidr", "string -> CIDR", cidr, walks),
  fn("isCIDR", "string -> bool", (text: string) => readCidr(text) !== undefined, walks),
  fn("string", "CIDR -> string", ({ address, prefix }: Cidr) => `${ipText(address)}/${prefix}`),
  method("containsIP", "CIDR, IP -> bool", holds, { cost: (size = 0) => traverse(size * 2) }),
  method(
    "containsIP",
    "CIDR, string -> bool",
    (network: Cidr, text: string) => holds(network, ip(text)),
    {
      cost: (size = 0, text = 0) => traverse(size * 2) + traverse(text),
    },
  ),
  method("containsCIDR", "CIDR, CIDR -> bool", holdsNetwork, {
    cost: (size = 0) => traverse(size * 2) + traverse(size) + 1,
  }),
  method(
    "containsCIDR",
    "CIDR, string -> bool",
    (network: Cidr, text: string) => holdsNetwork(network, cidr(text)),
    {
      cost: (size = 0, text = 0) => traverse(size * 2) + traverse(size) + 1 + traverse(text),
    },
  ),
  method("ip", "CIDR -> IP", ({ address }: Cidr) => address),
  method("masked", "CIDR -> CIDR", masked),
  method("prefixLength", "CIDR -> int", ({ prefix }: Cidr) => BigInt(prefix)),
];

/** URLs, addresses and networks. */
export const networkLibrary: readonly Overload[] = [...urls, ...addresses];
