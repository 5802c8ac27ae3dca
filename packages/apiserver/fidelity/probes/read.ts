// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.3: get, list, pages, selectors, tables.
import * as o from "../objects.js";
import {
  get,
  post,
  probe,
  put,
  remove,
  setUp,
  type ProbeSection,
  type RequestStep,
} from "../probe.js";

const three: RequestStep[] = ["a", "b", "c"].flatMap((name, index) => [
  setUp(
    post(
      "cm",
      o.configMap(
        name,
        {},
        { labels: { n: String(index), ...(index < 2 ? { pair: "yes" } : {}) } },
      ),
      { as: name },
    ),
  ),
]);
const widgets: RequestStep[] = ["a", "b", "c"].map((name) =>
  setUp(post("wd", o.widget(name), { as: name })),
);
const future = "999999999";
const byLabels = (selector: string): RequestStep =>
  get(`cm?labelSelector=${encodeURIComponent(selector)}`, { pick: namesOf });
const byFields = (kind: string, selector: string): RequestStep =>
  get(`${kind}?fieldSelector=${encodeURIComponent(selector)}`, { pick: namesOf });

/** The names of a list, or the whole failure. */
function namesOf(body: unknown): unknown {
  const { items } = body as { items?: { metadata: { name: string } }[] };
  return items === undefined ? body : items.map(({ metadata }) => metadata.name);
}

