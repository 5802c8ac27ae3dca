// SPDX-License-Identifier: Apache-2.0
// Columns of kubectl that take more than one field.
import { describe, expect, it } from "@jest/globals";
import { coreKinds } from "../kinds/core-kinds.js";
import { builtinKinds } from "../kinds/builtin-kinds.js";
import { computedCell } from "./computed-cells.js";

describe("computedCell()", () => {
  const port = { port: 80, protocol: "TCP" };
  const rows: [string, object, unknown][] = [
    [
      "podReady",
      { spec: { containers: [{}, {}] }, status: { containerStatuses: [{ ready: true }] } },
      "1/2",
    ],
    ["podStatus", { status: { phase: "Running" } }, "Running"],
    [
      "podStatus",
      { metadata: { deletionTimestamp: "x" }, status: { phase: "Running" } },
      "Terminating",
    ],
    [
      "podStatus",
      { status: { containerStatuses: [{ state: { waiting: { reason: "ErrImagePull" } } }] } },
      "ErrImagePull",
    ],
    [
      "podRestarts",
      { status: { containerStatuses: [{ restartCount: 2 }, { restartCount: 1 }] } },
      "3",
    ],
    [
      "servicePorts",
      { spec: { ports: [port, { ...port, port: 81, nodePort: 30_001 }] } },
      "80/TCP,81:30001/TCP",
    ],
    ["servicePorts", { spec: {} }, "<none>"],
    ["serviceExternal", { spec: { type: "LoadBalancer" } }, "<pending>"],
    [
      "serviceExternal",
      { spec: {}, status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } },
      "1.2.3.4",
    ],
    ["dataCount", { data: { a: "", b: "" }, binaryData: { c: "" } }, 3],
    ["replicasReady", { spec: { replicas: 3 }, status: { readyReplicas: 1 } }, "1/3"],
    ["readyReplicas", { status: {} }, 0],
  ];
  it.each(rows)("makes %s of %j", (compute, object, cell) => {
    expect(computedCell(object as { [key: string]: unknown }, compute)).toBe(cell);
  });

  it("knows every computed column of the tables", () => {
    const all = [...coreKinds, ...Object.values(builtinKinds).flat()];
    const names = all.flatMap(({ columns = [] }) =>
      columns.flatMap(({ compute }) => compute ?? []),
    );
    for (const name of names) expect(computedCell({}, name)).not.toBeNull();
  });
});
