// SPDX-License-Identifier: Apache-2.0
// Columns of kubectl that take more than one field, as rows of object and cell.
import { describe, expect, it } from "@jest/globals";
import * as cells from "./table-cells.js";
import { shortDuration } from "./age.js";

describe("cells of tables", () => {
  const port = { port: 80, protocol: "TCP" };
  const rows: [string, cells.Cell, object, unknown][] = [
    ["no ports", cells.servicePorts, { spec: {} }, "<none>"],
    [
      "ports",
      cells.servicePorts,
      { spec: { ports: [port, { ...port, port: 81, nodePort: 30_001 }] } },
      "80/TCP,81:30001/TCP",
    ],
    ["a balancer to come", cells.serviceExternal, { spec: { type: "LoadBalancer" } }, "<pending>"],
    [
      "a balancer",
      cells.serviceExternal,
      { spec: {}, status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } },
      "1.2.3.4",
    ],
    [
      "keys",
      cells.count("data", "binaryData"),
      { data: { a: "", b: "" }, binaryData: { c: "" } },
      3,
    ],
    ["completions", cells.jobCompletions, { spec: { completions: 3 } }, "0/3"],
    ["parallel work", cells.jobCompletions, { spec: { parallelism: 2 } }, "0/1 of 2"],
    ["a node that is not ready", cells.nodeStatus, {}, "Unknown"],
    [
      "a cordoned node",
      cells.nodeStatus,
      { spec: { unschedulable: true } },
      "Unknown,SchedulingDisabled",
    ],
    ["no hosts", cells.ingressHosts, { spec: {} }, "*"],
    [
      "four hosts",
      cells.ingressHosts,
      { spec: { rules: ["a", "b", "c", "d"].map((host) => ({ host })) } },
      "a,b,c + 1 more...",
    ],
    ["no endpoints", cells.endpointsText, {}, "<none>"],
  ];
  it.each(rows)("makes one for %s", (_, cell, object, expected) => {
    expect(cell(object as { [key: string]: unknown }, 0)).toBe(expected);
  });

  it("writes selectors in their short form", () => {
    const matchExpressions = [
      { key: "t", operator: "In", values: ["b", "a"] },
      { key: "u", operator: "Exists" },
      { key: "v", operator: "DoesNotExist" },
    ];
    expect(cells.selectorText({ matchLabels: { z: "1", a: "2" }, matchExpressions })).toBe(
      "a=2,z=1,t in (a,b),u,!v",
    );
    expect(cells.selectorText({})).toBe("<none>");
  });

  it("rounds durations as kubectl does", () => {
    const after = (seconds: number): string =>
      shortDuration("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:00Z") + seconds * 1000);
    expect([5, 119, 125, 3_600, 9_000, 90_000, 700_000].map(after)).toEqual([
      "5s",
      "119s",
      "2m5s",
      "60m",
      "150m",
      "25h",
      "8d",
    ]);
    expect(shortDuration(undefined, 0)).toBe("<unknown>");
  });
});
