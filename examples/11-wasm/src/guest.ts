// SPDX-License-Identifier: Apache-2.0
// What is inside the guest: `haversack-guest build src/guest.ts -o database.guest` makes it.
import { serveGuest } from "@haversack/wasm-sandbox/guest";
import { config, workload } from "./parts.js";

serveGuest({ parts: [config, workload] });
