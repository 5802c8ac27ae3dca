// SPDX-License-Identifier: Apache-2.0
/**
 * The manager: runs reconcilers in production.
 *
 * A path of its own, so that a process which starts its reconcilers itself does not hold it.
 *
 * @packageDocumentation
 */
export * from "@haversack/manager";
