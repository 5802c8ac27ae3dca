// SPDX-License-Identifier: Apache-2.0
/**
 * Haversack: expansion packs for Kubernetes reconcilers.
 *
 * The façade over the packs; it holds no code. What runs them in production is `haversack/manager`. Importing it loads neither
 * `@kubernetes/client-node` nor rxjs.
 *
 * @packageDocumentation
 */
export * from "@haversack/core";
export * from "@haversack/client-node";
export * from "@haversack/watches";
export * from "@haversack/api-objects";
export * from "@haversack/secondary-index";
export * from "@haversack/split-reconcile";
