// SPDX-License-Identifier: Apache-2.0
// Continue tokens of paged lists: revision and the key after which the next page starts.
import { badRequest } from "../status-error.js";

/** Where a paged list goes on. */
export interface ContinuePoint {
  /** Revision of the first page; -1 goes on in the present (inconsistent continuation). */
  readonly revision: number;
  readonly after: string;
}

/** The opaque token of a point. */
export function encodeContinue(point: ContinuePoint): string {
  const token = { v: "meta.k8s.io/v1", rv: point.revision, start: `${point.after}\u0000` };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** The point of a token. @throws {@link StatusError} 400 when it is none. */
export function decodeContinue(token: string): ContinuePoint {
  try {
    const value = JSON.parse(Buffer.from(token, "base64url").toString()) as Record<string, unknown>;
    const { rv, start, v } = value;
    if (v === "meta.k8s.io/v1" && typeof rv === "number" && typeof start === "string") {
      return { revision: rv, after: start.replace(/\u0000$/, "") };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw badRequest(
    "continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
  );
}
