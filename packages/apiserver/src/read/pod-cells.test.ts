// SPDX-License-Identifier: Apache-2.0
// One word for what a pod does: rows of status and what the table shows.
import { describe, expect, it } from "@jest/globals";
import { podReady, podRestarts, podStatus, readinessGates } from "./pod-cells.js";

const containers = (...statuses: object[]): { [key: string]: unknown } => ({
  spec: { containers: statuses.map((_, index) => ({ name: `c${index}` })) },
  status: { phase: "Running", containerStatuses: statuses },
});
const running = { ready: true, state: { running: {} } };
const waiting = (reason: string): object => ({ state: { waiting: { reason } } });

describe("cells of pods", () => {
  const rows: [string, { [key: string]: unknown }, string, string][] = [
    ["all run", containers(running, running), "Running", "2/2"],
    ["one waits", containers(running, waiting("ErrImagePull")), "ErrImagePull", "1/2"],
    ["the first one's word counts", containers(waiting("A"), waiting("B")), "A", "0/2"],
    [
      "one ended, one runs",
      containers(running, { state: { terminated: { reason: "Completed", exitCode: 0 } } }),
      "Running",
      "1/2",
    ],
    [
      "it ended by a signal",
      containers({ state: { terminated: { signal: 9, exitCode: 137 } } }),
      "Signal:9",
      "0/1",
    ],
    [
      "it is being deleted",
      { ...containers(running), metadata: { deletionTimestamp: "x" } },
      "Terminating",
      "1/1",
    ],
    [
      "an init container failed",
      {
        spec: { containers: [{}], initContainers: [{}] },
        status: { initContainerStatuses: [{ state: { terminated: { exitCode: 2 } } }] },
      },
      "Init:ExitCode:2",
      "0/1",
    ],
    [
      "the second init container runs",
      {
        spec: { containers: [{}], initContainers: [{}, {}] },
        status: {
          phase: "Pending",
          initContainerStatuses: [
            { state: { terminated: { exitCode: 0 } } },
            { state: { running: {} } },
          ],
        },
      },
      "Init:1/2",
      "0/1",
    ],
    ["it was evicted", { status: { phase: "Failed", reason: "Evicted" } }, "Evicted", "0/0"],
  ];
  it.each(rows)("shows a pod when %s", (_, pod, status, ready) => {
    expect([podStatus(pod), podReady(pod)]).toEqual([status, ready]);
  });

  it("counts restarts and says when the last one was", () => {
    const now = Date.parse("2026-01-01T00:05:00Z");
    expect(podRestarts(containers({ restartCount: 2 }, { restartCount: 1 }), now)).toBe("3");
    const ended = { terminated: { finishedAt: "2026-01-01T00:00:00Z" } };
    expect(podRestarts(containers({ restartCount: 2, lastState: ended }), now)).toBe("2 (5m ago)");
  });

  it("counts readiness gates that hold", () => {
    const spec = { readinessGates: [{ conditionType: "a" }, { conditionType: "b" }] };
    const status = { conditions: [{ type: "a", status: "True" }] };
    expect([readinessGates({ spec, status }), readinessGates({})]).toEqual(["1/2", "<none>"]);
  });
});
