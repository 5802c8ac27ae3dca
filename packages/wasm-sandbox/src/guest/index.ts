// SPDX-License-Identifier: Apache-2.0
/**
 * What the entry file of a guest imports. `haversack-guest build` turns it into a guest; outside a
 * guest nothing of this works.
 *
 * @example
 * ```ts
 * import { serveGuest } from "@haversack/wasm-sandbox/guest";
 * import { config, workload } from "./parts.js";
 * serveGuest({ parts: [config, workload] });
 * ```
 * @packageDocumentation
 */
export { serveGuest, sleep, waitFor, type Served } from "./serve.js";
