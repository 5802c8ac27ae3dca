// SPDX-License-Identifier: Apache-2.0
// The law of the diff ladder: the world ends up as if every apply had been sent (stage 6).
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  configMaps,
  objectPath,
  services,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
} from "@haversack/core";
import { startEmbedded, type EmbeddedRig, type Process } from "./embedded-rig.js";

/** What can happen to an object; content is what of it is declared. */
type Step =
  | { readonly type: "apply" | "other-apply" | "patch"; readonly content: object }
  | { readonly type: "restart" | "lose-answer" };

let rig: EmbeddedRig;
let run = 0;
beforeAll(async () => {
  rig = await startEmbedded();
});
afterAll(() => rig.close());

/** The server's state of an object, without what differs between any two objects. */
function contentOf(kind: Kind<KubernetesObject>, { namespace, name }: ObjectKey): object {
  const object = rig.server.get(kind.plural, namespace, name);
  const { metadata, ...rest } = object as unknown as KubernetesObject;
  return { ...rest, labels: metadata.labels ?? {} };
}

async function send(
  kind: Kind<KubernetesObject>,
  key: ObjectKey,
  contentType: string,
  fieldManager: string,
  content: object,
): Promise<void> {
  const { metadata } = content as { metadata?: object };
  const isApply = contentType.includes("apply");
  const named = { apiVersion: kind.apiVersion, kind: kind.kind, ...content };
  const body = isApply ? { ...named, metadata: { ...metadata, ...key } } : content;
  await rig.client.request({
    method: "PATCH",
    path: objectPath(kind, key),
    contentType,
    query: { fieldManager, force: isApply ? true : undefined },
    body: JSON.stringify(body),
  });
}

/** Does the steps to two objects: one through the ladder, one with every apply sent. */
async function compareWithUnconditionalApply(
  kind: Kind<KubernetesObject>,
  first: object,
  steps: readonly Step[],
): Promise<void> {
  run += 1;
  const ours = { namespace: "prod", name: `ours-${run}` };
  const twin = { namespace: "prod", name: `twin-${run}` };
  let process: Process = rig.process();
  let isLosing = false;
  for (const step of [{ type: "apply", content: first } as const, ...steps]) {
    if (step.type === "restart") process = rig.process();
    if (step.type === "lose-answer") isLosing = true;
    if (step.type === "patch" || step.type === "other-apply") {
      const isPatch = step.type === "patch";
      const type = isPatch ? "application/merge-patch+json" : "application/apply-patch+yaml";
      for (const key of [ours, twin]) await send(kind, key, type, "other", step.content);
    }
    if (step.type !== "apply") continue;
    await send(kind, twin, "application/apply-patch+yaml", "operator", step.content);
    const fault = { type: "commitThenReset" } as const;
    if (isLosing) rig.server.faults.add({ match: { verb: "apply" }, times: 1, fault });
    isLosing = false;
    await applyOnce(process, kind, ours, step.content);
    rig.server.faults.clear();
    expect(contentOf(kind, ours)).toEqual(contentOf(kind, twin));
    const again = await process.objects.apply(kind, declared(ours, step.content));
    expect(again).toMatchObject({ outcome: "unchanged", requests: 0 });
  }
}

/** A lost answer that the object's state does not settle is tried again, as a queue would. */
async function applyOnce(
  { objects }: Process,
  kind: Kind<KubernetesObject>,
  key: ObjectKey,
  content: object,
): Promise<void> {
  try {
    await objects.apply(kind, declared(key, content));
  } catch (error) {
    expect(error).toMatchObject({ code: "EXP_TIMEOUT" });
    await objects.apply(kind, declared(key, content));
  }
}

function declared({ namespace = "", name }: ObjectKey, content: object): KubernetesObject {
  const { metadata } = content as { metadata?: object };
  return { ...content, metadata: { ...metadata, namespace, name } };
}

function stepsOf(content: fc.Arbitrary<object>, patch: fc.Arbitrary<object>): fc.Arbitrary<Step[]> {
  return fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant("apply" as const), content }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant("patch" as const), content: patch }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant("other-apply" as const), content }) },
      { weight: 1, arbitrary: fc.constant<Step>({ type: "restart" }) },
      { weight: 1, arbitrary: fc.constant<Step>({ type: "lose-answer" }) },
    ),
    { minLength: 2, maxLength: 12 },
  );
}

const name = fc.constantFrom("a", "b", "__proto__");
const text = fc.constantFrom("1", "2", "");
const labels = fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom("1", "2"));
const data = fc.dictionary(name, text, { maxKeys: 3 });
const configMapContent = fc.record({ data, metadata: fc.record({ labels }) });
const configMapPatch = fc.record({
  data: fc.dictionary(name, fc.option(text), { maxKeys: 2 }),
  metadata: fc.record({ labels }),
});

const port = fc.constantFrom(80, 81, 82);
const ports = fc.uniqueArray(
  fc.record({ port, targetPort: fc.constantFrom<string | number>("80", 80, "web") }),
  { minLength: 1, maxLength: 3, selector: (each) => each.port },
);
const named = ports.map((list) => list.map((each) => ({ name: `p${each.port}`, ...each })));
const selector = fc.dictionary(fc.constantFrom("app", "role"), fc.constantFrom("1", "2"));
const spec = fc.record({ ports: named, selector, clusterIP: fc.constant("None") });
const serviceContent = fc.record({ spec, metadata: fc.record({ labels }) });
const servicePatch = fc.record({
  spec: fc.record({ selector: fc.record({ more: fc.option(fc.constant("1")) }) }),
});

describe("the diff ladder", () => {
  it("leaves a ConfigMap as unconditional applies would, and quiet", async () => {
    await fc.assert(
      fc.asyncProperty(
        configMapContent,
        stepsOf(configMapContent, configMapPatch),
        (first, steps) => compareWithUnconditionalApply(configMaps, first, steps),
      ),
      { numRuns: 60 },
    );
  });

  it("leaves a Service as unconditional applies would, and quiet", async () => {
    await fc.assert(
      fc.asyncProperty(serviceContent, stepsOf(serviceContent, servicePatch), (first, steps) =>
        compareWithUnconditionalApply(services, first, steps),
      ),
      { numRuns: 60 },
    );
  });
});
