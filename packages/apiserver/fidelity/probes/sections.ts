// SPDX-License-Identifier: Apache-2.0
// All sections of probes, in the order of the checklist.
import type { ProbeSection } from "../probe.js";
import { access } from "./access.js";
import { applyFields } from "./apply-fields.js";
import { apply } from "./apply.js";
import { create } from "./create.js";
import { definitions } from "./definitions.js";
import { deletion } from "./delete.js";
import { discovery } from "./discovery.js";
import { eventsAndLeases } from "./events-leases.js";
import { garbage } from "./garbage.js";
import { kinds } from "./kinds.js";
import { namespaces } from "./namespaces.js";
import { patch } from "./patch.js";
import { pods } from "./pods.js";
import { read } from "./read.js";
import { routing } from "./routing.js";
import { schemas } from "./schemas.js";
import { status } from "./status.js";
import { tables } from "./tables.js";
import { update } from "./update.js";
import { validation } from "./validation.js";
import { watch } from "./watch.js";
import { workloads } from "./workloads.js";

export const sections: readonly ProbeSection[] = [
  routing,
  create,
  read,
  tables,
  update,
  status,
  pods,
  workloads,
  kinds,
  patch,
  apply,
  applyFields,
  deletion,
  garbage,
  watch,
  definitions,
  schemas,
  validation,
  discovery,
  namespaces,
  access,
  eventsAndLeases,
];
