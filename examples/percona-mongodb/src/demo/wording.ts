// SPDX-License-Identifier: Apache-2.0
// The demo's words for stages, reasons, requests and commands: one line each (all stages).
import { coreEvents, type ReconcileReason, type StageEvent } from "haversack";
import { resourceOfKind, type RequestEntry } from "@haversack/testing";
import type { Manifest } from "../json.js";
import { kinds, psmdb } from "../operators/kinds.js";
import type { SentCommand } from "../mongo/simulator.js";
import type { PsmdbStatus } from "../types.js";

const kindNames: ReadonlyMap<string, string> = new Map(
  [...Object.values(kinds), psmdb, coreEvents].map((kind) => [resourceOfKind(kind), kind.kind]),
);

/** Reasons told; the rest is counted. */
const maxReasons = 2;

/** Why a pass runs. */
export function reasonsText(reasons: readonly ReconcileReason[]): string {
  // A pass that was asked for by the one before has no event behind it.
  if (reasons.length === 0) return "it had asked to look again";
  const texts = [...new Set(reasons.map(reasonText))];
  const told = texts.slice(0, maxReasons).join(", ");
  return texts.length <= maxReasons ? told : `${told} and ${texts.length - maxReasons} more`;
}

function reasonText({ source, ref, event, predicate }: ReconcileReason): string {
  if (source === "requeue") return "it had asked to look again";
  if (source === "retry") return "the last pass failed";
  if (ref === undefined) return source;
  const why = event === "modified" && predicate !== undefined ? ` (${shortened(predicate)})` : "";
  return `${ref.kind} ${ref.name} was ${event ?? "named"}${why}`;
}

/** A predicate's name without what it looks at. */
function shortened(predicate: string): string {
  return predicate.split("(")[0] ?? predicate;
}

/** What an informer, an index, a predicate, a mapping or the queue did with an event. */
export function stageText(stage: StageEvent): string | undefined {
  switch (stage.stage) {
    case "informer":
      return `${stage.ref.kind} ${stage.ref.name} was ${stage.event}`;
    case "index":
      return "cache and index know it now, before anything is decided";
    case "predicate": {
      const { predicate, because } = decisive(stage.explanation);
      const why = because === undefined || because.includes("none") ? "" : ` (${because})`;
      return `${predicate}${why} ${stage.passed ? "lets it pass" : "holds it back: nobody is woken"}`;
    }
    case "mapping": {
      const found = stage.by.filter(({ primaries }) => primaries.length > 0);
      const ways = found.map(
        ({ relation, primaries }) =>
          `${relation} → ${primaries.map(({ name }) => name).join(", ")}`,
      );
      return ways.length > 0 ? ways.join("; ") : "leads to no cluster";
    }
    case "queue":
      return `${stage.primary.name} waits for a pass; adding it again would change nothing`;
    default:
      return undefined;
  }
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
  ["update", "replace"],
  ["get", "read"],
]);

/** A request in words: verb, kind, name. Of what is created the wish knows the name. */
export function requestText(request: RequestEntry, wish: Manifest | undefined): string {
  const { verb, resource, name } = request;
  const [base = ""] = resource.split("/");
  const kind = kindNames.get(base) ?? base.split(".")[0] ?? "";
  const known = name ?? (wish?.kind === kind ? wish.metadata.name : "");
  return `${verbs.get(verb) ?? verb} ${kind} ${known}`.trimEnd();
}

/** A status in one line. */
export function statusText(status: PsmdbStatus | undefined): string {
  const { state = "unknown", ready = 0, size = 0, message } = status ?? {};
  const text = `${state}, ${ready} of ${size} pods ready`;
  return message === undefined ? text : `${text}; ${message}`;
}

/** Commands that only look. */
const looks: ReadonlySet<string> = new Set([
  ...["ping", "hello", "buildInfo", "getConfig", "status", "getRole", "getUser"],
  ...["listShards", "isBalancerOn"],
]);

/** Commands that change something in MongoDB, in words; each once, with its number. */
export function commandsText(commands: readonly SentCommand[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { call, replset } of commands) {
    if (looks.has(call)) continue;
    const text = replset === undefined ? call : `${call} in ${replset}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  if (counts.size === 0) return undefined;
  return [...counts].map(([text, count]) => (count > 1 ? `${text} (${count})` : text)).join(", ");
}
