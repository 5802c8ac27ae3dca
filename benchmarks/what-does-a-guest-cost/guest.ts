// SPDX-License-Identifier: Apache-2.0
// The guest that is measured: one reconcile reads an object and a list of 5.6 kB and 35 of 0.25 kB, and writes one.
import { configMaps, pods, type SubRequest } from "haversack";
import { serveGuest } from "@haversack/wasm-sandbox/guest";

serveGuest({
  parts: [
    {
      name: "reconcile",
      async reconcile({ objects }: SubRequest) {
        const pod = await objects.mustGet(pods, { namespace: "default", name: "web" });
        const listed = await objects.list(configMaps, { namespace: "default" });
        const changed = structuredClone({ ...pod, count: listed.length });
        await objects.apply(configMaps, {
          metadata: { namespace: "default", name: "out" },
          data: {
            names: listed.map(({ metadata }) => metadata.name).join(),
            keys: String(Object.keys(changed).length),
          },
        });
      },
    },
    {
      name: "call",
      async reconcile({ objects }: SubRequest) {
        for (let turn = 0; turn < 1000; turn += 1) {
          await objects.get(configMaps, { namespace: "default", name: "small" });
        }
      },
    },
    { name: "nothing", reconcile: () => Promise.resolve() },
  ],
});
