// SPDX-License-Identifier: Apache-2.0
// The contract of deletion: finalizers, preconditions, owners, namespaces (stage 6: writes).
import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { configMaps, namespaces, objectPath, secrets, type Kind } from "@haversack/core";
import type { ContractSuite } from "./contract-suite.js";
import { gadgets, refusal, type Answer, type ContractApi } from "./contract-target.js";

/** Deletion and what holds it up. */
export function deletionContract({ it, api }: ContractSuite): void {
  it("answers a delete with Success and the uid, and then with 404", async () => {
    const on = await api();
    const { metadata } = await on.create(configMaps, "a");
    equal((await on.delete(configMaps, "a")).details?.uid, metadata.uid);
    equal((await refusal(on.delete(configMaps, "a"))).status, 404);
  });

  it("keeps an object with finalizers, marks it, and lets it go with the last one", async () => {
    const on = await api();
    const finalizers = ["example.com/one", "example.com/two"];
    await on.create(gadgets, "a", {}, { finalizers });
    const marked = await on.delete(gadgets, "a");
    ok(marked.metadata.deletionTimestamp !== undefined);
    equal(marked.metadata.generation, 2);
    await on.merge(gadgets, "a", { metadata: { finalizers: ["example.com/two"] } });
    ok((await on.get(gadgets, "a")).metadata.deletionTimestamp !== undefined);
    await on.merge(gadgets, "a", { metadata: { finalizers: null } });
    equal((await refusal(on.get(gadgets, "a"))).status, 404);
  });

  it("refuses new finalizers while an object goes, and a create under its name", async () => {
    const on = await api();
    await on.create(gadgets, "a", {}, { finalizers: ["example.com/one"] });
    await on.delete(gadgets, "a");
    const finalizers = ["example.com/one", "example.com/late"];
    equal((await refusal(on.merge(gadgets, "a", { metadata: { finalizers } }))).status, 422);
    equal((await refusal(on.create(gadgets, "a"))).reason, "AlreadyExists");
  });

  it("deletes only the object that the preconditions mean", async () => {
    const on = await api();
    const { metadata } = await on.create(configMaps, "a");
    const other = { preconditions: { uid: "00000000-0000-0000-0000-000000000000" } };
    equal((await refusal(on.delete(configMaps, "a", other))).reason, "Conflict");
    const old = { preconditions: { resourceVersion: "1" } };
    equal((await refusal(on.delete(configMaps, "a", old))).reason, "Conflict");
    await on.delete(configMaps, "a", { preconditions: { uid: metadata.uid } });
  });

  it("gives an object made anew another uid", async () => {
    const on = await api();
    const first = await on.create(configMaps, "a");
    await on.delete(configMaps, "a");
    notEqual((await on.create(configMaps, "a")).metadata.uid, first.metadata.uid);
  });
}

/** What the garbage collector does with the objects of an owner. */
export function garbageContract({ it, api, settle }: ContractSuite): void {
  const owned = (
    on: ContractApi,
    kind: Kind,
    name: string,
    owners: readonly Answer[],
  ): Promise<Answer> => on.create(kind, name, {}, { ownerReferences: owners.map(referenceTo) });

  it("deletes what an owner leaves behind, once its last owner is gone", async () => {
    const on = await api();
    const [one, two] = [await on.create(gadgets, "one"), await on.create(gadgets, "two")];
    await owned(on, configMaps, "of-one", [one]);
    await owned(on, configMaps, "of-both", [one, two]);
    await on.delete(gadgets, "one");
    await whenGone(on, configMaps, "of-one", settle);
    const left = await on.get(configMaps, "of-both");
    deepEqual(
      left.metadata.ownerReferences?.map(({ name }) => name),
      ["two"],
    );
  });

  it("deletes what names an owner that never was, by uid and not by name", async () => {
    const on = await api();
    const real = await on.create(gadgets, "one");
    const metadata = { ...real.metadata, uid: "00000000-0000-0000-0000-000000000000" };
    await owned(on, configMaps, "of-a-namesake", [{ ...real, metadata }]);
    await whenGone(on, configMaps, "of-a-namesake", settle);
  });

  it("lets an owner that is deleted in the foreground wait for what blocks it", async () => {
    const on = await api();
    const owner = await on.create(gadgets, "one");
    await on.create(
      secrets,
      "held",
      {},
      {
        finalizers: ["example.com/hold"],
        ownerReferences: [{ ...referenceTo(owner), blockOwnerDeletion: true }],
      },
    );
    await on.delete(gadgets, "one", { propagationPolicy: "Foreground" });
    await settle();
    const waiting = await on.get(gadgets, "one");
    deepEqual(waiting.metadata.finalizers, ["foregroundDeletion"]);
    await on.merge(secrets, "held", { metadata: { finalizers: null } });
    await whenGone(on, gadgets, "one", settle);
  });

  it("cuts the tie when an owner is deleted as orphaning", async () => {
    const on = await api();
    const owner = await on.create(gadgets, "one");
    await owned(on, configMaps, "orphan", [owner]);
    await on.delete(gadgets, "one", { propagationPolicy: "Orphan" });
    await whenGone(on, gadgets, "one", settle);
    equal((await on.get(configMaps, "orphan")).metadata.ownerReferences, undefined);
  });

  it("empties a namespace that is deleted, and takes nothing new into it", async () => {
    const on = await api();
    await on.create(configMaps, "a", {}, { finalizers: ["example.com/hold"] });
    const path = objectPath(namespaces, { name: on.namespace });
    await on.send({ method: "DELETE", path });
    await settle();
    const refused = await refusal(on.create(configMaps, "b"));
    deepEqual([refused.status, refused.reason], [403, "Forbidden"]);
    await on.merge(configMaps, "a", { metadata: { finalizers: null } });
    await whenGone(on, namespaces, on.namespace, settle);
  });
}

function referenceTo(owner: Answer): object {
  const { name, uid } = owner.metadata;
  const { apiVersion, kind } = owner;
  return { apiVersion, kind, name, uid };
}

/** Tries, each after settling; a real server's controllers need some real time. */
const goneTries = 40;

async function whenGone(
  on: ContractApi,
  kind: Kind,
  name: string,
  settle: () => Promise<void>,
): Promise<void> {
  const path = objectPath(kind, kind.namespaced ? on.key(name) : { name });
  for (let attempt = 1; ; attempt++) {
    await settle();
    try {
      await on.send({ method: "GET", path });
    } catch (error) {
      equal((error as { status?: number }).status, 404);
      return;
    }
    if (attempt >= goneTries) throw new Error(`${kind.kind} ${name} is still there`);
  }
}
