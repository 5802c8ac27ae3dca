// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.11: namespaces and their end.
import * as o from "../objects.js";
import {
  edited,
  get,
  mergePatch,
  post,
  probe,
  put,
  remove,
  setUp,
  until,
  type ProbeSection,
} from "../probe.js";
const conditionsOf = (body: unknown): unknown => {
  const { status, spec, metadata } = body as {
    status: {
      phase: string;
      conditions?: { type: string; status: string; reason: string; message: string }[];
    };
    spec: unknown;
    metadata: { deletionTimestamp?: string };
  };
  return {
    phase: status.phase,
    spec,
    deletionTimestamp: metadata.deletionTimestamp,
    conditions: status.conditions?.map(({ type, status: value, reason, message }) => ({
      type,
      status: value,
      reason,
      message,
    })),
  };
};

export const namespaces: ProbeSection = {
  id: "namespaces",
  title: "Namespaces",
  probes: [
    probe("a new one", post("ns", o.namespace("{ns}-b")), get("ns/{ns}-b")),
    probe(
      "labels of its own",
      post("ns", o.namespace("{ns}-b", {}, { labels: { a: "b" } })),
      mergePatch("ns/{ns}-b", { metadata: { labels: { a: null, c: "d" } } }),
    ),
    probe(
      "finalizers of a client",
      post("ns", o.namespace("{ns}-b", { spec: { finalizers: ["example.com/x"] } })),
      mergePatch("ns/{ns}-b", { spec: { finalizers: [] } }),
      mergePatch("ns/{ns}-b", { spec: { finalizers: ["bad"] } }),
    ),
    probe(
      "a phase of a client",
      post("ns", o.namespace("{ns}-b", { status: { phase: "Terminating" } }), {
        pick: (body) => (body as { status: unknown }).status,
      }),
      mergePatch("ns/{ns}-b/status", { status: { phase: "Terminating" } }),
    ),
    probe(
      "deletion of an empty one",
      setUp(post("ns", o.namespace("{ns}-b"))),
      remove("ns/{ns}-b"),
      until("ns/{ns}-b", 404),
      get("ns/{ns}-b"),
      remove("ns/{ns}-b"),
    ),
    probe(
      "deletion with content",
      setUp(post("ns", o.namespace("{ns}-b"))),
      setUp(post("/api/v1/namespaces/{ns}-b/configmaps", o.configMap("a"))),
      setUp(post("/apis/lab.example.com/v1/namespaces/{ns}-b/widgets", o.widget("a"))),
      setUp(remove("ns/{ns}-b")),
      until("/api/v1/namespaces/{ns}-b/configmaps/a", 404),
      until("ns/{ns}-b", 404),
    ),
    probe(
      "deletion with content that is held",
      setUp(post("ns", o.namespace("{ns}-b"))),
      setUp(
        post(
          "/api/v1/namespaces/{ns}-b/configmaps",
          o.configMap("a", {}, { finalizers: ["example.com/x"] }),
        ),
      ),
      setUp(remove("ns/{ns}-b")),
      until("ns/{ns}-b", 200, "status.conditions.4"),
      get("ns/{ns}-b", { pick: conditionsOf }),
      post("/api/v1/namespaces/{ns}-b/configmaps", o.configMap("b")),
      post("/apis/lab.example.com/v1/namespaces/{ns}-b/widgets", o.widget("b")),
      mergePatch(
        "/api/v1/namespaces/{ns}-b/configmaps/a",
        { data: { k: "v" } },
        { pick: () => "" },
      ),
      remove("ns/{ns}-b", undefined, { pick: (body) => (body as { kind: string }).kind }),
      post("ns", o.namespace("{ns}-b")),
      mergePatch(
        "/api/v1/namespaces/{ns}-b/configmaps/a",
        { metadata: { finalizers: null } },
        { pick: () => "" },
      ),
      until("ns/{ns}-b", 404),
    ),
    probe(
      "those that may not be deleted",
      remove("ns/default"),
      remove("ns/kube-system"),
      remove("ns/kube-public"),
    ),
    probe(
      "finalize",
      setUp(post("ns", o.namespace("{ns}-b"), { as: "n" })),
      put(
        "ns/{ns}-b/finalize",
        edited("n", { "spec.finalizers": ["kubernetes", "example.com/x"] }),
      ),
      put("ns/{ns}-b/finalize", edited("n", { "spec.finalizers": [] }, "metadata.resourceVersion")),
    ),
    probe(
      "a precondition",
      setUp(post("ns", o.namespace("{ns}-b"))),
      remove("ns/{ns}-b", { preconditions: { uid: "zz" } }),
    ),
    probe(
      "a dry run",
      setUp(post("ns", o.namespace("{ns}-b"))),
      remove("ns/{ns}-b?dryRun=All", undefined, { pick: conditionsOf }),
      get("ns/{ns}-b", { pick: conditionsOf }),
    ),
    probe("a collection is not deleted", remove("ns")),
  ],
};
