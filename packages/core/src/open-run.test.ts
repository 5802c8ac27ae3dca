// SPDX-License-Identifier: Apache-2.0
// Both sides of a run over a border of text: what crosses, what does not, and how errors do (stage 5).
import { describe, expect, it } from "@jest/globals";
import type { ObjectsApi } from "./capabilities.js";
import { NotFoundError } from "./api-errors.js";
import { runMessage } from "./guest-run.js";
import { configMaps } from "./kinds/index.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import { openRun, resultOf } from "./open-run.js";
import { requeueAfter } from "./reconcile.js";
import type { CallMessage } from "./run-messages.js";
import type { SubReconciler, SubRequest } from "./sub-reconciler.js";

const primary: KubernetesObject = { metadata: { name: "db", namespace: "prod", uid: "u" } };
const { signal } = new AbortController();
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** A request whose objects API notes what it is asked. */
function requestWith(asked: unknown[], more: Partial<SubRequest> = {}): SubRequest {
  const objects = {
    fieldManager: "op/part",
    apply: (kind: { plural: string }, desired: object, options: object) => {
      asked.push([kind.plural, desired, options]);
      return Promise.resolve({ object: desired, outcome: "created", requests: 1 });
    },
    get: () => Promise.reject(new NotFoundError("EXP_NOT_FOUND", "gone", "backoff", 404)),
  } as unknown as ObjectsApi;
  const unused = (): never => {
    throw new Error("not asked for");
  };
  return {
    ...{ ref: { group: "", kind: "Db", name: "db" }, primary, signal, attempt: 0, reasons: [] },
    ...{ name: "part", objects, scheduledTime: undefined, waits: { nowMs: 0, sinceMs: {} } },
    ...{ secondaries: {}, setStatus: unused, setCondition: unused },
    ...{ waitFor: unused, exclusive: unused },
    ...more,
  };
}

/** Runs a part as if it were elsewhere. */
async function across(part: SubReconciler, request: SubRequest): Promise<unknown> {
  const run = openRun(part, "reconcile", request);
  const send = async (call: CallMessage): Promise<never> =>
    copy(await run.answer(copy(call))) as never;
  return resultOf(copy(await runMessage([part], copy(run.message), send)));
}

describe("a run over a border of text", () => {
  it("brings kinds, objects, options and results across", async () => {
    const asked: unknown[] = [];
    const part: SubReconciler = {
      name: "part",
      async reconcile({ objects, primary: owner }) {
        const desired = { metadata: { name: "a", namespace: "prod" }, data: { key: "value" } };
        const { outcome } = await objects.apply(configMaps, desired, { owner });
        return requeueAfter(outcome === "created" ? 5 : 0);
      },
    };
    expect(await across(part, requestWith(asked))).toEqual({ kind: "requeue", afterMs: 5 });
    expect(asked).toEqual([
      [
        "configmaps",
        { metadata: { name: "a", namespace: "prod" }, data: { key: "value" } },
        { owner: primary, signal },
      ],
    ]);
  });

  it("brings errors across with code and retry rule, both ways", async () => {
    const part: SubReconciler = {
      name: "part",
      async reconcile({ objects }) {
        await objects.get(configMaps, { name: "a" });
      },
    };
    await expect(across(part, requestWith([]))).rejects.toMatchObject({
      code: "EXP_NOT_FOUND",
      retry: "backoff",
      message: "gone",
    });
  });

  it("keeps name and message of an error of the author's", async () => {
    const part: SubReconciler = {
      name: "part",
      reconcile: () => Promise.reject(new RangeError("too far")),
    };
    await expect(across(part, requestWith([]))).rejects.toMatchObject({
      name: "RangeError",
      message: "too far",
    });
  });

  it("gives no secondaries where there is no index, and says what is missing", async () => {
    const part: SubReconciler = {
      name: "part",
      reconcile: ({ secondaries }) => Promise.resolve(void secondaries),
    };
    const request = requestWith([]);
    const { ConfigurationError } = await import("./errors.js");
    Object.defineProperty(request, "secondaries", {
      get: () => {
        throw new ConfigurationError("no index");
      },
    });
    await expect(across(part, request)).rejects.toThrow(/no secondary index/);
  });

  it("answers a call that there is none of with an error", async () => {
    const run = openRun({ name: "part" }, "reconcile", requestWith([]));
    const call = { call: "eval", args: ["1"] } as unknown as CallMessage;
    expect(await run.answer(call)).toMatchObject({ error: { code: "EXP_CONFIGURATION" } });
  });

  it("has taken in what was said before it ends, and fails with its refusal", async () => {
    const said: unknown[] = [];
    const part: SubReconciler = {
      name: "part",
      reconcile({ setStatus, setCondition }) {
        setStatus({ phase: "up" });
        setCondition({ type: "X", status: "True" });
        return Promise.resolve();
      },
    };
    const setStatus = (status: object): void => void said.push(status);
    await expect(across(part, requestWith([], { setStatus }))).rejects.toThrow("not asked for");
    expect(said).toEqual([{ phase: "up" }]);
  });
});
