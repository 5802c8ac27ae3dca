// SPDX-License-Identifier: Apache-2.0
// The command: what it prints, what it says when it cannot (before stage 1).
import { describe, expect, it } from "@jest/globals";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { runCommand } from "./command.js";

const module = fileURLToPath(new URL("../../test/databases.ts", import.meta.url));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const print = (text: string): void => void (out += text);
  const complain = (text: string): void => void (err += text);
  return { code: await runCommand(args, { print, complain }), out, err };
}

describe("haversack rbac", () => {
  it("prints the Roles of a module's reconcilers", async () => {
    const { code, out } = await run(
      ...["rbac", module, "--name", "db-operator", "--namespace", "ops"],
      ...["--leader-election", "--service-account", "db"],
    );
    expect(code).toBe(0);
    const kinds = parseAllDocuments(out).map((each) => (each.toJS() as { kind: string }).kind);
    expect(kinds).toEqual(["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]);
    expect(out).toContain("  # watches: own; watches: write\n");
  });

  it("takes one export by name", async () => {
    expect((await run("rbac", `${module}#DatabaseReconciler`)).code).toBe(0);
    const { code, err } = await run("rbac", `${module}#LogBook`);
    expect([code, err]).toEqual([1, expect.stringContaining("cannot find a reconciler")]);
  });

  it("says what is wrong with how it was called", async () => {
    expect((await run("rbac")).err).toContain("needs a MODULE");
    expect((await run("grant", module)).err).toContain('no command "grant"');
    expect((await run("rbac", "/nowhere.js")).err).toContain("cannot load /nowhere.js");
    expect((await run("rbac", module, "--wrong")).code).toBe(1);
    expect((await run("plan", module)).err).toContain("NAMESPACE/NAME");
    expect((await run()).code).toBe(2);
    expect((await run("--help")).out).toContain("Usage: haversack");
  });
});
