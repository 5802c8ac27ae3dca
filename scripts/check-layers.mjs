// SPDX-License-Identifier: Apache-2.0
// `npm run check:layers`: who may import whom, no cycles, no deep imports, and how files begin.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { root } from "./ensure.mjs";

/** What each package may import besides its own files and Node. The architecture's table. */
const allowed = {
  core: [],
  watches: ["@haversack/core", "rxjs"],
  "api-objects": ["@haversack/core", "fast-json-patch"],
  "secondary-index": ["@haversack/core"],
  "split-reconcile": ["@haversack/core", "croner"],
  "wasm-sandbox": ["@haversack/core", "esbuild", "@wasmer/sdk"],
  "client-node": ["@haversack/core", "@kubernetes/client-node"],
  manager: [
    "@haversack/core",
    "@haversack/watches",
    "@haversack/client-node",
    "prom-client",
    "pino",
    "@opentelemetry/api",
  ],
  apiserver: ["yaml", "selfsigned", "re2js"],
  testing: ["@haversack/core", "@haversack/apiserver", "yaml"],
  haversack: [
    "@haversack/core",
    "@haversack/client-node",
    "@haversack/watches",
    "@haversack/api-objects",
    "@haversack/secondary-index",
    "@haversack/split-reconcile",
    "@haversack/manager",
  ],
};

/** Examples and benchmarks use what a user has: the façade and the test kit. */
const outside = [
  "haversack",
  "@haversack/testing",
  "@haversack/apiserver",
  "@haversack/wasm-sandbox",
  "yaml",
  "selfsigned",
  "rxjs",
  "croner",
];

const maximumLines = 400;
const problems = [];

for (const [name, may] of Object.entries(allowed)) {
  checkFolder(join(root, "packages", name, "src"), may, name === "core" ? false : true);
}
for (const example of list(join(root, "examples"))) {
  checkFolder(join(root, "examples", example, "src"), outside, true);
}

if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  console.error(
    `\n${problems.length} problems. The rules are in docs/explanation/architecture.md.`,
  );
  process.exit(1);
}
console.log("layers: every import goes the way the architecture says, no cycles");

function checkFolder(folder, may, allowNode) {
  const graph = new Map();
  for (const file of sources(folder)) {
    const text = readFileSync(file, "utf8");
    checkForm(file, text);
    graph.set(file, checkImports(file, text, folder, may, allowNode));
  }
  for (const cycle of cycles(graph)) {
    problems.push(`cycle: ${cycle.map((file) => relative(root, file)).join(" → ")}`);
  }
}

function checkForm(file, text) {
  const where = relative(root, file);
  const lines = text.split("\n");
  const first = lines[0]?.startsWith("#!") ? 1 : 0;
  if (lines[first] !== "// SPDX-License-Identifier: Apache-2.0") {
    problems.push(`${where}:1 does not begin with the licence line`);
  }
  if (!/^(\/\/|\/\*\*)/.test(lines[first + 1] ?? "")) {
    problems.push(`${where}:2 does not say what the file holds`);
  }
  const isExplained = lines.slice(0, 20).some((line) => line.includes("Over 400 lines because"));
  if (lines.length > maximumLines + 1 && !isExplained) {
    problems.push(
      `${where} has ${lines.length} lines; split it, or say why in its header (the limit is ${maximumLines})`,
    );
  }
  if (/\/(utils|helpers|common|misc)(\.|\/)/.test(where)) {
    problems.push(`${where} has a name that says nothing`);
  }
}

function checkImports(file, text, folder, may, allowNode) {
  const inner = [];
  const isTest = /\.test(-d)?\.ts$/.test(file);
  for (const { specifier, isType } of imports(text)) {
    if (specifier.startsWith(".")) {
      const target = resolve(dirname(file), specifier.replace(/\.js$/, ".ts"));
      if (!target.startsWith(folder) && !isTest) {
        problems.push(`${relative(root, file)} leaves its package: ${specifier}`);
      }
      if (!isType) inner.push(target);
      continue;
    }
    if (isTest) continue;
    if (specifier.startsWith("node:")) {
      if (!allowNode)
        problems.push(`${relative(root, file)} imports ${specifier}; core runs anywhere`);
      continue;
    }
    const name = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
    if (!may.includes(name)) problems.push(`${relative(root, file)} may not import ${specifier}`);
    else if (name !== specifier && name.includes("haversack") && !isExported(name, specifier)) {
      problems.push(`${relative(root, file)} imports into a package: ${specifier}`);
    }
  }
  return inner;
}

function* imports(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  for (const [, typed, specifier] of code.matchAll(
    /^\s*(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm,
  )) {
    yield { specifier, isType: typed !== undefined };
  }
  for (const [, specifier] of code.matchAll(/\bimport\("([^"]+)"\)/g)) {
    yield { specifier, isType: true };
  }
}

function* cycles(graph) {
  const state = new Map();
  const path = [];
  function* visit(file) {
    state.set(file, "open");
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      if (state.get(next) === "open") yield [...path.slice(path.indexOf(next)), next];
      else if (!state.has(next)) yield* visit(next);
    }
    path.pop();
    state.set(file, "closed");
  }
  for (const file of graph.keys()) if (!state.has(file)) yield* visit(file);
}

/** Whether a package publishes this path. */
function isExported(name, specifier) {
  const folder = name.replace("@haversack/", "");
  const manifest = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
  return `.${specifier.slice(name.length)}` in manifest.exports;
}

function list(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

function sources(folder) {
  try {
    return readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}
