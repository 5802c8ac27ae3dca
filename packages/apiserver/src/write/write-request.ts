// SPDX-License-Identifier: Apache-2.0
// What a write is about: the resource, the object's name, the options of the client.
import type { Authorizer } from "../auth/authorizer.js";
import type { Identity } from "../auth/identity.js";
import type { ServerClock } from "../clock.js";
import type { ResourceType } from "../kinds/resource-type.js";
import type { Registry } from "../kinds/registry.js";
import type { ObjectStore } from "../store/object-store.js";
import type { AddressPool } from "./address-pool.js";

/** Parts of the server that a write touches. */
export interface WriteContext {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly clock: ServerClock;
  readonly addresses: AddressPool;
  /** Decides what users may grant; without it everybody may. */
  readonly authorizer?: Authorizer;
}

/** How unknown and duplicate fields are treated. */
export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** One write as the handler understood it. */
export interface WriteRequest {
  readonly type: ResourceType;
  /** Undefined for cluster-scoped kinds. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** "" for the object itself. */
  readonly subresource: string;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** Who writes; undefined for the server's own writes. */
  readonly user?: Identity;
  /** Receives texts that travel as Warning headers. */
  readonly warnings: string[];
}

/** A finished write. */
export interface WriteResult {
  /** The object in the storage version. */
  readonly value: Record<string, unknown>;
  readonly created: boolean;
}
