// SPDX-License-Identifier: Apache-2.0
// Jobs with the stand-in kubelet: completions, failures with their backoff, deadlines, indexes.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ManualClock } from "../../test/manual-clock.js";
import { TestApi } from "../../test/api.js";
import type { Dig } from "../../test/api.js";

const jobs = "/apis/batch/v1/namespaces/default/jobs";

const job = (spec: object = {}): object => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "work" },
  spec: {
    template: {
      spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] },
    },
    ...spec,
  },
});

describe("the Job controller", () => {
  let api: TestApi;
  const clock = new ManualClock();
  beforeEach(async () => {
    const controllers = ["garbage-collector", "job", "kubelet"] as const;
    api = await TestApi.start({ controllers, clock });
  });
  afterEach(() => api.close());

  const status = async (): Promise<Dig> => (await api.get(`${jobs}/work`)).body["status"];
  const podList = (): Dig[] => api.server.list("pods", "default") as unknown as Dig[];
  const phases = (): string[] =>
    podList()
      .map((pod) => String(pod["status"]["phase"]))
      .sort();
  const conditions = async (): Promise<unknown[]> =>
    ((await status())["conditions"] as unknown as Dig[] | undefined)?.map((item) => [
      item["type"],
      item["reason"],
    ]) ?? [];
  const fail = (): (() => void) =>
    api.server.pods.add({
      match: { ownerKind: "Job" },
      stages: [{ become: "running" }, { become: "failed", exitCode: 3 }],
    });

  it("runs as many pods as have to succeed, no more than allowed at a time, and completes", async () => {
    let most = 0;
    await api.post(jobs, job({ completions: 5, parallelism: 2 }));
    api.server.pods.add({
      match: { ownerKind: "Job" },
      stages: [{ become: "ready" }, { become: "succeeded", afterMs: 1_000 }],
    });
    for (let second = 0; second < 4; second++) {
      await api.server.settle();
      most = Math.max(most, phases().filter((phase) => phase === "Running").length);
      clock.advance(1_000);
    }
    await api.server.settle();
    expect(most).toBe(2);
    expect(phases()).toEqual(Array(5).fill("Succeeded"));
    expect(await status()).toMatchObject({ succeeded: 5, uncountedTerminatedPods: {} });
    expect((await status())["active"]).toBeUndefined();
    expect(await conditions()).toEqual([
      ["SuccessCriteriaMet", "CompletionsReached"],
      ["Complete", "CompletionsReached"],
    ]);
    expect((await status())["completionTime"]).toBeDefined();
  });

  it("replaces failed pods after a delay that doubles, up to its limit", async () => {
    fail();
    await api.post(jobs, job({ backoffLimit: 2 }));
    await api.server.settle();
    expect((await status())["failed"]).toBe(1);
    clock.advance(9_000);
    await api.server.settle();
    expect(podList().length).toBe(1);
    clock.advance(1_000);
    await api.server.settle();
    expect((await status())["failed"]).toBe(2);
    clock.advance(20_000);
    await api.server.settle();
    expect(await conditions()).toEqual([
      ["FailureTarget", "BackoffLimitExceeded"],
      ["Failed", "BackoffLimitExceeded"],
    ]);
    expect(phases()).toEqual(["Failed", "Failed", "Failed"]);
  });

  it("fails when it is active longer than its deadline, and removes its pods", async () => {
    api.server.pods.add({ match: { ownerKind: "Job" }, stages: [{ become: "ready" }] });
    await api.post(jobs, job({ activeDeadlineSeconds: 30 }));
    await api.server.settle();
    expect(await status()).toMatchObject({ active: 1, ready: 1 });
    clock.advance(30_000);
    await api.server.settle();
    expect((await conditions()).at(-1)).toEqual(["Failed", "DeadlineExceeded"]);
    expect(podList()).toEqual([]);
  });

  it("gives each pod an index, and makes the ones again that failed", async () => {
    const takeBack = api.server.pods.add({
      match: { labels: { "batch.kubernetes.io/job-completion-index": "1" } },
      stages: [{ become: "failed" }],
    });
    await api.post(jobs, job({ completionMode: "Indexed", completions: 4, parallelism: 4 }));
    await api.server.settle();
    expect(await status()).toMatchObject({ completedIndexes: "0,2,3", succeeded: 3, failed: 1 });
    takeBack();
    clock.advance(10_000);
    await api.server.settle();
    expect(await status()).toMatchObject({ completedIndexes: "0-3", succeeded: 4 });
    expect((await conditions()).at(-1)).toEqual(["Complete", "CompletionsReached"]);
  });

  it("holds its pods back while it is suspended", async () => {
    await api.post(jobs, job({ suspend: true }));
    await api.server.settle();
    expect(podList()).toEqual([]);
    expect(await conditions()).toEqual([["Suspended", "JobSuspended"]]);
    await api.patch(`${jobs}/work`, { spec: { suspend: false } });
    await api.server.settle();
    expect((await conditions()).map((item) => (item as unknown[])[0])).toEqual([
      "Suspended",
      "SuccessCriteriaMet",
      "Complete",
    ]);
  });

  it("goes with its pods when its time after the end is over", async () => {
    await api.post(jobs, job({ ttlSecondsAfterFinished: 100 }));
    await api.server.settle();
    clock.advance(99_000);
    await api.server.settle();
    expect(podList().length).toBe(1);
    clock.advance(1_000);
    await api.server.settle();
    expect((await api.get(`${jobs}/work`)).status).toBe(404);
    expect(podList()).toEqual([]);
  });

  it("rests once it is done", async () => {
    await api.post(jobs, job());
    await api.server.settle();
    const { revision } = api.server;
    await api.server.settle();
    expect(api.server.revision).toBe(revision);
  });
});
