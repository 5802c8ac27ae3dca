// SPDX-License-Identifier: Apache-2.0
// Content negotiation: in which form a client wants its answer.
import { StatusError } from "../status-error.js";

/** The chosen form. */
export interface Accepted {
  readonly format: "json" | "yaml";
  /** A transformation of `as=`. */
  readonly as: "" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  /** Version of the transformation's group. */
  readonly version: string;
  readonly contentType: string;
}

interface Range {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

function parseAccept(header: string): Range[] {
  const ranges = header.split(",").map((part) => {
    const [type = "", ...rest] = part.split(";").map((piece) => piece.trim());
    const parameters = new Map<string, string>();
    for (const piece of rest) {
      const [key = "", value = ""] = piece.split("=");
      parameters.set(key.trim(), value.trim());
    }
    return { type: type.toLowerCase(), parameters, quality: Number(parameters.get("q") ?? 1) };
  });
  return ranges.sort((a, b) => b.quality - a.quality);
}

const jsonTypes = new Set(["application/json", "*/*", "application/*"]);
const transforms = new Set(["Table", "PartialObjectMetadata", "PartialObjectMetadataList"]);

function choose({ type, parameters }: Range): Accepted | undefined {
  const isJson = jsonTypes.has(type);
  if (!isJson && type !== "application/yaml") return undefined;
  const format = isJson ? "json" : "yaml";
  const as = parameters.get("as") ?? "";
  const contentType = `application/${format}`;
  if (as === "") return { format, as: "", version: "", contentType };
  if (parameters.get("g") !== "meta.k8s.io" || !transforms.has(as)) return undefined;
  const version = parameters.get("v") ?? "v1";
  if (version !== "v1" && version !== "v1beta1") return undefined;
  return { format, as: as as Accepted["as"], version, contentType };
}

/** 406: no form that the client accepts is spoken here. */
export function notAcceptable(isBuiltin: boolean): StatusError {
  return new StatusError(
    406,
    "NotAcceptable",
    isBuiltin
      ? "406: Not Acceptable"
      : "only the following media types are accepted: application/json, application/yaml, " +
          "application/vnd.kubernetes.protobuf",
    isBuiltin ? {} : undefined,
  );
}

/**
 * The first acceptable form.
 *
 * @param isBuiltin The routes of built-in kinds refuse in their own words.
 * @throws {@link StatusError} 406 when there is none.
 */
export function negotiate(header: string | undefined, isBuiltin = false): Accepted {
  const text = header === undefined || header === "" ? "*/*" : header;
  for (const range of parseAccept(text)) {
    const accepted = choose(range);
    if (accepted !== undefined) return accepted;
  }
  throw notAcceptable(isBuiltin);
}
