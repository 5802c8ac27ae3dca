// SPDX-License-Identifier: Apache-2.0
// Runs the expanded operator on the embedded API server: what it does, and what it no longer does.
import { configMaps, startReconciler } from "haversack";
import { FakeClock, startCluster } from "@haversack/testing";
import { ExpandedOperator } from "./expanded-operator.js";

const clock = new FakeClock();
const cluster = await startCluster({ clock });
await cluster.apply(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: websites.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Website, plural: websites, singular: website }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: { spec: { type: object, properties: { page: { type: string } } } }
`);

const operator = new ExpandedOperator({ image: "web:1" });
const running = startReconciler(operator, { client: cluster.client, clock });
await running.ready;

await cluster.apply(`
apiVersion: example.com/v1
kind: Website
metadata: { namespace: default, name: home }
spec: { page: hello }
`);
await cluster.settle();

await cluster.remove(configMaps, { namespace: "default", name: "home-page" });
await cluster.settle();
console.log(operator.log.join("\n"));

cluster.requests.reset();
await clock.advance(600_000);
console.log(`ten idle minutes: ${cluster.requests.count()} requests (polling: 120 passes)`);

await running.stop();
await cluster.close();
