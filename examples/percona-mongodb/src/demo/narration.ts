// SPDX-License-Identifier: Apache-2.0
// Writes down what an operator does while something happens: a line per thing, and why (all stages).
import type { ReconcileStage, ResultStage, StageEvent } from "haversack";
import { resourceOfKind, type RequestEntry } from "@haversack/testing";
import type { JsonObject } from "../json.js";
import { psmdb, psmdbBackups } from "../operators/kinds.js";
import { operatorClient, type OperatorCluster } from "../operators/operator-cluster.js";
import { traceStages } from "../operators/stage-listeners.js";
import type { PsmdbBackup, PsmdbStatus } from "../types.js";
import { wrapped, type Paint, type Tone } from "./terminal.js";
import { commandsText, reasonsText, requestText, stageText, statusText } from "./wording.js";

/** Whose event is followed stage by stage. */
export interface Followed {
  readonly kind: string;
  readonly name: string;
}

/** What happened. */
export interface Narration {
  readonly events: number;
  readonly passes: number;
  readonly reads: number;
  readonly writes: number;
}

/** Where lines go. */
export interface Telling {
  readonly paint: Paint;
  tell(line: string): void;
}

/** Does something to a cluster, lets it come to rest, and tells what came of it as it happens. */
export async function narrate(
  operators: OperatorCluster,
  telling: Telling,
  act: () => Promise<unknown>,
  followed?: Followed,
): Promise<Narration> {
  const narrator = new Narrator(operators, telling, followed);
  const endTrace = traceStages((stage) => {
    // Backups and restores have reconcilers of their own.
    if (stage.controller === psmdb.kind.toLowerCase()) narrator.hear(stage);
  });
  const endRequests = operators.cluster.requests.subscribe((request) => {
    if (request.client !== operatorClient || request.verb === "watch") return;
    const isRead = request.verb === "get" || request.verb === "list";
    const isStatus = request.resource === `${psmdbResource}/status`;
    if (isRead) narrator.read();
    else if (request.resource === jobStatus) narrator.wroteJob(request);
    else if (isStatus) narrator.wroteStatus();
    else narrator.wrote(requestText(request, operators.lastWish), request.isDryRun);
  });
  await act();
  await operators.settle();
  endTrace();
  endRequests();
  return narrator.end();
}

const psmdbResource = resourceOfKind(psmdb);
const jobStatus = `${resourceOfKind(psmdbBackups)}/status`;
/** Longer lines go on below their text. */
const lineLength = 100;
const textColumn = 20;

/** How a pass began, and what it did so far. */
interface Pass {
  readonly begin: ReconcileStage;
  readonly lines: (readonly [stage: string, text: string, tone: Tone])[];
}

class Narrator {
  readonly #operators: OperatorCluster;
  readonly #telling: Telling;
  readonly #followed: Followed | undefined;
  readonly #startMs: number;
  readonly #seen = new Set<string>();
  #commands: number;
  #pass: Pass | undefined;
  /** The followed event has reached its pass. */
  #hasArrived = false;
  #quiet: { count: number; reasons: string } | undefined;
  #told = { events: 0, passes: 0, reads: 0, writes: 0 };

  constructor(operators: OperatorCluster, telling: Telling, followed: Followed | undefined) {
    this.#operators = operators;
    this.#telling = telling;
    this.#followed = followed;
    this.#startMs = operators.clock.monotonicMs();
    this.#commands = operators.mongo.sent.length;
  }

  hear(stage: StageEvent): void {
    if (stage.stage === "informer") this.#count(stage);
    if (stage.stage === "reconcile") this.#begin(stage);
    else if (stage.stage === "result") this.#finish(stage);
    else this.#follow(stage);
  }

  read(): void {
    this.#told.reads += 1;
  }

