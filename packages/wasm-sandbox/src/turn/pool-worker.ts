// SPDX-License-Identifier: Apache-2.0
// A worker thread of the pool: holds instances and does what it is asked, one thing after another (stage: turn).
import { parentPort } from "node:worker_threads";
import { plainOf } from "@haversack/core";
import { EmbeddedInstance } from "./embedded.js";
import type { NumberedRequest, PoolAnswer, PoolRequest } from "./pool-protocol.js";

const instances = new Map<number, EmbeddedInstance>();

function perform(request: PoolRequest): unknown {
  const { instance } = request;
  switch (request.op) {
    case "start": {
      const { guest, limits, module, template, image } = request;
      const source = { guest, limits, module, template: () => template };
      instances.set(instance, new EmbeddedInstance(source, image));
      return undefined;
    }
    case "turn":
      return mustHave(instance).turnNow(request.text, request.nowMs);
    case "snapshot":
      return mustHave(instance).snapshotNow();
    case "dispose":
      instances.delete(instance);
      return undefined;
  }
}

function mustHave(instance: number): EmbeddedInstance {
  const found = instances.get(instance);
  if (found === undefined) throw new Error(`this worker has no instance ${instance}`);
  return found;
}

parentPort?.on("message", (request: NumberedRequest) => {
  const { id } = request;
  let answer: PoolAnswer;
  try {
    answer = { id, value: perform(request) };
  } catch (error) {
    instances.delete(request.instance);
    answer = { id, error: plainOf(error) };
  }
  parentPort?.postMessage(answer);
});
