// SPDX-License-Identifier: Apache-2.0
// `npm run check:docs`: links lead somewhere, public symbols are documented, examples print what
// they say. An example is run when one of its lines ends in `// => value`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect, isDeepStrictEqual } from "node:util";
import ts from "typescript";
import { ensureBuilt, root, temporary } from "./ensure.mjs";

ensureBuilt();
const problems = [];
const packages = readdirSync(join(root, "packages"));
let symbols = 0;
let examples = 0;

for (const file of markdownFiles(root)) checkLinks(file);
for (const name of packages) checkReadme(name);
for (const region of exampleRegions()) checkQuoted(region);
await checkSymbols();

if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  console.error(`\n${problems.length} problems`);
  process.exit(1);
}
console.log(
  `docs: ${symbols} public symbols documented, ${examples} examples run, links lead somewhere`,
);

function* markdownFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (["node_modules", "dist", ".git", ".tmp", "data"].includes(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* markdownFiles(path);
    else if (entry.name.endsWith(".md")) yield path;
  }
}

function checkLinks(file) {
  const text = readFileSync(file, "utf8").replace(/```[\s\S]*?```/g, "");
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^(https?:|mailto:|#)/.test(target)) continue;
    const path = resolve(dirname(file), target.split("#")[0]);
    if (!existsSync(path))
      problems.push(`${relative(root, file)}: the link ${target} leads nowhere`);
  }
}

/** Code of the examples that documents quote: between `// #region` and `// #endregion`. */
function* exampleRegions() {
  for (const example of readdirSync(join(root, "examples"))) {
    const folder = join(root, "examples", example, "src");
    if (!existsSync(folder)) continue;
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
      const text = readFileSync(join(folder, file), "utf8");
      for (const [, code] of text.matchAll(/\/\/ #region.*\n([\s\S]*?)\/\/ #endregion/g)) {
        yield { file: join(folder, file), code: code.trimEnd().replace(/^export /gm, "") };
      }
    }
  }
}

/** A page that links to an example and shows the first line of its region shows all of it. */
function checkQuoted({ file, code }) {
  const [first] = code.split("\n");
  for (const document of markdownFiles(root)) {
    const text = readFileSync(document, "utf8").replace(/^export /gm, "");
    const [, example] = relative(root, file).split(sep);
    if (!text.includes(`examples/${example}`)) continue;
    if (text.includes(first) && !text.includes(code)) {
      problems.push(
        `${relative(root, document)} quotes ${relative(root, file)} as it no longer is`,
      );
    }
  }
}

function checkReadme(name) {
  const file = join(root, "packages", name, "README.md");
  if (!existsSync(file)) problems.push(`packages/${name} has no README.md`);
  else if (readFileSync(file, "utf8").split("\n").length > 201) {
    problems.push(`packages/${name}/README.md is longer than 200 lines`);
  }
}

async function checkSymbols() {
  const entries = packages.map((name) => join(root, "packages", name, "src", "index.ts"));
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  for (const name of packages.filter((name) => name !== "haversack")) {
    const source = program.getSourceFile(join(root, "packages", name, "src", "index.ts"));
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) continue;
    for (const exported of checker.getExportsOfModule(module)) {
      await checkSymbol(name, checker, resolveAlias(checker, exported));
    }
  }
}

function resolveAlias(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

async function checkSymbol(name, checker, symbol) {
  const declaration = symbol.declarations?.[0];
  const file = declaration?.getSourceFile().fileName ?? "";
  if (!file.startsWith(join(root, "packages", name))) return;
  symbols += 1;
  const summary = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const isSelfExplaining = /\/kinds\//.test(file);
  if (summary.trim() === "" && !isSelfExplaining) {
    problems.push(`${relative(root, file)}: ${symbol.name} is public and has no summary`);
  }
  for (const tag of symbol.getJsDocTags(checker)) {
    if (tag.name === "example")
      await runExample(name, symbol.name, ts.displayPartsToString(tag.text));
  }
}

async function runExample(name, symbol, text) {
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1];
  if (code === undefined || !/\/\/ => /.test(code)) return;
  examples += 1;
  const packageModule = pathToFileURL(join(root, "packages", name, "dist", "index.js")).href;
  const api = await import(packageModule);
  const body = code.replace(
    /^(.*?);?\s*\/\/ => (.*)$/gm,
    (_, expression, expected) =>
      `$expect(${JSON.stringify(expression.trim())}, (${expression}), ${JSON.stringify(expected.trim())});`,
  );
  const declared = [...body.matchAll(/\b(?:const|let|class|function)\s+(\w+)/g)].map(
    (match) => match[1],
  );
  const names = Object.keys(api).filter((key) => !declared.includes(key));
  const script = ts.transpileModule(
    `import { ${names.join(", ")} } from ${JSON.stringify(packageModule)};\n` +
      `export default async function ($expect) {\n${body}\n}`,
    { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } },
  ).outputText;
  const folder = join(temporary, "examples");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${symbol}.mjs`);
  writeFileSync(file, script);
  try {
    const { default: example } = await import(pathToFileURL(file).href);
    await example((expression, actual, expected) =>
      expectValue(name, symbol, expression, actual, expected),
    );
    rmSync(file);
  } catch (error) {
    problems.push(`packages/${name}: the example of ${symbol} throws: ${error.message} (${file})`);
  }
}

function expectValue(name, symbol, expression, actual, expected) {
  let value;
  try {
    value = Function(`"use strict"; return (${expected});`)();
  } catch {
    value = undefined; // Not a literal: compared as printed below.
  }
  if (isDeepStrictEqual(actual, value) || inspect(actual) === expected) return;
  problems.push(
    `packages/${name}: the example of ${symbol} says ${expression} => ${expected}, but it is ${inspect(actual)}`,
  );
}
