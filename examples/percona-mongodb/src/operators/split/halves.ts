// SPDX-License-Identifier: Apache-2.0
// F8 removes a StatefulSet and a Service; one writer per object means that two instances each do their half (stage 5).
import { mongosRouters } from "../../functions/mongos.js";
import type { Changes, Part } from "../../functions/part.js";

/** The routers, without the Service that nothing asks for any more. */
export const routersThemselves: Part = {
  ...mongosRouters,
  async build(cluster, observed, sources): Promise<Changes> {
    const { remove = [], ...changes } = await mongosRouters.build(cluster, observed, sources);
    return { ...changes, remove: remove.filter(({ kind }) => kind !== "Service") };
  },
};

/** The config server's Service, once nothing asks for it. */
export const leftoverServices: Part = {
  ...mongosRouters,
  async build(cluster, observed, sources): Promise<Changes> {
    if (cluster.mongos !== undefined) return {};
    const { remove = [] } = await mongosRouters.build(cluster, observed, sources);
    return { remove: remove.filter(({ kind }) => kind === "Service") };
  },
};
