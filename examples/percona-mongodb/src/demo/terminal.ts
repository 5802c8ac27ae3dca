// SPDX-License-Identifier: Apache-2.0
// Colours for people at a terminal; plain text for everybody else.

/** What a line, or the part of it in front, is. */
export type Tone = "title" | "quiet" | "write" | "why" | "plain";

/** Turns a text into what the terminal shows. */
export type Paint = (tone: Tone, text: string) => string;

/** SGR codes of ECMA-48: bold, faint, green, cyan. */
const codes: Readonly<Record<Exclude<Tone, "plain">, number>> = {
  title: 1,
  quiet: 2,
  write: 32,
  why: 36,
};

/** Leaves texts as they are. */
export const plainPaint: Paint = (_tone, text) => text;

/** Colours for a terminal that can show them. @see https://no-color.org */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const isColourful =
    stream.isTTY === true && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
  if (!isColourful) return plainPaint;
  return (tone, text) => (tone === "plain" ? text : `\u001b[${codes[tone]}m${text}\u001b[0m`);
}

/** A text in lines that are no longer than this, cut between words. */
export function wrapped(text: string, length: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= length) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