  /** Reconcilers of backups have no passes here: what they write is told as it comes. */
  wrote(text: string, isDryRun: boolean): void {
    if (!isDryRun) this.#told.writes += 1;
    const stage = isDryRun ? "dry run" : "write";
    if (this.#pass === undefined) this.#line(stage, text, "write");
    else this.#pass.lines.push([stage, text, "write"]);
  }

  wroteJob({ namespace, name = "" }: RequestEntry): void {
    this.#told.writes += 1;
    const { server } = this.#operators.cluster;
    const stored = server?.get(resourceOfKind(psmdbBackups), namespace, name);
    const { state = "", message } = (stored as PsmdbBackup | undefined)?.status ?? {};
    this.#line("backup", `${name}: ${state}${message === undefined ? "" : `; ${message}`}`, "why");
  }

  /** The server has the new status already. */
  wroteStatus(): void {
    this.#told.writes += 1;
    this.#pass?.lines.push(["status", statusText(this.#status()), "write"]);
  }

  end(): Narration {
    this.#tellQuiet();
    return this.#told;
  }

  #count(stage: Extract<StageEvent, { stage: "informer" }>): void {
    const key = `${stage.ref.kind}/${stage.ref.name}/${stage.event}/${stage.resourceVersion ?? ""}`;
    // The index and the watch may each look at an event; it is still one.
    if (!this.#seen.has(key)) this.#told.events += 1;
    this.#seen.add(key);
  }

  #begin(begin: ReconcileStage): void {
    this.#told.passes += 1;
    this.#hasArrived = true;
    this.#pass = { begin, lines: [] };
  }

  #finish({ outcome, because }: ResultStage): void {
    const pass = this.#pass;
    if (pass === undefined) return;
    this.#pass = undefined;
    const { sent } = this.#operators.mongo;
    const commands = commandsText(sent.slice(this.#commands));
    this.#commands = sent.length;
    if (commands !== undefined) pass.lines.push(["mongodb", commands, "write"]);
    const isWrong = outcome === "error" || outcome === "terminal" || outcome === "conflict";
    if (isWrong) pass.lines.push(["result", `${outcome}: ${because ?? ""}`, "plain"]);
    const reasons = reasonsText(pass.begin.reasons);
    if (pass.lines.length === 0) {
      this.#quiet = { count: (this.#quiet?.count ?? 0) + 1, reasons };
      return;
    }
    this.#tellQuiet();
    this.#line("reconcile", `because ${reasons}`, "why");
    for (const line of pass.lines) this.#line(...line);
  }

  /** Passes that found everything as it should be are told in one line. */
  #tellQuiet(): void {
    if (this.#quiet === undefined) return;
    const { count, reasons } = this.#quiet;
    this.#quiet = undefined;
    const times = count === 1 ? "" : `, and ${count - 1} more times`;
    this.#line(
      "reconcile",
      `because ${reasons}${times}: all as it should be, nothing to write`,
      "quiet",
    );
  }

  #follow(stage: Exclude<StageEvent, ReconcileStage | ResultStage>): void {
    const followed = this.#followed;
    if (followed === undefined || this.#hasArrived) return;
    if ("ref" in stage && (stage.ref.kind !== followed.kind || stage.ref.name !== followed.name))
      return;
    const text = stageText(stage);
    const key = `${stage.stage} ${text ?? ""}`;
    if (text === undefined || this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#line(stage.stage, text, "plain");
  }

  #line(stage: string, text: string, tone: Tone): void {
    const { paint, tell } = this.#telling;
    const seconds = Math.round((this.#operators.clock.monotonicMs() - this.#startMs) / 1000);
    const time = paint("quiet", `${seconds} s`.padStart(7));
    const shown = wrapped(text, lineLength - textColumn).map((line) =>
      tone === "quiet" ? paint(tone, line) : line,
    );
    tell(`${time}  ${paint(tone, stage.padEnd(9))}  ${shown[0] ?? ""}`);
    for (const line of shown.slice(1)) tell(`${" ".repeat(textColumn)}${line}`);
  }

  #status(): PsmdbStatus | undefined {
    const ref = this.#pass?.begin.primary;
    if (ref === undefined) return undefined;
    const { server } = this.#operators.cluster;
    const stored = server?.get(psmdbResource, ref.namespace, ref.name);
    return (stored as JsonObject | undefined)?.["status"] as PsmdbStatus | undefined;
  }
}
