// SPDX-License-Identifier: Apache-2.0
// Runs sections of probes against one server, from its shared definitions to normalised answers.
import { randomBytes } from "node:crypto";
import { ProbeClient, type ProbeTarget } from "./http-client.js";
import { normalise } from "./normalise.js";
import { sharedDefinitions } from "./objects.js";
import type { Probe, ProbeSection } from "./probe.js";
import type { SectionRecording } from "./recording.js";
import { ProbeRun } from "./run-probe.js";

const headersOf = ({ token }: ProbeTarget): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  "content-type": "application/json",
});

/** A server that is ready for probes. */
export class ProbedServer {
  readonly #client: ProbeClient;

  constructor(target: ProbeTarget) {
    this.#client = new ProbeClient(target);
  }

  /** Creates the definitions that all probes share and waits until their kinds are served. */
  async prepare(): Promise<void> {
    const headers = headersOf(this.#client.target);
    const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    for (const definition of sharedDefinitions) {
      const body = JSON.stringify(definition);
      const answer = await this.#client.send({ method: "POST", path: crds, headers, body });
      if (answer.status !== 201 && answer.status !== 409) {
        throw new Error(`creating a shared definition failed: ${answer.text}`);
      }
    }
    for (const plural of ["widgets", "gizmos", "plains"]) {
      await this.#whenServed(`/apis/lab.example.com/v1/${plural}`);
    }
  }

  async #whenServed(path: string): Promise<void> {
    const headers = headersOf(this.#client.target);
    for (let attempt = 0; attempt < 400; attempt++) {
      const answer = await this.#client.send({ method: "GET", path, headers });
      if (answer.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`${path} was not served within 10 s`);
  }

  /** What `/version` says. */
  async version(): Promise<{ gitVersion: string; goVersion: string }> {
    const headers = headersOf(this.#client.target);
    const { text } = await this.#client.send({ method: "GET", path: "/version", headers });
    return JSON.parse(text) as { gitVersion: string; goVersion: string };
  }

  /** Runs one probe in a namespace of its own. */
  async answer(probe: Probe): Promise<SectionRecording[string]> {
    const namespace = `x${randomBytes(4).toString("hex")}`;
    const answers = await new ProbeRun(this.#client, namespace).run(probe);
    return normalise(answers, namespace, Date.now());
  }

  /** Runs all probes of a section. */
  async answerSection({ id, probes }: ProbeSection): Promise<SectionRecording> {
    const answers: Record<string, SectionRecording[string]> = {};
    const failures: string[] = [];
    for (const probe of probes) {
      if (Object.hasOwn(answers, probe.name)) throw new Error(`${id}: two probes ${probe.name}`);
      try {
        answers[probe.name] = await this.answer(probe);
      } catch (error) {
        failures.push(`the probe ${id}/${probe.name} failed: ${String(error)}`);
      }
    }
    if (failures.length > 0) throw new Error(failures.join("\n"));
    return answers;
  }

  close(): void {
    this.#client.close();
  }
}