export const read: ProbeSection = {
  id: "read",
  title: "Read, lists, pages",
  probes: [
    probe(
      "an object",
      setUp(post("cm", o.configMap("a"))),
      get("cm/a"),
      get("cm/nope"),
      get("wd/nope"),
      get("gz/nope-{ns}"),
    ),
    probe(
      "an object at a version",
      setUp(post("cm", o.configMap("a"), { as: "a" })),
      get("cm/a?resourceVersion="),
      get("cm/a?resourceVersion=0"),
      get("cm/a?resourceVersion={a.metadata.resourceVersion}"),
      get("cm/a?resourceVersion=1"),
      get("cm/a?resourceVersion=x"),
      get("cm/a?resourceVersion=-1"),
    ),
    probe(
      "an object at a version to come",
      setUp(post("cm", o.configMap("a"))),
      get(`cm/a?resourceVersion=${future}`),
    ),
    probe(
      "a custom object at a version to come",
      setUp(post("wd", o.widget("a"))),
      get(`wd/a?resourceVersion=${future}`),
    ),
    probe("an empty list", get("cm"), get("wd"), get("secret"), get("deploy")),
    probe("a list", ...three, get("cm")),
    probe("a list of Widgets", ...widgets, get("wd")),
    probe(
      "a list of Deployments",
      setUp(post("deploy", o.deployment("b"))),
      setUp(post("deploy", o.deployment("a"))),
      get("deploy", { pick: namesOf }),
    ),
    probe(
      "a list at a version",
      ...three,
      get("cm?resourceVersion=0"),
      get("cm?resourceVersion={a.metadata.resourceVersion}", { pick: namesOf }),
      get("cm?resourceVersion={b.metadata.resourceVersion}&resourceVersionMatch=Exact"),
      get("cm?resourceVersion={b.metadata.resourceVersion}&resourceVersionMatch=NotOlderThan", {
        pick: namesOf,
      }),
      get("cm?resourceVersion=x"),
      get("wd?resourceVersion=x"),
    ),
    probe(
      "an exact list of Widgets",
      ...widgets,
      get("wd?resourceVersion={b.metadata.resourceVersion}&resourceVersionMatch=Exact"),
    ),
    probe(
      "resourceVersionMatch",
      get("cm?resourceVersionMatch=Exact"),
      get("cm?resourceVersionMatch=NotOlderThan"),
      get("cm?resourceVersion=0&resourceVersionMatch=Exact"),
      get("cm?resourceVersion=1&resourceVersionMatch=Nope"),
      get("wd?resourceVersionMatch=Exact"),
      get("wd?resourceVersion=1&resourceVersionMatch=Nope"),
      get("cm?watch=1&resourceVersion=1&resourceVersionMatch=Exact"),
      get("cm?resourceVersionMatch=Exact&continue=x&resourceVersion=1"),
    ),
    probe("a list at a version to come", get(`cm?resourceVersion=${future}`)),
    probe(
      "an exact list at a version to come",
      get(`cm?resourceVersion=${future}&resourceVersionMatch=Exact`),
    ),
    probe(
      "pages",
      ...three,
      get("cm?limit=2", { as: "page" }),
      get("cm?limit=2&continue={page.metadata.continue}"),
      get("cm?limit=3"),
      get("cm?limit=1&labelSelector=pair", { as: "page" }),
      get("cm?limit=1&labelSelector=pair&continue={page.metadata.continue}"),
      get("cm?limit=0", { pick: namesOf }),
      get("cm?limit=-1"),
      get("cm?limit=x"),
    ),
    probe(
      "pages are one snapshot",
      ...three,
      get("cm?limit=1", { as: "page" }),
      setUp(remove("cm/b")),
      setUp(post("cm", o.configMap("d"))),
      get("cm?limit=1&continue={page.metadata.continue}", { as: "page" }),
      get("cm?continue={page.metadata.continue}"),
      get("cm", { pick: namesOf }),
    ),
    probe(
      "pages of Widgets",
      ...widgets,
      get("wd?limit=2", { as: "page" }),
      get("wd?limit=2&continue={page.metadata.continue}"),
      get("wd?limit=2&resourceVersion=0", { pick: namesOf }),
    ),
    probe(
      "a page from the cache is the whole",
      ...three,
      get("cm?limit=1&resourceVersion=0", { pick: namesOf }),
    ),
    probe(
      "a page at a version",
      ...three,
      get("cm?limit=1&resourceVersion={a.metadata.resourceVersion}"),
    ),
    probe(
      "continue tokens",
      ...three,
      get("cm?continue=garbage"),
      get("wd?continue=garbage"),
      get("cm?limit=1", { as: "page" }),
      get(
        "cm?limit=1&continue={page.metadata.continue}&resourceVersion={a.metadata.resourceVersion}",
      ),
      get("cm?limit=1&continue={page.metadata.continue}&resourceVersion=0"),
      get("secret?limit=1&continue={page.metadata.continue}", { pick: namesOf }),
    ),
    probe(
      "label selectors by equality",
      ...three,
      byLabels("n=1"),
      byLabels("n==1"),
      byLabels("n!=1"),
      byLabels("n = 1"),
      byLabels("n=1,pair=yes"),
      byLabels("nope!=x"),
    ),
    probe(
      "label selectors by set",
      ...three,
      byLabels("n in (0,2)"),
      byLabels("n notin (0,2)"),
      byLabels("pair notin (no)"),
      byLabels("n in (0 , 2),pair"),
      byLabels("n in ()"),
      byLabels("pair in (,yes)"),
    ),
    probe(
      "label selectors by existence",
      ...three,
      byLabels("pair"),
      byLabels("!pair"),
      byLabels("pair,!nope"),
      byLabels(""),
    ),
    probe("label selectors by order", ...three, byLabels("n>0"), byLabels("n<1"), byLabels("n>x")),
    probe(
      "label selectors with empty values",
      ...three,
      byLabels("n="),
      byLabels("n!="),
      byLabels("nope="),
    ),
    probe(
      "label selectors that are none: operators",
      byLabels("a b"),
      byLabels("a=b c"),
      byLabels("=a"),
      byLabels("a===b"),
      byLabels("a<<1"),
    ),
    probe(
      "label selectors that are none: sets",
      byLabels("a in"),
      byLabels("a in (b"),
      byLabels("a in b"),
      byLabels("a notin"),
      byLabels("in in (in)"),
    ),
    probe(
      "label selectors that are none: commas",
      byLabels(","),
      byLabels("a,"),
      byLabels("a,,b"),
      byLabels(",a"),
    ),
    probe(
      "label selectors that are none: keys",
      byLabels("-a=b"),
      byLabels("a/b/c=d"),
      byLabels("!"),
      byLabels("!a=b"),
      byLabels(`${"a".repeat(64)}=b`),
    ),
    probe(
      "label selectors that are none: values",
      byLabels("a=b_"),
      byLabels("a in (b, -c)"),
      byLabels("a=b=c"),
      byLabels("a=(b)"),
      byLabels(`a=${"b".repeat(64)}`),
    ),
    probe(
      "a label selector of Widgets that is none",
      get("wd?labelSelector=a%20b"),
      get("wd?labelSelector=!"),
    ),
    probe(
      "field selectors everywhere",
      ...three,
      ...widgets,
      byFields("cm", "metadata.name=a"),
      byFields("cm", "metadata.name!=a"),
      byFields("cm", "metadata.namespace={ns}"),
      byFields("wd", "metadata.name=a"),
      byFields("wd", "metadata.name==a,metadata.namespace!=x"),
      byFields("cm", ""),
    ),
    probe(
      "field selectors that are not known",
      byFields("cm", "data.a=b"),
      byFields("wd", "spec.size=1"),
      byFields("secret", "data.a=b"),
      byFields("pod", "spec.nope=1"),
      byFields("deploy", "spec.replicas=1"),
      byFields("ns", "spec.nope=1"),
      byFields("svc", "spec.nope=1"),
      byFields("ev", "nope=1"),
      byFields("job", "nope=1"),
      byFields("rs", "nope=1"),
      byFields("crd", "spec.group=x"),
      byFields("lease", "spec.x=y"),
    ),
    probe(
      "field selectors that are none",
      byFields("cm", "a"),
      byFields("cm", "metadata.name"),
      byFields("cm", "=a"),
      byFields("cm", "metadata.name=a=b"),
      byFields("wd", "a"),
      byFields("cm", ","),
    ),
    probe(
      "field selectors of pods",
      setUp(post("pod", o.pod("a", { nodeName: "n1" }))),
      setUp(post("pod", o.pod("b", { restartPolicy: "Never", schedulerName: "mine" }))),
      byFields("pod", "spec.nodeName=n1"),
      byFields("pod", "spec.nodeName="),
      byFields("pod", "spec.restartPolicy=Never"),
      byFields("pod", "spec.schedulerName=mine"),
      byFields("pod", "status.phase=Pending"),
      byFields("pod", "status.phase!=Running"),
      byFields("pod", "spec.serviceAccountName="),
      byFields("pod", "status.podIP="),
    ),
    probe(
      "field selectors of Secrets",
      setUp(post("secret", o.secret("a", { type: "Opaque" }))),
      setUp(post("secret", o.secret("b", { type: "example.com/x" }))),
      byFields("secret", "type=Opaque"),
      byFields("secret", "type!=Opaque"),
    ),
    probe(
      "field selectors of namespaces",
      byFields("ns", "status.phase=Active,metadata.name={ns}"),
      byFields("ns", "name={ns}"),
    ),
    probe(
      "metadata only",
      ...widgets,
      get("wd/a", {
        headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" },
      }),
      get("wd", {
        headers: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" },
      }),
      setUp(post("cm", o.configMap("a"))),
      get("cm/a", {
        headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" },
      }),
      get("cm", {
        headers: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" },
      }),
      get("cm", {
        headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" },
      }),
      get("cm/a", {
        headers: { accept: "application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io" },
      }),
    ),
    probe(
      "lists over all namespaces",
      ...widgets,
      get("/apis/lab.example.com/v1/widgets?fieldSelector=metadata.namespace={ns}", {
        pick: namesOf,
      }),
      get("/api/v1/configmaps?fieldSelector=metadata.namespace={ns}", { pick: namesOf }),
    ),
    probe("a status that was never written", ...widgets, get("wd/a/status")),
    probe(
      "parameters that are not known",
      ...three,
      get("cm?nope=1", { pick: namesOf }),
      get("cm/a?export=true", { pick: () => "" }),
    ),
    probe(
      "parameters of the wrong type",
      get("cm?timeoutSeconds=x"),
      get("wd?limit=x"),
      get("cm?allowWatchBookmarks=x"),
      put("cm/a?force=x", o.configMap("a")),
    ),
  ],
};
