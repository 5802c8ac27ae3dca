// SPDX-License-Identifier: Apache-2.0
// All secondaries of a primary: from the index, by a scan, and as the index grows.
import { buildIndex, event, perPrimary, secondaryAt } from "../lib/indexed.js";
import { answer, type Measures } from "../lib/question.js";

const lookUps = 20_000;

/** Looks primaries up in a scattered order, each after one of its secondaries has changed. */
function changed(total: number): () => Promise<Measures> {
  return () => {
    const { index, primaries } = buildIndex(total);
    const order = Array.from(
      { length: lookUps },
      (_, at) => primaries[(at * 7919) % primaries.length]!,
    );
    let version = 100;
    let found = 0;
    let updateNs = 0n;
    let lookUpNs = 0n;
    for (let pass = 0; pass < 2; pass += 1) {
      updateNs = 0n;
      lookUpNs = 0n;
      found = 0;
      for (const primary of order) {
        version += 1;
        const secondary = secondaryAt(primary, version % perPrimary, String(version));
        const start = process.hrtime.bigint();
        index.apply("configMaps", event("modified", secondary));
        const between = process.hrtime.bigint();
        found += index.of(primary).configMaps.length;
        lookUpNs += process.hrtime.bigint() - between;
        updateNs += between - start;
      }
    }
    if (found !== lookUps * perPrimary) throw new Error(`found ${found}`);
    return Promise.resolve({
      microsecondsPerLookUp: Number(lookUpNs) / lookUps / 1000,
      microsecondsPerUpdate: Number(updateNs) / lookUps / 1000,
    });
  };
}

function unchanged(total: number): () => Promise<Measures> {
  return () => {
    const { index, primaries } = buildIndex(total);
    const order = Array.from(
      { length: lookUps },
      (_, at) => primaries[(at * 7919) % primaries.length]!,
    );
    for (const primary of order) index.of(primary);
    let found = 0;
    const start = process.hrtime.bigint();
    for (const primary of order) found += index.of(primary).configMaps.length;
    const ns = process.hrtime.bigint() - start;
    if (found !== lookUps * perPrimary) throw new Error(`found ${found}`);
    return Promise.resolve({ microsecondsPerLookUp: Number(ns) / lookUps / 1000 });
  };
}

function scan(total: number): () => Promise<Measures> {
  return () => {
    const { primaries, all } = buildIndex(total);
    const times = 200;
    let found = 0;
    const start = process.hrtime.bigint();
    for (let at = 0; at < times; at += 1) {
      const { uid } = primaries[(at * 7919) % primaries.length]!.metadata;
      found += all.filter(({ metadata }) =>
        metadata.ownerReferences?.some((owner) => owner.uid === uid),
      ).length;
    }
    const ns = process.hrtime.bigint() - start;
    if (found !== times * perPrimary) throw new Error(`found ${found}`);
    return Promise.resolve({ microsecondsPerLookUp: Number(ns) / times / 1000 });
  };
}

const measureName = "microsecondsPerLookUp";

await answer(import.meta.url, {
  question:
    "What does a look-up of all secondaries cost? (10 per primary, two declared kinds, 0 requests)",
  variants: {
    "index of 1,000, changed": changed(1_000),
    "index of 10,000, changed": changed(10_000),
    "index of 100,000, changed": changed(100_000),
    "index of 100,000, unchanged": unchanged(100_000),
    "scan of 100,000": scan(100_000),
  },
  targets: [
    { measure: measureName, variant: "index of 100,000, changed", atMost: 5 },
    { measure: measureName, variant: "index of 100,000, unchanged", atMost: 5 },
    {
      measure: measureName,
      variant: "index of 100,000, changed",
      against: "index of 10,000, changed",
      atMost: 2,
    },
    {
      measure: measureName,
      variant: "scan of 100,000",
      against: "index of 100,000, changed",
      atLeast: 100,
    },
  ],
});
