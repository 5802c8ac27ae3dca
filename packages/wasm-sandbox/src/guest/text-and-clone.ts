// SPDX-License-Identifier: Apache-2.0
// UTF-8 and structured clones for an engine that has neither (runs in the guest).

/** UTF-8 out. */
export class TextEncoder {
  readonly encoding = "utf-8";

  encode(text = ""): Uint8Array {
    const escaped = encodeURIComponent(wellFormed(text));
    const bytes: number[] = [];
    for (let at = 0; at < escaped.length; at += 1) {
      const isEscape = escaped[at] === "%";
      bytes.push(isEscape ? parseInt(escaped.slice(at + 1, at + 3), 16) : escaped.charCodeAt(at));
      if (isEscape) at += 2;
    }
    return new Uint8Array(bytes);
  }
}

/** Half a surrogate pair is no character; it becomes U+FFFD, as the standard says. */
function wellFormed(text: string): string {
  return text.replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    "\uFFFD",
  );
}

/** UTF-8 in; other encodings are refused. */
export class TextDecoder {
  readonly encoding = "utf-8";
  readonly fatal: boolean;

  constructor(encoding = "utf-8", options: { readonly fatal?: boolean } = {}) {
    if (!/^utf-?8$/i.test(encoding)) {
      throw new RangeError(`cannot decode "${encoding}": a guest knows UTF-8 alone`);
    }
    this.fatal = options.fatal === true;
  }

  decode(input: ArrayBuffer | ArrayBufferView = new Uint8Array()): string {
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
    let text = "";
    for (let at = 0; at < bytes.length;) {
      const [code, length] = this.#codePoint(bytes, at);
      text += String.fromCodePoint(code);
      at += length;
    }
    return text;
  }

  /** One code point and how many bytes it takes; U+FFFD for what is none. */
  #codePoint(bytes: Uint8Array, at: number): [number, number] {
    const first = bytes[at] ?? 0;
    if (first < 0x80) return [first, 1];
    const length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    let code = first & (0x7f >> length);
    let taken = 1;
    while (taken < length && ((bytes[at + taken] ?? 0) & 0xc0) === 0x80) {
      code = (code << 6) | ((bytes[at + taken] ?? 0) & 0x3f);
      taken += 1;
    }
    const least = [0, 0, 0x80, 0x800, 0x10000][length] ?? 0;
    const isSurrogate = code >= 0xd800 && code < 0xe000;
    const isWhole = length > 1 && taken === length && first < 0xf5;
    if (isWhole && code >= least && code <= 0x10ffff && !isSurrogate) return [code, length];
    if (this.fatal) throw new TypeError("the bytes are not UTF-8");
    return [0xfffd, 1];
  }
}

/** A deep copy of plain objects, arrays, maps, sets, dates and bytes, cycles included. */
export function structuredClone<T>(value: T): T {
  return clone(value, new Map()) as T;
}

function clone(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new TypeError(`a ${typeof value} cannot be cloned`);
  }
  if (typeof value !== "object" || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const remember = <C extends object>(copy: C): C => {
    seen.set(value, copy);
    return copy;
  };
  if (value instanceof globalThis.Date) return remember(new globalThis.Date(value.getTime()));
  if (value instanceof ArrayBuffer) return remember(value.slice(0));
  if (ArrayBuffer.isView(value)) return remember((value as Uint8Array).slice());
  if (value instanceof Map) {
    const copy = remember(new Map<unknown, unknown>());
    for (const [key, entry] of value) copy.set(clone(key, seen), clone(entry, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = remember(new Set<unknown>());
    for (const entry of value) copy.add(clone(entry, seen));
    return copy;
  }
  if (value instanceof Error) return remember(new Error(value.message));
  const copy = remember(Array.isArray(value) ? ([] as unknown[]) : {});
  for (const key of Object.keys(value)) {
    // Defined, not set: a key named `__proto__` stays a key.
    Object.defineProperty(copy, key, {
      value: clone((value as Record<string, unknown>)[key], seen),
      ...{ enumerable: true, writable: true, configurable: true },
    });
  }
  return copy;
}
