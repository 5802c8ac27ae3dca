// SPDX-License-Identifier: Apache-2.0
// The comparison as a page of the docs: how many probes are identical, and why the others are not.
import type { Comparison, KnownDifference } from "./compare.js";
import { stepName } from "./compare.js";
import type { ProbeSection } from "./probe.js";
import type { RecordedServer } from "./recording.js";

interface Count {
  probes: number;
  identical: number;
  newer: number;
  chosen: number;
  open: number;
}

/** Names of the steps that count as probes of their own. */
export function countedSteps({ id, probes }: ProbeSection): string[] {
  return probes.flatMap(({ name, steps }) =>
    steps.flatMap((step, index) => {
      const isCounted = !(step.do === "request" && step.setUp === true);
      return isCounted ? [stepName(`${id}/${name}`, index)] : [];
    }),
  );
}

function countOf(section: ProbeSection, { known }: Comparison): Count {
  const count = { probes: 0, identical: 0, newer: 0, chosen: 0, open: 0 };
  for (const step of countedSteps(section)) {
    count.probes += 1;
    count[known.get(step) ?? "identical"] += 1;
  }
  return count;
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
const cellsOf = (title: string, count: Count): (string | number)[] => [
  title,
  count.probes,
  count.identical,
  count.newer,
  count.chosen,
  count.open,
];

const titles = {
  newer: "Newer than the recorded server",
  chosen: "Meant to be different",
  open: "Not there yet",
} as const;

function reasonsOf(list: readonly KnownDifference[], why: KnownDifference["why"]): string[] {
  const byReason = new Map<string, string[]>();
  for (const entry of list) {
    if (entry.why !== why) continue;
    byReason.set(entry.reason, [...(byReason.get(entry.reason) ?? []), entry.step]);
  }
  const lines = [...byReason].map(([reason, steps]) => {
    const shown = [...new Set(steps.map((step) => step.replace(/ #.*$/, "")))].slice(0, 4);
    return `- ${reason} (${shown.map((step) => `\`${step}\``).join(", ")})`;
  });
  return lines.length === 0 ? ["Nothing."] : lines;
}

/** The page, in Markdown. */
export function reportPage(
  server: RecordedServer,
  sections: readonly ProbeSection[],
  comparison: Comparison,
  list: readonly KnownDifference[],
): string {
  const counts = sections.map((section) => countOf(section, comparison));
  const sum = { probes: 0, identical: 0, newer: 0, chosen: 0, open: 0 };
  for (const count of counts) {
    for (const key of Object.keys(sum) as (keyof Count)[]) sum[key] += count[key];
  }
  const share = ((100 * sum.identical) / sum.probes).toFixed(1);
  return [
    "# How faithful the embedded API server is",
    "",
    "Reference. Written by `node packages/apiserver/tools/fidelity.mjs docs`; a test fails when it is out of date.",
    "",
    `The same requests were sent to kube-apiserver ${server.gitVersion} with its etcd, garbage collector and ` +
      "namespace controller, and to the embedded server. Status, headers, reason, message, details, objects, " +
      "managedFields and the order of events are compared; uids, times, revisions (to their order) and generated " +
      "names are put aside first. An answer counts as identical only when nothing at all differs.",
    "",
    `**${sum.identical} of ${sum.probes} answers (${share} %) are identical to kube-apiserver ${server.gitVersion}.** ` +
      `${sum.newer} differ because Kubernetes changed after that version, ${sum.chosen} on purpose, ${sum.open} are not there yet.`,
    "",
    row(["section", "answers", "identical", "newer", "on purpose", "not yet"]),
    row(["---", "--:", "--:", "--:", "--:", "--:"]),
    ...sections.map(({ title }, index) => row(cellsOf(title, counts[index] as Count))),
    row(cellsOf("**all**", sum)),
    "",
    "That a difference is newer is a judgement from the API's documentation; no newer server was asked.",
    "",
    ...(["newer", "chosen", "open"] as const).flatMap((why) => [
      `## ${titles[why]}`,
      "",
      ...reasonsOf(list, why),
      "",
    ]),
    "## Run it again",
    "",
    "```sh",
    "node packages/apiserver/tools/fidelity.mjs compare   # against the recorded answers",
    "node packages/apiserver/tools/fidelity.mjs docs      # and write this page",
    "export KUBEBUILDER_ASSETS=$(scripts/real-apiserver.sh)",
    "node packages/apiserver/tools/fidelity.mjs record    # ask the real server again",
    "```",
    "",
  ].join("\n");
}
