// SPDX-License-Identifier: Apache-2.0
// What runs in a Deployment: the whole program of an operator.
// #region operator
import { Manager } from "haversack/manager";
import { DatabaseReconciler } from "./reconciler.js";

await new Manager({ name: "database-operator", leaderElection: true, http: true, metrics: true })
  .add(new DatabaseReconciler())
  .start();
// #endregion
