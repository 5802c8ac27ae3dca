// SPDX-License-Identifier: Apache-2.0
// Takes the values of Secrets out of a recording, the same way everywhere (stage 5: reconcile).

/** Shorter values would blot out parts of ordinary words; they go where they stand, nowhere else. */
const minLength = 4;
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Replaces every value of a Secret's `data` and `stringData` by a word that stands for it, wherever it
 * stands, also decoded or encoded; and what kubectl last applied. Equal values get equal words, so
 * that a replay takes the same steps. **API requests:** 0.
 */
export function redactRecording<T>(recording: T): T {
  const words = new Map<string, string>();
  collect(recording, (text, isEncoded) => {
    const plain = isEncoded ? decode(text) : text;
    if (words.has(plain)) return;
    const word = `redacted-${words.size / 2 + 1}`;
    words.set(plain, word);
    words.set(encode(plain), encode(word));
  });
  const long = [...words].filter(([text]) => text.length >= minLength);
  long.sort(([a], [b]) => b.length - a.length);
  return replace(recording, words, long, false) as T;
}

function collect(value: unknown, tell: (text: string, isEncoded: boolean) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (isSecret(value)) {
    for (const text of textsOf(value.data)) tell(text, true);
    for (const text of textsOf(value.stringData)) tell(text, false);
  }
  for (const each of Object.values(value)) collect(each, tell);
}

function replace(
  value: unknown,
  words: ReadonlyMap<string, string>,
  long: readonly (readonly [string, string])[],
  isHidden: boolean,
): unknown {
  if (typeof value === "string") {
    const whole = isHidden ? words.get(value) : undefined;
    return whole ?? long.reduce((text, [from, to]) => text.replaceAll(from, to), value);
  }
  if (Array.isArray(value)) return value.map((each) => replace(each, words, long, isHidden));
  if (typeof value !== "object" || value === null) return value;
  const hides = isSecret(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (name === lastApplied) return [name, "redacted"];
      const isData = hides && (name === "data" || name === "stringData");
      return [name, replace(each, words, long, isHidden || isData)];
    }),
  );
}

interface SecretLike {
  readonly data?: unknown;
  readonly stringData?: unknown;
}

function isSecret(value: object): value is SecretLike {
  const { kind, apiVersion } = value as { kind?: unknown; apiVersion?: unknown };
  return kind === "Secret" && (apiVersion === undefined || apiVersion === "v1");
}

function textsOf(map: unknown): string[] {
  if (typeof map !== "object" || map === null) return [];
  return Object.values(map).filter((text) => typeof text === "string");
}

function encode(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}

function decode(text: string): string {
  return Buffer.from(text, "base64").toString("latin1");
}
