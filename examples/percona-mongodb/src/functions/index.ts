// SPDX-License-Identifier: Apache-2.0
// All functions of the operator in the original's order; both operators run this list (stage 5: reconcile).
import { backupSchedule } from "../backup/schedule.js";
import { configMaps } from "./config-maps.js";
import { connectionStrings } from "./connection-strings.js";
import { disruptionBudgets } from "./disruption-budgets.js";
import { mongosRouters } from "./mongos.js";
import type { Part } from "./part.js";
import { replicaSets } from "./replica-sets.js";
import { securityKeys } from "./security-keys.js";
import { services } from "./services.js";
import { rolloutLock, smartUpdate } from "./smart-update.js";
import { statefulSets } from "./stateful-sets.js";
import { tls } from "./tls.js";
import { usersSecrets } from "./users-secrets.js";

/** F2 to F11; F1 and the sizes come before them, F12 (status) behind them. */
export const parts: readonly Part[] = [
  usersSecrets,
  configMaps,
  tls,
  securityKeys,
  services,
  connectionStrings,
  statefulSets,
  mongosRouters,
  disruptionBudgets,
  replicaSets,
  rolloutLock,
  smartUpdate,
  backupSchedule,
];
