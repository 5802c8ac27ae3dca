// SPDX-License-Identifier: Apache-2.0
// Checks the types of an expression and turns it into something that runs, in one pass. Long because
// every kind of node is here; calls, selections and macros have files of their own.
import { compilePattern, PatternError } from "../schema/patterns.js";
import { parseDuration, parseTimestamp, parseTimestampSeconds } from "./times.js";
import { checkOperator, checkSpecial } from "./special-calls.js";
import { checkCall, commonType, signatureText } from "./calls.js";
import { add, exactly, nothing } from "./estimate.js";
import { Frame } from "./frame.js";
import { celFunctions } from "./functions.js";
import { checkMacro } from "./macros.js";
import { checkOptionalSelect, checkSelect } from "./select.js";
import { setEntry } from "./map-entries.js";
import type { Entries } from "./map-entries.js";
import { nameOf } from "./parser.js";
import type { CelIssue, CelNode } from "./syntax.js";
import { unchecked } from "./typed.js";
import type { Checker, Run, Scope, Typed } from "./typed.js";
import {
  accepts,
  boolType,
  bytesType,
  doubleType,
  dynType,
  intType,
  listOf,
  mapOf,
  nullType,
  stringType,
  typeName,
  typeOfType,
  uintType,
} from "./types.js";
import type { CelType } from "./types.js";
import { ArrayList, CelError, EntryMap, Optional, TypeValue, Uint } from "./values.js";
import type { CelValue } from "./values.js";
import { sizeOf } from "./compare.js";

type Node<K extends CelNode["kind"]> = Extract<CelNode, { kind: K }>;

/** Costs of making lists and maps. Source: the reference cost model. */
const listCost = 10;
const mapCost = 30;

/** Names that are types. */
const typeNames = new Set([
  ...[
    "bool",
    "int",
    "uint",
    "double",
    "string",
    "bytes",
    "list",
    "map",
    "null_type",
    "type",
    "dyn",
  ],
  ...["optional_type", "google.protobuf.Duration", "google.protobuf.Timestamp"],
  ...["kubernetes.URL", "kubernetes.Quantity", "kubernetes.NamedFormat", "net.IP", "net.CIDR"],
  "kubernetes.Semver",
]);

/** What differs between the language and its use for validation. */
export interface CheckOptions {
  /** Items of list and map literals must be of one type, as Kubernetes asks. */
  readonly homogeneous: boolean;
}

