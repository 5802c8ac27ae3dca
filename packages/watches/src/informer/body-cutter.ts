// SPDX-License-Identifier: Apache-2.0
// Cuts an object's bytes down to what the cache keeps, before they are parsed (stage 1).
import type { Kind, KubernetesObject, Projection } from "@haversack/core";
import type { ObjectScan } from "./object-scan.js";

/** Where the value of a top-level field is. */
export interface Hole {
  readonly valueStart: number;
  readonly valueEnd: number;
}

const noHoles: readonly Hole[] = [];

/**
 * Leaves `managedFields` and everything a projection does not keep out of an object's JSON.
 *
 * `managedFields` are 39 % of a Pod's bytes and half of the time its parse takes (measured), so
 * they are skipped as bytes. Built-in lists leave `apiVersion` and `kind` out of their items; they
 * are put in, so that an object from a list and the same object from a watch are equal.
 */
export class BodyCutter {
  readonly #keepsManagedFields: boolean;
  readonly #keepsAll: boolean;
  readonly #heads: ReadonlySet<string>;
  readonly #apiVersion: string;
  readonly #kind: string;
  #prefix = "";
  #suffix = "";
  #from = 0;
  #gapStart = 0;
  #gapEnd = 0;
  #to = 0;

  constructor(kind: Kind<KubernetesObject>, projection: Projection, keepsManagedFields: boolean) {
    this.#apiVersion = `"apiVersion":${JSON.stringify(kind.apiVersion)},`;
    this.#kind = `"kind":${JSON.stringify(kind.kind)},`;
    this.#keepsManagedFields = keepsManagedFields;
    this.#keepsAll = projection.keep === "object";
    const paths = projection.keep === "paths" ? projection.paths : [];
    this.#heads = new Set(paths.map((path) => path.replace(/^\./, "").split(".", 1)[0] ?? ""));
  }

  /**
   * The JSON of what is kept, as text.
   *
   * @param holes values of top-level fields, in order, for which `null` is put in.
   */
  text(bytes: Buffer, scan: ObjectScan, holes: readonly Hole[] = noHoles): string {
    this.#cut(scan);
    let text = this.#prefix;
    let position = this.#from;
    let hasGap = this.#gapEnd < this.#to;
    for (const { valueStart, valueEnd } of holes) {
      if (hasGap && this.#gapStart < valueStart) {
        text += bytes.toString("utf8", position, this.#gapStart);
        position = this.#gapEnd;
        hasGap = false;
      }
      text += `${bytes.toString("utf8", position, valueStart)}null`;
      position = valueEnd;
    }
    if (hasGap) {
      text += bytes.toString("utf8", position, this.#gapStart);
      position = this.#gapEnd;
    }
    text += bytes.toString("utf8", position, this.#to);
    return text + this.#chosenMembers(bytes, scan) + this.#suffix;
  }

  /** Whether what is kept has the very members that were scanned. */
  keepsMembers(scan: ObjectScan): boolean {
    return this.#keepsAll && scan.hasKind && scan.hasApiVersion;
  }

  /** An upper bound of what {@link BodyCutter.copy} writes, for projections without paths. */
  boundBytes(scan: ObjectScan): number {
    return scan.end - scan.start + this.#apiVersion.length + this.#kind.length + 32;
  }

  /** Writes the JSON of what is kept, for projections without paths; answers its length. */
  copy(bytes: Buffer, scan: ObjectScan, target: Buffer, at: number): number {
    this.#cut(scan);
    let position = at;
    if (this.#prefix !== "") position += target.write(this.#prefix, position);
    position += bytes.copy(target, position, this.#from, this.#gapStart);
    if (this.#gapEnd < this.#to) position += bytes.copy(target, position, this.#gapEnd, this.#to);
    if (this.#suffix !== "") position += target.write(this.#suffix, position);
    return position - at;
  }

  #cut(scan: ObjectScan): void {
    const isWhole = this.keepsMembers(scan);
    const missing =
      (this.#keepsAll && scan.hasApiVersion ? "" : this.#apiVersion) +
      (this.#keepsAll && scan.hasKind ? "" : this.#kind);
    if (this.#keepsAll) {
      this.#prefix = isWhole ? "" : `{${missing}`;
      this.#from = isWhole ? scan.start : scan.start + 1;
      this.#to = scan.end;
      this.#suffix = "";
    } else {
      this.#prefix = `{${missing}"metadata":`;
      this.#from = scan.metadataStart;
      this.#to = scan.metadataEnd;
      this.#suffix = "}";
    }
    const hasGap = !this.#keepsManagedFields && scan.managedEnd > scan.managedStart;
    this.#gapStart = hasGap ? scan.managedStart : this.#to;
    this.#gapEnd = hasGap ? scan.managedEnd : this.#to;
  }

  /** `,"spec":{…}` for each member at the head of a chosen path. */
  #chosenMembers(bytes: Buffer, scan: ObjectScan): string {
    if (this.#heads.size === 0) return "";
    let text = "";
    for (let member = 0; member < scan.memberCount; member++) {
      const [keyStart = 0, keyEnd = 0, , valueEnd = 0] = scan.members.subarray(
        member * 4,
        member * 4 + 4,
      );
      const key = bytes.toString("utf8", keyStart, keyEnd);
      if (key === "metadata" || key === "kind" || key === "apiVersion") continue;
      if (this.#heads.has(key)) text += `,${bytes.toString("utf8", keyStart - 1, valueEnd)}`;
    }
    return text;
  }
}
