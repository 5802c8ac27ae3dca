import { get, probe, send, type ProbeSection } from "../probe.js";

/** Entries of a resource list that both servers know, without what hashes the storage version. */
const known =
  (...names: string[]) =>
  (body: unknown): unknown => {
    const { resources, ...rest } = body as { resources?: { name: string }[] };
    return {
      ...rest,
      resources: resources
        ?.filter(({ name }) => names.includes(name))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  };
const groupsOf = (body: unknown): unknown => {
  const { groups, ...rest } = body as { groups?: { name: string }[] };
  return {
    ...rest,
    groups: groups?.filter(({ name }) => ["apps", "lab.example.com"].includes(name)),
  };
};

export const discovery: ProbeSection = {
  id: "discovery",
  title: "Discovery",
  probes: [
    probe(
      "versions of the core group",
      get("/api", { pick: (body) => ({ ...(body as object), serverAddressByClientCIDRs: "" }) }),
    ),
    probe("groups", get("/apis", { pick: groupsOf })),
    probe(
      "a built-in group",
      get("/apis/apps"),
      get("/apis/coordination.k8s.io", { pick: (body) => (body as { name: string }).name }),
    ),
    probe("a custom group", get("/apis/lab.example.com"), get("/apis/lab.example.com/v1")),
    probe(
      "a group that is not there",
      get("/apis/nope.example.com"),
      get("/apis/apps/v9"),
      get("/apis/lab.example.com/v9"),
      get("/api/v9"),
    ),
    probe(
      "resources of the core group",
      get("/api/v1", {
        pick: known(
          "configmaps",
          "secrets",
          "services",
          "namespaces",
          "namespaces/status",
          "namespaces/finalize",
          "pods",
          "pods/status",
          "events",
          "serviceaccounts",
          "persistentvolumeclaims",
          "nodes",
          "endpoints",
        ),
      }),
    ),
    probe(
      "resources of apps",
      get("/apis/apps/v1", {
        pick: known(
          "deployments",
          "deployments/scale",
          "deployments/status",
          "statefulsets",
          "statefulsets/scale",
          "replicasets",
          "daemonsets",
          "controllerrevisions",
        ),
      }),
    ),
    probe(
      "resources of other groups",
      get("/apis/batch/v1", { pick: known("jobs", "jobs/status") }),
      get("/apis/coordination.k8s.io/v1", { pick: known("leases") }),
      get("/apis/networking.k8s.io/v1", {
        pick: known("ingresses", "ingresses/status", "networkpolicies", "ingressclasses"),
      }),
      get("/apis/rbac.authorization.k8s.io/v1", {
        pick: known("roles", "rolebindings", "clusterroles", "clusterrolebindings"),
      }),
      get("/apis/storage.k8s.io/v1", { pick: known("storageclasses") }),
      get("/apis/scheduling.k8s.io/v1", { pick: known("priorityclasses") }),
      get("/apis/events.k8s.io/v1", { pick: known("events") }),
      get("/apis/authorization.k8s.io/v1"),
      get("/apis/authentication.k8s.io/v1", { pick: known("tokenreviews") }),
      get("/apis/apiextensions.k8s.io/v1"),
    ),
    probe(
      "a slash at the end",
      get("/api/", { pick: (body) => (body as { kind: string }).kind }),
      get("/apis/", { pick: (body) => (body as { kind: string }).kind }),
      get("/apis/apps/v1/", { pick: (body) => (body as { kind: string }).kind }),
      get("/apis/lab.example.com/v1/", { pick: (body) => (body as { kind: string }).kind }),
    ),
    probe("as YAML", get("/apis/lab.example.com", { headers: { accept: "application/yaml" } })),
    probe(
      "in a type that nobody speaks",
      get("/apis", { headers: { accept: "text/csv" } }),
      get("/version", { headers: { accept: "text/csv" }, pick: () => "" }),
    ),
    probe(
      "version",
      get("/version", {
        pick: (body) =>
          Object.keys(body as object)
            .filter((key) => !key.startsWith("emulation") && !key.startsWith("minCompat"))
            .sort(),
      }),
    ),
    probe(
      "paths",
      get("/", {
        pick: (body) =>
          (body as { paths: string[] }).paths
            .filter((path) =>
              [
                "/api",
                "/api/v1",
                "/apis",
                "/apis/apps",
                "/apis/apps/v1",
                "/healthz",
                "/livez",
                "/readyz",
                "/version",
              ].includes(path),
            )
            .sort(),
      }),
    ),
    probe("health in words", get("/healthz/nope"), send("HEAD", "/healthz")),
  ],
};