/** The checker. */
export class ExpressionChecker implements Checker {
  readonly issues: CelIssue[] = [];
  readonly used: Set<string> = new Set();
  /** Why the expression, though its types are right, makes no program. */
  failure: string | undefined;
  readonly #options: CheckOptions;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  issue(position: number, message: string): Typed {
    this.issues.push({ position, message });
    return unchecked;
  }

  check(node: CelNode, scope: Scope): Typed {
    switch (node.kind) {
      case "literal":
        return literal(node);
      case "ident":
        return this.#ident(node, scope);
      case "select":
        return this.#qualified(node, scope) ?? checkSelect(this, node, scope);
      case "optSelect":
        return checkOptionalSelect(this, node, scope);
      case "call":
        return this.#call(node, scope);
      case "logic":
        return this.#logic(node, scope);
      case "list":
        return this.#list(node, scope);
      case "map":
        return this.#map(node, scope);
      case "message":
        return this.issue(
          node.position,
          `undeclared reference to '${node.name}' (in container '')`,
        );
    }
  }

  #ident({ name, position }: Node<"ident">, scope: Scope): Typed {
    const bare = name.replace(/^\./, "");
    const variable = scope.find(bare);
    if (variable !== undefined) {
      this.used.add(bare);
      const { slot, type, size } = variable;
      const run: Run = (frame) => {
        frame.charge(1);
        return frame.slots[slot] as CelValue;
      };
      return { type, size, cost: exactly(1), run };
    }
    if (typeNames.has(bare)) return typeLiteral(bare);
    return this.issue(position, `undeclared reference to '${name}' (in container '')`);
  }

  /** `a.b.c` as one name, when its first part is no variable. */
  #qualified(node: Node<"select">, scope: Scope): Typed | undefined {
    const name = nameOf(node)?.replace(/^\./, "");
    if (name === undefined) return undefined;
    if (scope.find(name.split(".")[0] as string) !== undefined) return undefined;
    return typeNames.has(name) ? typeLiteral(name) : undefined;
  }

  #call(node: Node<"call">, scope: Scope): Typed {
    const special =
      checkMacro(this, node, scope) ??
      checkOperator(this, node, scope) ??
      checkSpecial(this, node, scope);
    if (special !== undefined) return special;
    return this.#namespaced(node, scope) ?? this.#function(node, scope);
  }

  /** `strings.quote(x)`: a function whose name has a dot, unless its first part is a variable. */
  #namespaced(node: Node<"call">, scope: Scope): Typed | undefined {
    const space = node.target === undefined ? undefined : nameOf(node.target);
    if (space === undefined || scope.find(space.split(".")[0] as string) !== undefined) {
      return undefined;
    }
    const name = `${space}.${node.name}`;
    if (!celFunctions().plain.has(name)) return undefined;
    const { position, args, depth } = node;
    return this.#function({ kind: "call", position, depth, name, target: undefined, args }, scope);
  }

  #function(node: Node<"call">, scope: Scope): Typed {
    const { target, args, position } = node;
    const name = node.name.replace(/^\./, "");
    const { plain, members } = celFunctions();
    const overloads = (target === undefined ? plain : members).get(name);
    const nodes = target === undefined ? args : [target, ...args];
    const before = this.issues.length;
    if (name === "format" && args[0]?.kind === "list") this.#isFormatted.add(args[0].position);
    const typed = nodes.map((part) => this.check(part, scope));
    if (overloads === undefined) {
      return this.issue(position, `undeclared reference to '${name}' (in container '')`);
    }
    const call = checkCall(overloads, typed);
    if (call !== undefined) {
      this.failure ??= patternFault(name, typed);
      if (!literalsFit(name, typed)) {
        return this.issue(args.at(-1)?.position ?? position, `invalid ${name} argument`);
      }
      return target === undefined ? folded(name, call, typed) : call;
    }
    if (this.issues.length > before) return unchecked;
    const applied = signatureText(typed, target !== undefined);
    return this.issue(position, `found no matching overload for '${name}' applied to '${applied}'`);
  }

  #logic({ terms, isAnd, position }: Node<"logic">, scope: Scope): Typed {
    const typed = terms.map((term) => this.check(term, scope));
    const wrong = typed.some(({ type }) => !accepts(boolType, type, new Map()));
    if (wrong) {
      const name = isAnd ? "_&&_" : "_||_";
      const applied = signatureText(typed.slice(0, 2), false);
      return this.issue(
        position,
        `found no matching overload for '${name}' applied to '${applied}'`,
      );
    }
    const runs = typed.map(({ run }) => run);
    const { max } = add(...typed.map(({ cost }) => cost));
    const min = typed[0]?.cost.min ?? 0;
    return { type: boolType, size: exactly(1), cost: { min, max }, run: logicRun(runs, isAnd) };
  }

  /** Lists of values for a format may be mixed. */
  readonly #isFormatted = new Set<number>();

  #list({ items, optional, position }: Node<"list">, scope: Scope): Typed {
    const typed = items.map((item) => this.check(item, scope));
    const parts = typed.map((item, at) => (optional.has(at) ? insideOptional(item) : item));
    if (!this.#isFormatted.has(position)) this.#requireCommon(parts, items);
    const runs = typed.map(({ run }) => run);
    const constant = optional.size === 0 ? constantList(typed) : undefined;
    const run: Run = (frame) => {
      // What is written out is made once.
      if (constant !== undefined) return constant;
      frame.charge(listCost);
      const values = runs.map((item) => item(frame));
      return new ArrayList(
        values.flatMap((value, at) => (optional.has(at) ? present(value) : [value])),
      );
    };
    const min = items.length - optional.size;
    return {
      type: listOf(sized(commonType(parts), parts)),
      size: { min, max: items.length },
      cost: add(exactly(listCost), ...typed.map(({ cost }) => cost)),
      run,
    };
  }

  #requireCommon(parts: readonly Typed[], nodes: readonly CelNode[]): void {
    if (!this.#options.homogeneous) return;
    const [first] = parts;
    if (first === undefined) return;
    const index = parts.findIndex(({ type }) => !accepts(first.type, type, new Map()));
    const other = parts[index];
    if (other === undefined) return;
    const [wanted, found] = [typeName(first.type), typeName(other.type)];
    this.issue(
      (nodes[index] as CelNode).position,
      `expected type '${wanted}' but found '${found}'`,
    );
  }

  #map({ entries }: Node<"map">, scope: Scope): Typed {
    const keys = entries.map(({ key }) => this.check(key, scope));
    const values = entries.map(({ value }) => this.check(value, scope));
    const parts = values.map((value, at) =>
      entries[at]?.optional === true ? insideOptional(value) : value,
    );
    this.#requireCommon(
      keys,
      entries.map(({ key }) => key),
    );
    this.#requireCommon(
      parts,
      entries.map(({ value }) => value),
    );
    const isConstant = [...keys, ...values].every((part) => part.literal !== undefined);
    const run: Run = (frame) => {
      if (!isConstant) frame.charge(mapCost);
      const made: Entries = new Map();
      entries.forEach((entry, at) => {
        const key = (keys[at] as Typed).run(frame);
        const value = (values[at] as Typed).run(frame);
        for (const item of entry.optional ? present(value) : [value]) setEntry(made, key, item);
      });
      return new EntryMap(made);
    };
    return {
      type: mapOf(sized(commonType(keys), keys), sized(commonType(parts), parts)),
      size: { min: entries.filter(({ optional }) => !optional).length, max: entries.length },
      cost: add(exactly(mapCost), ...[...keys, ...values].map(({ cost }) => cost)),
      run,
    };
  }
}

