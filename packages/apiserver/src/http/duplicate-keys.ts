// SPDX-License-Identifier: Apache-2.0
// Finds object keys that a JSON text says twice, which a parser silently merges.

/** Paths of repeated keys (`metadata.name`), in order of appearance. The text must be valid JSON. */
export function findDuplicateKeys(text: string): string[] {
  const found = new Set<string>();
  const stack: { path: string; keys: Set<string> | undefined; index: number }[] = [];
  let pendingKey: string | undefined;
  const pathOfValue = (): string => {
    const top = stack.at(-1);
    if (top === undefined) return "";
    if (top.keys === undefined) return `${top.path}[${top.index}]`;
    return top.path === "" ? (pendingKey ?? "") : `${top.path}.${pendingKey ?? ""}`;
  };
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    const top = stack.at(-1);
    if (character === "{" || character === "[") {
      const keys = character === "{" ? new Set<string>() : undefined;
      stack.push({ path: pathOfValue(), keys, index: 0 });
      pendingKey = undefined;
    } else if (character === "}" || character === "]") stack.pop();
    else if (character === ",") {
      if (top !== undefined) top.index += 1;
      pendingKey = undefined;
    } else if (character === '"') {
      const end = endOfString(text, index);
      if (top?.keys !== undefined && pendingKey === undefined) {
        pendingKey = JSON.parse(text.slice(index, end + 1)) as string;
        if (top.keys.has(pendingKey)) found.add(pathOfValue());
        top.keys.add(pendingKey);
      }
      index = end;
    }
  }
  return [...found];
}

function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index;
}
