// SPDX-License-Identifier: Apache-2.0
// Who this process is among its replicas (before stage 1).
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

/** A name that no other process has or had: the host's, and a random part. */
export function replicaIdentity(): string {
  const host = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  return `${host === "" ? "host" : host}-${randomBytes(4).toString("hex")}`;
}
