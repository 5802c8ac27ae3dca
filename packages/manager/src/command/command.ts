// SPDX-License-Identifier: Apache-2.0
// The command line: what it prints, and with which exit code it ends (before stage 1).
import { parseArgs } from "node:util";
import { ConfigurationError } from "@haversack/core";
import { deriveRules } from "../access/derive-rules.js";
import { formatRoles } from "../access/role-manifests.js";
import { loadReconcilers } from "./load-reconciler.js";

const usage = `Usage: haversack <command> MODULE[#EXPORT] [options]

  haversack rbac MODULE[#EXPORT]   print the Roles that a module's reconcilers need
      --name NAME                  name of the Roles (default haversack)
      --namespace NAMESPACE        where the manager runs: its Leases live there
      --service-account NAME       print bindings for this service account, too
      --leader-election            with the rights for an election
      --sharding                   with the rights for a ring

  haversack plan MODULE[#EXPORT] NAMESPACE/NAME
                                   print what a pass would write now, and write nothing

MODULE is a built JavaScript file that exports reconcilers.
`;

/** Where the command writes. */
export interface CommandOutput {
  print(text: string): void;
  complain(text: string): void;
}

/** Runs the command. Never rejects. @returns The exit code. */
export async function runCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: "string" },
        namespace: { type: "string" },
        "service-account": { type: "string" },
        "leader-election": { type: "boolean" },
        sharding: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
    const [command, target, key] = positionals;
    if (values.help === true || command === undefined) {
      output.print(usage);
      return values.help === true ? 0 : 2;
    }
    if (target === undefined)
      throw new ConfigurationError(`${command} needs a MODULE. See --help.`);
    if (command === "rbac") output.print(await rbac(target, values));
    else if (command === "plan") output.print(await plan(target, key));
    else throw new ConfigurationError(`there is no command "${command}". See --help.`);
    return 0;
  } catch (error) {
    output.complain(`haversack: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

interface RbacValues {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly "service-account"?: string | undefined;
  readonly "leader-election"?: boolean | undefined;
  readonly sharding?: boolean | undefined;
}

async function rbac(target: string, values: RbacValues): Promise<string> {
  const { name = "haversack", namespace = "default" } = values;
  const found = await loadReconcilers(target);
  const rules = deriveRules(
    found.map(({ reconciler }) => reconciler),
    {
      ...(values["leader-election"] === true ? { leaderElectionIn: namespace } : {}),
      ...(values.sharding === true ? { shardingIn: namespace } : {}),
    },
  );
  const account = values["service-account"];
  return formatRoles(rules, {
    name,
    ...(account === undefined ? {} : { serviceAccount: { name: account, namespace } }),
  });
}

async function plan(target: string, key: string | undefined): Promise<string> {
  const match = /^(?:([^/]+)\/)?([^/]+)$/.exec(key ?? "");
  if (match === null) throw new ConfigurationError("plan needs NAMESPACE/NAME. See --help.");
  const [, namespace, name = ""] = match;
  const { connect } = await import("@haversack/client-node");
  const { makePlan } = await import("../controls/plan.js");
  const client = await connect();
  try {
    const texts: string[] = [];
    for (const { name: exported, reconciler } of await loadReconcilers(target)) {
      const of = namespace === undefined ? { name } : { namespace, name };
      const { text } = await makePlan(reconciler, { client, key: of });
      texts.push(`# ${exported}\n${text}`);
    }
    return texts.join("\n");
  } finally {
    await client.close();
  }
}
