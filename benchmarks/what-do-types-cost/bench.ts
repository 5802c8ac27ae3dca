// SPDX-License-Identifier: Apache-2.0
// What the compiler does for a reconciler with none to all packs: instantiations and types, counted.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { answer, type Measures } from "../lib/question.js";

const root = join(fileURLToPath(import.meta.url), "..", "..", "..", "..");

const packs = [
  'withApiObjects({ fieldManager: "bench" })',
  "withSecondaryIndex({ kinds: { configMaps, services, statefulSets } })",
  "withWatches({ owns: [configMaps, services, statefulSets] })",
] as const;

/** A reconciler with the first packs, whose body uses what each adds. */
function source(count: number): string {
  const uses = [
    'await this.objects.apply(configMaps, { metadata: { name: "a", namespace: "b" }, data: {} }, { owner: primary });',
    "const { services: [first], statefulSets: sets } = this.secondaries.of(primary); void [first?.spec?.type, sets[0]?.spec?.replicas];",
    "void this.watches;",
  ];
  const stack = ["Reconciler.of(databases)", ...packs.slice(0, count)].join(",\n    ");
  const body = uses.slice(0, count).join("\n      ");
  const base = count === 0 ? "Reconciler.of(databases)" : `expand(\n    ${stack},\n  )`;
  return `
import { configMaps, defineKind, expand, Reconciler, services, statefulSets, withApiObjects,
  withSecondaryIndex, withWatches, type KubernetesObject, type ReconcileRequest } from "haversack";
interface Database extends KubernetesObject { spec: { members: number } }
const databases = defineKind<Database>("example.com/v1", "Database");
export class Databases extends ${base} {
  override async reconcile({ primary }: ReconcileRequest<Database>): Promise<void> {
      const members: number = primary.spec.members;
      ${body}
      void members;
  }
}
void [configMaps, services, statefulSets, expand, withApiObjects, withSecondaryIndex, withWatches];
`;
}

const path = join(root, "benchmarks", "what-do-types-cost", "stack.ts");
const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node"],
  typeRoots: [join(root, "node_modules", "@types")],
};

function compile(text: string): () => Promise<Measures> {
  return () => {
    const host = ts.createCompilerHost(options);
    const { readFile, fileExists, getSourceFile } = host;
    host.fileExists = (file) => file === path || fileExists(file);
    host.readFile = (file) => (file === path ? text : readFile(file));
    host.getSourceFile = (file, ...rest) =>
      file === path
        ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022)
        : getSourceFile(file, ...rest);
    const program = ts.createProgram([path], options, host);
    const started = performance.now();
    const problems = program.getSemanticDiagnostics(program.getSourceFile(path));
    const checkMs = performance.now() - started;
    if (problems.length > 0) {
      throw new Error(
        problems.map((each) => ts.flattenDiagnosticMessageText(each.messageText, "\n")).join("\n"),
      );
    }
    // Of the compiler's own statistics; `tsc --extendedDiagnostics` prints the same.
    const counts = program as unknown as {
      getInstantiationCount(): number;
      getTypeCount(): number;
    };
    return Promise.resolve({
      instantiations: counts.getInstantiationCount(),
      types: counts.getTypeCount(),
      checkMs,
    });
  };
}

const names = ["no pack", "one pack", "two packs", "three packs"];
await answer(import.meta.url, {
  question: `What do types cost? (TypeScript ${ts.version}, a reconciler of a custom resource)`,
  variants: Object.fromEntries(names.map((name, count) => [name, compile(source(count))])),
  rounds: 3,
  targets: names.slice(1).map((variant, at) => ({
    measure: "instantiations",
    variant,
    above: names[at] ?? "",
    atMost: 4_000,
    gates: true,
  })),
});
