// SPDX-License-Identifier: Apache-2.0
// kubectl against the command, over HTTP and TLS. Runs where kubectl is installed.
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseTokenFile, runCommand } from "./command.js";
import type { ApiServer } from "./server.js";
import { widget, widgetCrd } from "../test/api.js";

const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;
const whenPresent = hasKubectl ? describe : describe.skip;

const manifest = (data: string, replicas: number): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, labels: { app: web } }
data: { mode: "${data}" }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: c, image: "nginx:1.25", ports: [{ containerPort: 80 }] }] }
`;

whenPresent("kubectl", () => {
  let folder: string;
  const servers: ApiServer[] = [];

  const start = async (name: string, ...args: string[]): Promise<string> => {
    const file = join(folder, name);
    const printed: string[] = [];
    const server = await runCommand(["--write-kubeconfig", file, ...args], {
      print: (text) => printed.push(text),
    });
    if (server !== undefined) servers.push(server);
    expect(printed).toEqual([`ready ${server?.url ?? ""}\n`]);
    return file;
  };

  /** Runs kubectl; what it printed, errors included. */
  const kubectl = (config: string, ...args: string[]): Promise<string> =>
    new Promise((resolve) => {
      const env = { ...process.env, KUBECONFIG: config, HOME: folder };
      execFile("kubectl", args, { env, timeout: 15_000 }, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });

  let config: string;
  let file: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "haversack-kubectl-"));
    config = await start("http.yaml");
    file = join(folder, "manifest.yaml");
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  it("applies on the client's side: created, unchanged, configured", async () => {
    writeFileSync(file, manifest("a", 1));
    expect(await kubectl(config, "apply", "-f", file)).toBe(
      "configmap/settings created\ndeployment.apps/web created\n",
    );
    expect(await kubectl(config, "apply", "-f", file)).toBe(
      "configmap/settings unchanged\ndeployment.apps/web unchanged\n",
    );
    writeFileSync(file, manifest("b", 2));
    expect(await kubectl(config, "apply", "-f", file)).toBe(
      "configmap/settings configured\ndeployment.apps/web configured\n",
    );
  });

  it("applies on the server's side", async () => {
    const output = await kubectl(config, "apply", "--server-side", "-f", file);
    expect(output).toBe(
      "configmap/settings serverside-applied\ndeployment.apps/web serverside-applied\n",
    );
  });

  it("gets tables, names, YAML and JSON paths", async () => {
    expect(await kubectl(config, "get", "deploy")).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +0\/2 +0 +0 +/,
    );
    expect(await kubectl(config, "get", "cm,deploy", "-o", "name")).toBe(
      "configmap/settings\ndeployment.apps/web\n",
    );
    expect(await kubectl(config, "get", "cm", "settings", "-o", "jsonpath={.data.mode}")).toBe("b");
    expect(await kubectl(config, "get", "cm", "-l", "app=web", "-o", "yaml")).toContain("mode: b");
  });

  it("patches, labels, annotates, scales and sets images", async () => {
    const patch =
      '{"spec":{"template":{"spec":{"containers":[{"name":"c","env":[{"name":"A","value":"b"}]}]}}}}';
    expect(await kubectl(config, "patch", "deploy", "web", "-p", patch)).toContain("patched");
    expect(await kubectl(config, "label", "deploy", "web", "x=y")).toContain("labeled");
    expect(await kubectl(config, "annotate", "deploy", "web", "x=y")).toContain("annotated");
    expect(await kubectl(config, "scale", "deploy", "web", "--replicas=4")).toContain("scaled");
    expect(await kubectl(config, "set", "image", "deploy/web", "c=nginx:1.26")).toContain(
      "image updated",
    );
    const path =
      "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image} {.metadata.labels.x}";
    expect(await kubectl(config, "get", "deploy", "web", "-o", path)).toBe("4 nginx:1.26 y");
  });

  it("serves custom resources: wait, apply, explain, describe, scale, delete", async () => {
    const crd = join(folder, "crd.json");
    const object = join(folder, "widget.json");
    writeFileSync(crd, JSON.stringify(widgetCrd()));
    writeFileSync(object, JSON.stringify(widget("w", { size: 3 })));
    await kubectl(config, "apply", "-f", crd);
    const name = "crd/widgets.lab.example.com";
    expect(await kubectl(config, "wait", "--for=condition=Established", name)).toContain(
      "condition met",
    );
    expect(await kubectl(config, "apply", "-f", object)).toBe("widget.lab.example.com/w created\n");
    expect(await kubectl(config, "get", "wd")).toMatch(/^NAME +SIZE\nw +3\n/);
    expect(await kubectl(config, "explain", "widget.spec")).toContain("size\t<integer>");
    expect(await kubectl(config, "describe", "wd", "w")).toContain("Color:  red");
    expect(await kubectl(config, "scale", "wd", "w", "--replicas=5")).toContain("scaled");
    writeFileSync(object, JSON.stringify(widget("w", { size: 11 })));
    expect(await kubectl(config, "apply", "-f", object)).toContain(
      "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10",
    );
    expect(await kubectl(config, "delete", "wd", "w")).toContain('"w" deleted');
  });

  it("creates what it sends as protobuf", async () => {
    expect(await kubectl(config, "create", "configmap", "made", "--from-literal=a=b")).toBe(
      "configmap/made created\n",
    );
    expect(await kubectl(config, "create", "secret", "generic", "made", "--from-literal=a=b")).toBe(
      "secret/made created\n",
    );
    const both = ["get", "cm/made", "secret/made", "-o"];
    const path = "jsonpath={.items[0].data.a} {.items[1].data.a} {.items[1].type}";
    expect(await kubectl(config, ...both, path)).toBe("b Yg== Opaque");
    expect(await kubectl(config, "create", "ns", "made")).toBe("namespace/made created\n");
    expect(await kubectl(config, "create", "serviceaccount", "made")).toBe(
      "serviceaccount/made created\n",
    );
    const role = ["create", "role", "made", "--verb=get", "--resource=pods"];
    expect(await kubectl(config, ...role)).toBe("role.rbac.authorization.k8s.io/made created\n");
    const binding = ["create", "rolebinding", "made", "--role=made", "--user=jane"];
    expect(await kubectl(config, ...binding)).toBe(
      "rolebinding.rbac.authorization.k8s.io/made created\n",
    );
    expect(await kubectl(config, "auth", "can-i", "create", "pods")).toBe("yes\n");
    expect(await kubectl(config, "auth", "whoami")).toContain("system:unsecured");
    expect(await kubectl(config, "delete", "cm/made", "ns/made")).toContain(
      'namespace "made" deleted',
    );
    expect(await kubectl(config, "events")).toContain("No events found");
  });

  it("shows differences and deletes", async () => {
    expect(await kubectl(config, "diff", "-f", file)).toContain("-  replicas: 4\n+  replicas: 2");
    expect(await kubectl(config, "delete", "-f", file)).toContain('configmap "settings" deleted');
    expect(await kubectl(config, "get", "cm")).toContain(
      "No resources found in default namespace.",
    );
  });

  it("sends its token over TLS, and is refused with a wrong one", async () => {
    const secure = await start("tls.yaml", "--tls");
    expect(await kubectl(secure, "get", "ns", "default", "-o", "name")).toBe("namespace/default\n");
    const wrong = await kubectl(secure, "--token", "wrong", "get", "ns");
    expect(wrong).toContain("You must be logged in to the server");
  });
});

describe("haversack-apiserver", () => {
  it("prints its options when asked and refuses unknown ones", async () => {
    const printed: string[] = [];
    const io = { print: (text: string): unknown => printed.push(text) };
    expect(await runCommand(["--help"], { print: (text) => void io.print(text) })).toBeUndefined();
    expect(printed.join("")).toContain("--write-kubeconfig FILE");
    await expect(runCommand(["--bogus"], { print: () => undefined })).rejects.toThrow("bogus");
    await expect(runCommand(["--port", "x"], { print: () => undefined })).rejects.toThrow("--port");
    await expect(runCommand(["--controllers", "x"], { print: () => undefined })).rejects.toThrow(
      "no controller x",
    );
  });

  it("reads users from a CSV file in the API server's form", () => {
    expect(parseTokenFile('t1,jane,7,"dev,ops"\n\n# nobody\nt2,bob,8\n')).toEqual([
      { token: "t1", user: "jane", uid: "7", groups: ["dev", "ops"] },
      { token: "t2", user: "bob", uid: "8", groups: [] },
    ]);
  });
});
