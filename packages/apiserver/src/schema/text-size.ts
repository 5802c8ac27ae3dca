// SPDX-License-Identifier: Apache-2.0
// Length of texts as schemas and rules count it.

/** Number of code points of a text. */
export function textSize(text: string): number {
  let size = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(index + 1);
    if (next >= 0xdc00 && next <= 0xdfff) size -= 1;
  }
  return size;
}
