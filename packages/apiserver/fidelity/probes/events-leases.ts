// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.13: Events and Leases.
import * as o from "../objects.js";
import { edited, get, mergePatch, post, probe, put, setUp, type ProbeSection } from "../probe.js";

const time = "2026-01-01T00:00:00.000000Z";
export const eventsAndLeases: ProbeSection = {
  id: "events-leases",
  title: "Events and Leases",
  probes: [
    probe(
      "an event",
      post(
        "ev",
        o.event("a", {
          involvedObject: { apiVersion: "v1", kind: "Pod", name: "p", namespace: "{ns}" },
          reason: "Why",
          message: "text",
          type: "Normal",
          source: { component: "me" },
          firstTimestamp: "2026-01-01T00:00:00Z",
          lastTimestamp: "2026-01-01T00:00:00Z",
          count: 1,
        }),
      ),
    ),
    probe(
      "the namespace of what it is about",
      post("ev", o.event("a", { involvedObject: { namespace: "other", kind: "Pod", name: "p" } })),
      post("ev", o.event("a", { involvedObject: { kind: "Node", name: "n" } })),
      post(
        "/api/v1/namespaces/default/events",
        o.event("{ns}", { involvedObject: { kind: "Node", name: "n" } }),
        { pick: (body) => (body as { kind: string }).kind },
      ),
    ),
    probe(
      "a generated name",
      post("ev", {
        apiVersion: "v1",
        kind: "Event",
        metadata: { generateName: "p." },
        involvedObject: { namespace: "{ns}" },
      }),
    ),
    probe(
      "counting",
      setUp(
        post(
          "ev",
          o.event("a", { involvedObject: { namespace: "{ns}", kind: "Pod", name: "p" }, count: 1 }),
        ),
      ),
      mergePatch("ev/a", { count: 2 }),
      get("ev?fieldSelector=involvedObject.kind=Pod,involvedObject.name=p", {
        pick: (body) => (body as { items: unknown[] }).items.length,
      }),
      get("ev?fieldSelector=reason=Nope", {
        pick: (body) => (body as { items: unknown[] }).items.length,
      }),
      get("ev?fieldSelector=type=Normal,source=x", {
        pick: (body) => (body as { items: unknown[] }).items.length,
      }),
    ),
    probe(
      "the other view",
      setUp(
        post(
          "ev",
          o.event("a", {
            involvedObject: { apiVersion: "v1", kind: "Pod", name: "p", namespace: "{ns}" },
            reason: "Why",
            message: "text",
            type: "Normal",
            source: { component: "me", host: "h" },
            count: 3,
          }),
        ),
      ),
      get("ev2/a"),
    ),
    probe(
      "a new event",
      post(
        "ev2",
        o.newEvent("a", {
          eventTime: time,
          reportingController: "example.com/c",
          reportingInstance: "i",
          action: "Do",
          reason: "Why",
          note: "text",
          type: "Normal",
          regarding: { apiVersion: "v1", kind: "Pod", name: "p", namespace: "{ns}" },
        }),
      ),
      get("ev/a"),
    ),
    probe(
      "a new event that lacks something",
      post("ev2", o.newEvent("a", { regarding: { namespace: "{ns}" } })),
      post(
        "ev2",
        o.newEvent("a", {
          eventTime: time,
          reportingController: "c",
          reportingInstance: "i",
          action: "Do",
          reason: "Why",
          type: "Nope",
          regarding: { namespace: "{ns}" },
        }),
      ),
      post(
        "ev2",
        o.newEvent("a", { eventTime: "2026-01-01T00:00:00Z", regarding: { namespace: "{ns}" } }),
      ),
    ),
    probe(
      "a Lease",
      post(
        "lease",
        o.lease("a", {
          spec: {
            holderIdentity: "me",
            leaseDurationSeconds: 15,
            acquireTime: time,
            renewTime: time,
            leaseTransitions: 0,
          },
        }),
        { as: "l" },
      ),
      put("lease/a", edited("l", { "spec.holderIdentity": "you", "spec.leaseTransitions": 1 })),
      put("lease/a", edited("l", { "spec.holderIdentity": "they" })),
    ),
    probe(
      "times of a Lease",
      post("lease", o.lease("a", { spec: { renewTime: "2026-01-01T00:00:00Z" } })),
      post("lease", o.lease("a", { spec: { renewTime: "2026-01-01T00:00:00.123Z" } })),
      post("lease", o.lease("a", { spec: { renewTime: "2026-01-01T00:00:00.123456+02:00" } })),
      post("lease", o.lease("b", { spec: { renewTime: "nope" } })),
      post("lease", o.lease("b", { spec: { renewTime: null } })),
    ),
    probe(
      "bad values of a Lease",
      post("lease", o.lease("a", { spec: { leaseDurationSeconds: 0 } })),
      post("lease", o.lease("a", { spec: { leaseDurationSeconds: -1, leaseTransitions: -1 } })),
      post("lease", o.lease("a", { spec: { leaseDurationSeconds: "x" } })),
    ),
    probe(
      "one of two wins a Lease",
      setUp(post("lease", o.lease("a"), { as: "l" })),
      put("lease/a", edited("l", { "spec.holderIdentity": "one" })),
      put("lease/a", edited("l", { "spec.holderIdentity": "two" })),
    ),
  ],
};
