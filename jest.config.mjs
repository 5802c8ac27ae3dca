// Tests run on the sources: no build is needed first.
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/packages", "<rootDir>/examples", "<rootDir>/benchmarks", "<rootDir>/scripts"],
  testMatch: ["**/*.test.ts", "**/*.test.mjs"],
  testPathIgnorePatterns: ["/node_modules/", "/dist/", "/peers/"],
  modulePathIgnorePatterns: ["/dist/", "/benchmarks/peers/", "<rootDir>/.tmp/"],
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: {
    "^@haversack/([a-z-]+)$": "<rootDir>/packages/$1/src/index.ts",
    "^haversack/manager$": "<rootDir>/packages/haversack/src/manager.ts",
    "^haversack$": "<rootDir>/packages/haversack/src/index.ts",
    "^(\\.{1,2}/.*)\\.js$": "$1",
  },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2022" },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
  testTimeout: 20_000,
};
