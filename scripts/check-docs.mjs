// SPDX-License-Identifier: Apache-2.0
// `npm run check:docs`: links lead somewhere, public symbols are documented, examples print what
// they say. An example is run when one of its lines ends in `// => value`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect, isDeepStrictEqual } from "node:util";
import ts from "typescript";
import { ensureBuilt, root, temporary } from "./ensure.mjs";

ensureBuilt();
const problems = [];
const packages = readdirSync(join(root, "packages"));
let symbols = 0;
let examples = 0;
let quotes = 0;

for (const file of markdownFiles(root)) {
  checkLinks(file);
  checkQuotes(file);
}
for (const name of packages) checkReadme(name);
await checkSymbols();

if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  console.error(`\n${problems.length} problems`);
  process.exit(1);
}
console.log(
  `docs: ${symbols} public symbols documented, ${examples} examples run, ${quotes} quotes true, links lead somewhere`,
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

/**
 * `<!-- from FILE#REGION -->` stands before a code block that shows, as it is, what FILE has between
 * `// #region REGION` and `// #endregion`; a leading `export` may be left out.
 */
function checkQuotes(document) {
  const text = readFileSync(document, "utf8");
  const where = relative(root, document);
  for (const [, file, region, quoted] of text.matchAll(
    /<!-- from (\S+)#(\S+) -->\s*```ts\n([\s\S]*?)```/g,
  )) {
    quotes += 1;
    const source = join(root, file);
    const code = existsSync(source) ? regionOf(readFileSync(source, "utf8"), region) : undefined;
    if (code === undefined) problems.push(`${where}: there is no region ${region} in ${file}`);
    else if (!quoted.replace(/^export /gm, "").includes(code)) {
      problems.push(`${where} quotes ${file}#${region} as it no longer is`);
    }
  }
  const marks = text.match(/<!-- from /g)?.length ?? 0;
  const blocks = text.match(/<!-- from \S+#\S+ -->\s*```ts\n/g)?.length ?? 0;
  if (marks !== blocks) problems.push(`${where}: a "from" mark stands before no code block`);
}

function regionOf(text, region) {
  const [, code] = text.split(`// #region ${region}\n`);
  return code
    ?.split("// #endregion")[0]
    .trimEnd()
    .replace(/^export /gm, "");
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