function literal({ value, unsigned }: Node<"literal">): Typed {
  const made: CelValue = unsigned === true ? new Uint(value as bigint) : value;
  const size = exactly(sizeOf(made));
  return { type: literalType(made), size, cost: nothing, run: () => made, literal: made };
}

function literalType(value: CelValue): CelType {
  if (value === null) return nullType;
  if (value instanceof Uint) return uintType;
  if (value instanceof Uint8Array) return bytesType;
  const types: Readonly<Record<string, CelType>> = {
    boolean: boolType,
    bigint: intType,
    number: doubleType,
    string: stringType,
  };
  return types[typeof value] ?? dynType;
}

function constantList(items: readonly Typed[]): ArrayList | undefined {
  const values = items.flatMap(({ literal: value }) => (value === undefined ? [] : [value]));
  return values.length === items.length ? new ArrayList(values) : undefined;
}

function typeLiteral(name: string): Typed {
  const value = new TypeValue(name);
  const type = typeOfType(dynType);
  return { type, size: nothing, cost: exactly(1), run: () => value };
}

const conversions = new Set([
  ...["int", "uint", "double", "string", "bytes", "bool", "duration", "timestamp"],
]);

/** A conversion of a literal is done once; what it costs by the estimate stays. */
function folded(name: string, call: Typed, args: readonly Typed[]): Typed {
  if (!conversions.has(name) || args[0]?.literal === undefined) return call;
  try {
    const value = call.run(new Frame(Infinity));
    return { ...call, literal: value, run: () => value };
  } catch (error) {
    // It fails when it is reached, if it ever is.
    if (error instanceof CelError) return call;
    throw error;
  }
}

/** What is wrong with a written-out pattern that is searched for. */
function patternFault(name: string, args: readonly Typed[]): string | undefined {
  const value = name === "find" || name === "findAll" ? args[1]?.literal : undefined;
  if (typeof value !== "string") return undefined;
  const pattern = compilePattern(value);
  return pattern instanceof PatternError ? pattern.message : undefined;
}

/** Patterns, durations and times that are written out are checked before anything runs. */
function literalsFit(name: string, args: readonly Typed[]): boolean {
  const value = args.at(name === "matches" ? 1 : 0)?.literal;
  if (name === "timestamp" && typeof value === "bigint") {
    return parseTimestampSeconds(value) !== undefined;
  }
  if (typeof value !== "string") return true;
  if (name === "matches") return !(compilePattern(value) instanceof PatternError);
  if (name === "duration") return parseDuration(value) !== undefined;
  return name !== "timestamp" || parseTimestamp(value) !== undefined;
}

function insideOptional(item: Typed): Typed {
  return item.type.kind === "optional" ? { ...item, type: item.type.value } : item;
}

function present(value: CelValue): CelValue[] {
  if (!(value instanceof Optional)) throw new CelError("no such overload");
  return value.value === undefined ? [] : [value.value];
}

/** A type that remembers the largest of its parts' sizes. */
function sized(type: CelType, parts: readonly Typed[]): CelType {
  const known = ["string", "bytes", "list", "map"].includes(type.kind);
  if (!known) return type;
  const maxSize = Math.max(0, ...parts.map(({ size }) => size.max));
  return { ...type, maxSize } as CelType;
}

function logicRun(runs: readonly Run[], isAnd: boolean): Run {
  return (frame) => {
    let failure: CelError | undefined;
    for (const run of runs) {
      try {
        const value = run(frame);
        if (value === !isAnd) return value;
        if (value !== isAnd) failure ??= new CelError("no such overload");
      } catch (error) {
        // An error is no answer as long as another term decides.
        if (!(error instanceof CelError)) throw error;
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return isAnd;
  };
}
