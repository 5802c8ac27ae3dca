// SPDX-License-Identifier: Apache-2.0
// The command line: options, one line when ready, a clean stop on SIGTERM or SIGINT.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { AnonymousAccess, TokenUser } from "./auth/identity.js";
import { controllerNames } from "./controllers/controllers.js";
import type { ControllerName } from "./controllers/controllers.js";
import { startApiServer } from "./server.js";
import { defaultCompactBytes } from "./store/data-dir.js";
import type { ApiServer } from "./server.js";

const usage = `Usage: haversack-apiserver [options]

  --port N                 port on 127.0.0.1 (default 0: a free one)
  --write-kubeconfig FILE  write a kubeconfig for the administrator
  --data-dir DIR           keep everything in a folder, over restarts and crashes (default: in memory)
  --compact-bytes N        length from which a file of that folder is written anew (default 16 MiB)
  --tls                    serve HTTPS with a CA of its own
  --controllers LIST       ${controllerNames.join(",")}, all, or none
                           (default crd,namespace,garbage-collector)
  --token-auth-file FILE   users as CSV: token,user,uid,"group1,group2"
  --anonymous WHO          requests without credentials: unauthorized, user or admin (default user
                           over TLS or with --rbac, else admin, as kubectl sends no token over HTTP)
  --rbac                   let RBAC objects decide (default: every known user may do everything)
  --watch-window N         commits per resource that watches can start from
  --help                   print this text
`;

/** Users of a CSV file in kube-apiserver's form: token,user,uid,"group1,group2". */
export function parseTokenFile(text: string): TokenUser[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [token = "", user = "", uid = "", ...groups] = line
        .split(",")
        .map((part) => part.trim().replaceAll('"', ""));
      return { token, user, uid, groups: groups.filter((group) => group !== "") };
    });
}

/** The controllers of a list: names, `all`, or `none`. */
export function parseControllers(list: string): readonly ControllerName[] {
  if (list === "all") return controllerNames;
  if (list === "none" || list === "") return [];
  return list.split(",").map((name) => name.trim() as ControllerName);
}

function readNumber(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(
    `Reading --${option} failed: ${text} is no whole number. Give a number from 0 on.`,
  );
}

function readAnonymous(text: string | undefined, guarded: boolean): AnonymousAccess {
  if (text === undefined) return guarded ? "user" : "admin";
  if (text === "unauthorized" || text === "user" || text === "admin") return text;
  throw new Error(
    `Reading --anonymous failed: ${text} is unknown. Choose unauthorized, user or admin.`,
  );
}

/** Streams that the command speaks on. */
export interface CommandIo {
  readonly print: (text: string) => void;
}

/** Starts a server as the arguments say; undefined when they only ask for help. */
export async function runCommand(
  args: readonly string[],
  io: CommandIo,
): Promise<ApiServer | undefined> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string" },
      "write-kubeconfig": { type: "string" },
      "data-dir": { type: "string" },
      "compact-bytes": { type: "string" },
      tls: { type: "boolean" },
      controllers: { type: "string" },
      "token-auth-file": { type: "string" },
      anonymous: { type: "string" },
      rbac: { type: "boolean" },
      "watch-window": { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    io.print(usage);
    return undefined;
  }
  const tokenFile = values["token-auth-file"];
  const { controllers } = values;
  const dataDir = values["data-dir"];
  const server = await startApiServer({
    port: readNumber("port", values.port, 0),
    tls: values.tls === true,
    rbac: values.rbac === true,
    anonymous: readAnonymous(values.anonymous, values.tls === true || values.rbac === true),
    watchWindow: readNumber("watch-window", values["watch-window"], 10_000),
    tokens: tokenFile === undefined ? [] : parseTokenFile(readFileSync(tokenFile, "utf8")),
    ...(controllers === undefined ? {} : { controllers: parseControllers(controllers) }),
    ...(dataDir === undefined ? {} : { dataDir }),
    compactBytes: readNumber("compact-bytes", values["compact-bytes"], defaultCompactBytes),
    freeRunning: true,
  });
  const file = values["write-kubeconfig"];
  if (file !== undefined) writeFileSync(file, server.kubeconfig(), { mode: 0o600 });
  io.print(`ready ${server.url}\n`);
  return server;
}
