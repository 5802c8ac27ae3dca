// SPDX-License-Identifier: Apache-2.0
// Protobuf bodies: the envelope, the kinds, and everything that is none.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { StatusError } from "../status-error.js";
import { parseProtobuf } from "./protobuf.js";

const field = (number: number, bytes: Buffer | string): Buffer => {
  const body = Buffer.from(bytes as string);
  return Buffer.concat([Buffer.from([(number << 3) | 2, body.length]), body]);
};
const flag = (number: number, value: number): Buffer => Buffer.from([number << 3, value]);
const envelope = (kind: string, ...raw: Buffer[]): Buffer => {
  const typeMeta = Buffer.concat([field(1, "v1"), field(2, kind)]);
  return Buffer.concat([Buffer.from("k8s\0"), field(1, typeMeta), field(2, Buffer.concat(raw))]);
};

describe("parseProtobuf()", () => {
  it("reads strings, maps, bytes, booleans and times", () => {
    const time = Buffer.from([0x08, 0x80, 0x84, 0xaf, 0x5f]);
    const metadata = Buffer.concat([
      field(1, "a"),
      field(8, time),
      field(14, "x.io/y"),
      field(14, "x.io/z"),
    ]);
    const entry = (key: string, value: string): Buffer =>
      Buffer.concat([field(1, key), field(2, value)]);
    const body = envelope(
      "ConfigMap",
      field(1, metadata),
      field(2, entry("k", "v")),
      field(2, entry("__proto__", "p")),
      field(3, entry("b", "\u0001")),
      flag(4, 1),
    );
    expect(JSON.stringify(parseProtobuf(body))).toBe(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"1976-05-03T19:33:20Z",' +
        '"finalizers":["x.io/y","x.io/z"]},"data":{"k":"v","__proto__":"p"},"binaryData":{"b":"AQ=="},"immutable":true}',
    );
  });

  it("skips fields it does not know, and reads no kind it does not know", () => {
    const body = envelope("ConfigMap", field(15, "future"), flag(14, 3), field(1, field(1, "a")));
    expect(parseProtobuf(body)).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
    });
    expect(parseProtobuf(envelope("Gadget"))).toBeUndefined();
  });

  it("reads what Kubernetes itself wrote, field by field, as its JSON says", () => {
    const folder = new URL("../../test/fixtures/protobuf/", import.meta.url);
    const names = readdirSync(folder).filter((name) => name.endsWith(".pb"));
    expect(names.length).toBe(5);
    for (const name of names) {
      const json = readFileSync(new URL(name.replace(".pb", ".json"), folder), "utf8");
      expect(parseProtobuf(readFileSync(new URL(name, folder)))).toEqual(JSON.parse(json));
    }
  });

  it("leaves out what JSON leaves out when it is zero, and keeps what a pointer says", () => {
    const spec = Buffer.concat([flag(1, 0), flag(5, 0), flag(7, 0)]);
    const typeMeta = Buffer.concat([field(1, "apps/v1"), field(2, "Deployment")]);
    const body = [Buffer.from("k8s\0"), field(1, typeMeta), field(2, field(2, spec))];
    expect(parseProtobuf(Buffer.concat(body))?.["spec"]).toEqual({ replicas: 0 });
  });

  it("refuses messages inside messages without end", () => {
    let raw: Buffer = Buffer.from([]);
    const wrap = (number: number, bytes: Buffer): Buffer => {
      const length = [];
      for (let rest = bytes.length; ; rest >>>= 7) {
        length.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) break;
      }
      return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
    };
    for (let depth = 0; depth < 5_000; depth++) raw = wrap(1, raw);
    const typeMeta = Buffer.concat([field(1, "v1"), field(2, "ConfigMap")]);
    const body = Buffer.concat([Buffer.from("k8s\0"), field(1, typeMeta), wrap(2, raw)]);
    expect(() => parseProtobuf(body)).not.toThrow(RangeError);
  });

  it("refuses anything else with 400", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, hasMagic) => {
        const body = hasMagic
          ? Buffer.concat([envelope("ConfigMap", Buffer.from(bytes))])
          : Buffer.from(bytes);
        try {
          parseProtobuf(body);
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
        }
      }),
    );
  });
});
