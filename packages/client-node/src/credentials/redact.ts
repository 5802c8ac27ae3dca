// SPDX-License-Identifier: Apache-2.0
// Takes secrets out of text that others wrote, before it becomes a message (stage 1 and 6).

const patterns: readonly [RegExp, string][] = [
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, "<token>"],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, "$1 <secret>"],
  [/:\/\/[^\s/@]+@/g, "://<credentials>@"],
  [
    /\b([\w-]*(?:token|password|passwd|secret|api-?key|key-data)["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|[^\s,;}]+)/gi,
    "$1<secret>",
  ],
];

/**
 * Removes what looks like a credential from text: tokens, passwords, credentials in URLs.
 *
 * **API requests:** 0.
 *
 * @param secrets Values known to be secret; they are removed wherever they stand.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length > 3) clean = clean.replaceAll(secret, "<secret>");
  }
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
  return clean;
}

/** The secret parts of an Authorization header. */
export function secretsOf(authorization: string | undefined): string[] {
  if (authorization === undefined) return [];
  const [scheme = "", value = ""] = authorization.split(" ", 2);
  if (scheme.toLowerCase() !== "basic") return [value];
  const pair = Buffer.from(value, "base64").toString("utf8");
  return [value, pair, pair.slice(pair.indexOf(":") + 1)];
}
