// SPDX-License-Identifier: Apache-2.0
// A guest with a whole reconciler: the class that the host has, with the guest's own packs under it.
import { serveGuest } from "../../src/guest/index.js";
import { makeReconciler } from "../whole-reconciler.js";

serveGuest({ reconcilers: { database: makeReconciler({}) } });
