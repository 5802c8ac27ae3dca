// SPDX-License-Identifier: Apache-2.0
// Writes down the journey of one event through all stages, a line per stage, for people.
import type { StageEvent } from "haversack";
import type { RequestEntry } from "@haversack/testing";
import { operatorClient, type OperatorCluster } from "../operators/operator-cluster.js";
import { traceStages } from "../operators/stage-listeners.js";

/** Whose event is followed. */
export interface Followed {
  readonly kind: string;
  readonly name: string;
}

/** What happened while something was done to the cluster. */
export interface Journey {
  /** Of the followed object's first event, up to the end of the pass it led to. */
  readonly lines: readonly string[];
  readonly events: number;
  readonly passes: number;
  readonly reads: number;
  readonly writes: number;
}

type Moment =
  { readonly stage: StageEvent } | { readonly request: RequestEntry; readonly name: string };

/** Does something to a cluster, lets it settle, and tells what came of it. */
export async function follow(
  operators: OperatorCluster,
  followed: Followed,
  act: () => Promise<unknown>,
): Promise<Journey> {
  const moments: Moment[] = [];
  const endTrace = traceStages((stage) => moments.push({ stage }));
  const endRequests = operators.cluster.requests.subscribe((request) => {
    if (request.client !== operatorClient || request.verb === "watch") return;
    moments.push({ request, name: request.name ?? operators.lastWish?.metadata.name ?? "" });
  });
  await act();
  await operators.settle();
  endTrace();
  endRequests();
  return journeyOf(moments, followed);
}

function journeyOf(moments: readonly Moment[], followed: Followed): Journey {
  const stages = moments.flatMap((moment) => ("stage" in moment ? [moment.stage] : []));
  const requests = moments.flatMap((moment) => ("request" in moment ? [moment.request] : []));
  const reads = requests.filter(({ verb }) => verb === "get" || verb === "list").length;
  return {
    lines: linesOf(moments, followed),
    // The index and the watch may each look at an event; it is still one.
    events: new Set(stages.flatMap((one) => (one.stage === "informer" ? [eventKey(one)] : [])))
      .size,
    passes: stages.filter(({ stage }) => stage === "reconcile").length,
    reads,
    writes: requests.length - reads,
  };
}

function eventKey(stage: Extract<StageEvent, { stage: "informer" }>): string {
  return `${stage.ref.kind}/${stage.ref.name}/${stage.event}/${stage.resourceVersion ?? ""}`;
}

/** The first event of the followed object, then the pass it woke; the rest would only repeat it. */
function linesOf(moments: readonly Moment[], followed: Followed): readonly string[] {
  const lines: string[] = [];
  let pass: "before" | "running" | "ended" = "before";
  for (const moment of moments) {
    if (pass === "ended") break;
    if ("request" in moment) {
      if (pass === "running") lines.push(requestLine(moment.request, moment.name));
      continue;
    }
    const { stage } = moment;
    if (stage.stage === "reconcile") pass = "running";
    if (stage.stage === "result") pass = "ended";
    const isOfOthers =
      "ref" in stage && (stage.ref.kind !== followed.kind || stage.ref.name !== followed.name);
    const isLater = pass === "running" && stage.stage !== "reconcile";
    const text = isOfOthers || isLater ? undefined : stageText(stage);
    if (text !== undefined && !lines.includes(text)) lines.push(text);
  }
  return lines;
}

function stageText(stage: StageEvent): string | undefined {
  switch (stage.stage) {
    case "informer":
      return line("informer", `${stage.ref.kind} ${stage.ref.name} was ${stage.event}`);
    case "index":
      return line("index", "cache and index know it now, before anything is decided");
    case "predicate": {
      const { predicate, because } = decisive(stage.explanation);
      const why = because === undefined || because.includes("none") ? "" : ` (${because})`;
      const verdict = stage.passed ? "lets it pass" : "holds it back: nobody is woken";
      return line("predicate", `${predicate}${why} ${verdict}`);
    }
    case "mapping": {
      const found = stage.by.filter(({ primaries }) => primaries.length > 0);
      const ways = found.map(
        ({ relation, primaries }) =>
          `${relation} → ${primaries.map(({ name }) => name).join(", ")}`,
      );
      return line("mapping", ways.length > 0 ? ways.join("; ") : "leads to no cluster");
    }
    case "queue":
      return line(
        "queue",
        `${stage.primary.name} waits for a pass; adding it again would change nothing`,
      );
    case "reconcile":
      return line("reconcile", `a pass for ${stage.primary.name} begins`);
    case "result":
      return line("result", resultText(stage));
  }
}

function resultText({ outcome, afterMs }: Extract<StageEvent, { stage: "result" }>): string {
  if (outcome === "done") return "done: nothing runs again until something changes";
  if (outcome === "skipped" || outcome === "gone") return "the cluster is gone: nothing to do";
  return afterMs === undefined ? outcome : `${outcome}, again after ${afterMs} ms`;
}

interface Explained {
  readonly predicate: string;
  readonly because?: string;
  readonly passed: boolean;
  readonly parts: readonly Explained[];
}

/** The innermost part that decided; of a combination that said no, the combination itself. */
function decisive(explanation: Explained): Explained {
  const part = explanation.passed ? explanation.parts.find(({ passed }) => passed) : undefined;
  return part === undefined ? explanation : decisive(part);
}

const verbs: ReadonlyMap<string, string> = new Map([
  ["apply", "server-side apply"],
  ["create", "create"],
  ["patch", "patch"],
  ["delete", "delete"],
  ["get", "read"],
  ["list", "list"],
]);

function requestLine({ verb, resource, isDryRun }: RequestEntry, name: string): string {
  const isRead = verb === "get" || verb === "list";
  const what = `${verbs.get(verb) ?? verb}${isDryRun ? " (dry run)" : ""}`;
  return line(
    isRead ? "read" : "write",
    `${what}: ${resource.split(".")[0] ?? ""}${resource.endsWith("/status") ? " (status)" : ""} ${name}`,
  );
}

function line(stage: string, text: string): string {
  return `   ${stage.padEnd(10)} ${text}`;
}
