// SPDX-License-Identifier: Apache-2.0
// The contract that every API server under test is held to, embedded or real (stages 1 and 6).
import { applyContract } from "./apply-contract.js";
import {
  ContractApi,
  gadgetDefinition,
  type ContractAbilities,
  type ContractRunner,
  type ContractTarget,
} from "./contract-target.js";
import { deletionContract, garbageContract } from "./deletion-contract.js";
import { listContract, watchContract } from "./read-contract.js";
import { writeContract } from "./write-contract.js";

/** What the parts of the suite are given. */
export interface ContractSuite {
  readonly it: ContractRunner["it"];
  /** Requests in a namespace of the test's own. */
  readonly api: () => Promise<ContractApi>;
  readonly settle: () => Promise<void>;
  readonly compact: (() => Promise<void>) | undefined;
}

/**
 * Declares the contract suite: versions, optimistic locking, apply and its conflicts, the split of
 * status, finalizers, owners, lists, selectors, pages, watches.
 *
 * **API requests:** about 200, in namespaces of their own.
 *
 * @param runner `describe`, `it`, `beforeAll`, `afterAll` of the test runner.
 * @param connect Starts or finds the server; called once.
 * @example Against the embedded server, or whatever the environment names
 * ```ts
 * import { afterAll, beforeAll, describe, it } from "@jest/globals";
 * apiServerContract({ describe, it, beforeAll, afterAll }, () => startCluster());
 * ```
 */
export function apiServerContract<T extends ContractTarget>(
  runner: ContractRunner,
  connect: () => Promise<T>,
  abilities: (target: () => T) => ContractAbilities = () => ({}),
): void {
  let target: T | undefined;
  const connected = (): T => {
    if (target === undefined) throw new Error("the server under contract did not start");
    return target;
  };
  const { compact, collectsGarbage = true } = abilities(connected);
  const suite: ContractSuite = {
    it: (name, run) => runner.it(name, run),
    api: async () => new ContractApi(connected().admin, await connected().namespace("contract")),
    settle: () => connected().settle(),
    compact: compact === undefined ? undefined : async () => compact(),
  };
  runner.describe("API server contract", () => {
    runner.beforeAll(async () => {
      target = await connect();
      await target.apply([gadgetDefinition]);
    });
    runner.afterAll(async () => target?.close());
    runner.describe("writes", () => writeContract(suite));
    runner.describe("server-side apply", () => applyContract(suite));
    runner.describe("deletion", () => deletionContract(suite));
    if (collectsGarbage) runner.describe("garbage collection", () => garbageContract(suite));
    runner.describe("lists", () => listContract(suite));
    runner.describe("watches", () => watchContract(suite));
  });
}
