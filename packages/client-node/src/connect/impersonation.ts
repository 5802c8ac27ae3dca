// SPDX-License-Identifier: Apache-2.0
// The headers of a request made on somebody's behalf (stage 1 and 6).
import { ConfigurationError } from "@haversack/core";
import type { Impersonation } from "./client-options.js";

/**
 * Makes the impersonation headers.
 *
 * **API requests:** 0.
 * **RBAC:** `impersonate` on the users, groups, uids and extra fields named.
 *
 * @throws ConfigurationError for a name that cannot stand in a header. Terminal.
 * @see Kubernetes "Authenticating", user impersonation.
 */
export function impersonationHeaders(
  impersonation: Impersonation | undefined,
): Record<string, string | string[]> {
  if (impersonation === undefined) return {};
  const { user, uid, groups = [], extra = {} } = impersonation;
  if (user === "") {
    throw new ConfigurationError(
      "cannot impersonate: the user name is empty. Name the user; groups alone are not allowed.",
    );
  }
  const headers: Record<string, string | string[]> = { "Impersonate-User": headerText(user) };
  if (uid !== undefined) headers["Impersonate-Uid"] = headerText(uid);
  if (groups.length > 0) headers["Impersonate-Group"] = groups.map(headerText);
  for (const [key, values] of Object.entries(extra)) {
    headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = values.map(headerText);
  }
  return headers;
}

/** The server reads header values as UTF-8; Node writes each character as a byte. */
function headerText(value: string): string {
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw new ConfigurationError(
      `cannot impersonate ${JSON.stringify(value)}: it has control characters. Use the plain name.`,
    );
  }
  return Buffer.from(value, "utf8").toString("latin1");
}
