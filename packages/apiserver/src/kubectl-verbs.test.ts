// SPDX-License-Identifier: Apache-2.0
// One script of what people type into kubectl, against the command, for every kubectl there is.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { findKubectls, KubectlBench } from "../test/kubectl.js";

const found = findKubectls();
if (found.length === 0) {
  console.warn("kubectl tests are skipped: no kubectl on PATH, none in HAVERSACK_KUBECTL.");
}

const manifest = (image: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: c, image: "${image}" }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { mode: fast }
`;
const pod = `
apiVersion: v1
kind: Pod
metadata: { name: one }
spec: { containers: [{ name: c, image: nginx }] }
`;
const owned = (uid: string): string => `
apiVersion: v1
kind: ConfigMap
metadata:
  name: child
  ownerReferences: [{ apiVersion: v1, kind: ConfigMap, name: owner, uid: ${uid} }]
`;

const whenPresent = found.length === 0 ? describe.skip : describe;
const versions = found.length === 0 ? [{ program: "", version: "absent", minor: 0 }] : found;

whenPresent.each(versions)("kubectl $version", ({ program, minor }) => {
  const bench = new KubectlBench(program);
  const run = (...args: string[]): Promise<string> => bench.run(...args);
  let file = "";

  beforeAll(async () => {
    file = bench.file("manifest.yaml", manifest("nginx:1.25"));
    await bench.start("--controllers", "all");
  });
  afterAll(() => bench.stop());

  it("creates from a file, and refuses to do so twice", async () => {
    expect(await run("create", "-f", file)).toBe(
      "deployment.apps/web created\nservice/web created\nconfigmap/settings created\n",
    );
    expect(await run("create", "-f", file)).toContain("AlreadyExists");
  });

  it("applies over what it created, client-side and server-side", async () => {
    expect(await run("apply", "-f", file)).toContain("deployment.apps/web configured");
    expect(await run("apply", "-f", file)).toContain("deployment.apps/web unchanged");
    const forced = ["apply", "--server-side", "--force-conflicts", "-f", file];
    expect(await run(...forced)).toContain("deployment.apps/web serverside-applied");
  });

  it("tells of a conflict between two server-side appliers", async () => {
    const other = bench.file("other.yaml", manifest("nginx:1.26"));
    const output = await run("apply", "--server-side", "--field-manager=other", "-f", other);
    expect(output).toMatch(/Apply failed with \d conflicts?: conflicts? with "kubectl/);
    expect(output).toContain('.spec.template.spec.containers[name="c"].image');
  });

  it("gets wide tables, YAML, JSON paths, custom columns and sorted lists", async () => {
    const wide = await run("get", "deploy,svc", "-o", "wide");
    expect(wide).toMatch(/deployment\.apps\/web +\d\/2 +\d +\d +\S+ +c +nginx:1\.25 +app=web/);
    expect(wide).toMatch(/service\/web +ClusterIP +[\d.]+ +<none> +80\/TCP +\S+ +app=web/);
    const yaml = await run("get", "cm", "settings", "-o", "yaml");
    expect(yaml).toMatch(/^apiVersion: v1\ndata:\n {2}mode: fast\nkind: ConfigMap\n/);
    const columns = "custom-columns=NAME:.metadata.name,MODE:.data.mode";
    expect(await run("get", "cm", "settings", "-o", columns)).toBe(
      "NAME       MODE\nsettings   fast\n",
    );
    const sorted = ["get", "cm", "--sort-by=.metadata.name", "-o", "name"];
    expect(await run(...sorted)).toContain("configmap/settings");
    expect(await run("get", "cm", "settings", "--show-labels")).toContain("<none>");
    expect(await run("get", "nope")).toContain(`doesn't have a resource type "nope"`);
    expect(await run("get", "cm", "nope")).toContain('configmaps "nope" not found');
  });

  it("shows changes while it watches", async () => {
    const seen = await bench.follow(
      ["get", "cm", "settings", "-w", "-o", "jsonpath={.data.mode};"],
      "fast;",
      () => run("patch", "cm", "settings", "-p", '{"data":{"mode":"slow"}}'),
      "slow;",
    );
    expect(seen).toBe("fast;slow;");
  });

  it("describes built-in objects with their events", async () => {
    expect(await run("describe", "deploy", "web")).toMatch(/^Name: +web\nNamespace: +default\n/);
    expect(await run("describe", "svc", "web")).toMatch(/Selector: +app=web\n/);
    expect(await run("describe", "ns", "default")).toMatch(/Status: +Active/);
  });

  it("patches in three ways", async () => {
    const json = '[{"op":"replace","path":"/data/mode","value":"json"}]';
    await run("patch", "cm", "settings", "--type=json", "-p", json);
    expect(await run("get", "cm", "settings", "-o", "jsonpath={.data.mode}")).toBe("json");
    await run("patch", "cm", "settings", "--type=merge", "-p", '{"data":{"mode":null,"a":"b"}}');
    expect(await run("get", "cm", "settings", "-o", "jsonpath={.data}")).toBe('{"a":"b"}');
    const env =
      '{"spec":{"template":{"spec":{"containers":[{"name":"c","env":[{"name":"A","value":"1"}]}]}}}}';
    await run("patch", "deploy", "web", "--type=strategic", "-p", env);
    const path = "jsonpath={.spec.template.spec.containers[0]['image','env']}";
    expect(await run("get", "deploy", "web", "-o", path)).toBe(
      'nginx:1.25 [{"name":"A","value":"1"}]',
    );
  });

  it("scales, labels, annotates, shows differences", async () => {
    expect(await run("scale", "deploy", "web", "--replicas=3")).toContain("scaled");
    expect(await run("label", "deploy", "web", "tier=front")).toContain("labeled");
    expect(await run("label", "deploy", "web", "tier=back")).toContain("already has a value");
    expect(await run("label", "deploy", "web", "tier-")).toMatch(/unlabeled|labeled/);
    expect(await run("annotate", "deploy", "web", "note=x")).toContain("annotated");
    expect(await run("diff", "-f", file)).toContain("-  replicas: 3\n+  replicas: 2");
  });

  it("waits for conditions and for deletion", async () => {
    await run("apply", "-f", bench.file("pod.yaml", pod));
    expect(await run("wait", "--for=condition=Ready", "pod/one", "--timeout=15s")).toContain(
      "condition met",
    );
    const gone = run("wait", "--for=delete", "pod/one", "--timeout=15s");
    await run("delete", "pod", "one", "--wait=false");
    expect(await gone).not.toContain("timed out");
  });

  it("deletes with the three propagation policies", async () => {
    for (const policy of minor < 20 ? [] : ["background", "foreground", "orphan"]) {
      await run("create", "cm", "owner");
      const uid = await run("get", "cm", "owner", "-o", "jsonpath={.metadata.uid}");
      await run("create", "-f", bench.file("child.yaml", owned(uid)));
      expect(await run("delete", "cm", "owner", `--cascade=${policy}`)).toContain("deleted");
      if (policy === "orphan") {
        const owners = "jsonpath={.metadata.ownerReferences}";
        expect(await run("get", "cm", "child", "-o", owners)).toBe("");
        await run("delete", "cm", "child");
      } else {
        expect(await run("wait", "--for=delete", "cm/child", "--timeout=15s")).not.toContain(
          "timed out",
        );
      }
    }
  });

  it("explains kinds, lists resources and versions", async () => {
    const resources = await run("api-resources", "--namespaced=true", "-o", "name");
    expect(resources).toContain("configmaps\n");
    expect(resources).toContain("deployments.apps\n");
    expect(await run("api-resources", "--api-group=apps")).toMatch(/statefulsets +sts +apps\/v1/);
    expect(await run("api-versions")).toContain("apps/v1\n");
    const explained = await run("explain", "deployment.spec.replicas");
    expect(explained).toMatch(minor < 27 ? /replicas/ : /FIELD: replicas <integer>/);
  });

  it("answers what one may do", async () => {
    expect(await run("auth", "can-i", "create", "deployments.apps")).toContain("yes");
    expect(await run("auth", "can-i", "--list")).toContain("*.*");
  });

  it("shows events of objects", async () => {
    const uid = await run("get", "cm", "settings", "-o", "jsonpath={.metadata.uid}");
    const event = `
apiVersion: v1
kind: Event
metadata: { name: seen }
involvedObject: { apiVersion: v1, kind: ConfigMap, name: settings, namespace: default, uid: ${uid} }
reason: Seen
message: somebody looked
type: Normal
count: 1
lastTimestamp: "2026-01-01T00:00:00Z"
`;
    await run("create", "-f", bench.file("event.yaml", event));
    expect(await run("get", "events")).toMatch(
      /Normal +Seen +configmap\/settings +somebody looked/,
    );
    expect(await run("describe", "cm", "settings")).toMatch(/Normal +Seen .*somebody looked/);
    if (minor >= 26) {
      expect(await run("events", "--for", "cm/settings")).toContain("somebody looked");
    }
  });

  it("tells when a rollout is done", async () => {
    const status = await run("rollout", "status", "deploy/web", "--timeout=20s");
    expect(status).toContain("successfully rolled out");
    expect(await run("rollout", "history", "deploy/web")).toContain("REVISION");
  });

  it("creates what it makes itself", async () => {
    expect(await run("create", "deployment", "made", "--image=nginx")).toContain("created");
    expect(await run("expose", "deployment", "made", "--port=80")).toContain("exposed");
    expect(await run("run", "single", "--image=nginx")).toContain("pod/single created");
    expect(await run("create", "job", "once", "--image=busybox")).toContain("created");
    expect(await run("delete", "deploy,svc,po,job", "--all", "--wait=false")).toContain("deleted");
  });
});
