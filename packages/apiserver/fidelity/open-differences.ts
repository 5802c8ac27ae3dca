// SPDX-License-Identifier: Apache-2.0
// What the embedded server should answer as the recorded one does, and does not yet.
import type { KnownDifference } from "./compare.js";

/** Probes that differ for one reason, with all their steps. */
function open(reason: string, ...probes: readonly string[]): KnownDifference[] {
  return probes.map((probe) => ({ step: `${probe} #*`, at: "*", why: "open", reason }));
}

/** The list, to become empty. */
export const openDifferences: readonly KnownDifference[] = [
  ...open(
    "times and texts that Go always writes are left out",
    "delete/of a Lease",
    "delete/of a Role",
    "delete/of an Event",
    "create/names of roles",
    "tables/of Roles",
    "tables/of Events",
    "tables/of Pods that run",
    "update/of a Lease without a version",
    "update/of a Role without a version",
    "events-leases/an event",
    "events-leases/counting",
    "events-leases/the other view",
    "events-leases/a new event",
    "events-leases/a generated name",
    "events-leases/one of two wins a Lease",
    "events-leases/times of a Lease",
    "pods/a binding",
    "pods/defaults of volumes",
    "status/status of a Deployment",
  ),
  ...open(
    "events.k8s.io does not check what an Event lacks",
    "events-leases/a new event that lacks something",
  ),
  ...open("two findings on a Lease are told as one", "events-leases/bad values of a Lease"),
  ...open(
    "no controller would take the protection of claims and volumes away again",
    "delete/of a PersistentVolumeClaim",
    "kinds/a PersistentVolumeClaim",
    "kinds/a PersistentVolume",
    "tables/of PersistentVolumeClaims",
    "update/of a PersistentVolumeClaim without a version",
  ),
  ...open("nodes get no taint and no empty node information", "kinds/a Node", "tables/of Nodes"),
  ...open("Secrets of known types are not checked for their keys", "kinds/types of Secrets"),
  ...open(
    "addresses and node ports of Services are not checked against their ranges",
    "kinds/an address outside the range",
    "kinds/bad values of a Service",
    "kinds/a Service's address does not change",
  ),
  ...open("Endpoints are not checked", "kinds/Endpoints"),
  ...open("a PriorityClass does not show its preemption policy", "kinds/a PriorityClass"),
  ...open(
    "immutable fields are shown as JSON, not as Go prints them",
    "kinds/a RoleBinding",
    "workloads/a DaemonSet's selector",
    "workloads/a Deployment's selector does not change",
  ),
  ...open("a Job's own selector is not refused", "workloads/bad values of a Job"),
  ...open("a pod's node can be changed by an update", "pods/a Pod's spec does not change"),
  ...open("there are no logs", "pods/logs of a Pod that does not run"),
  ...open(
    "a Job answers its deletion with itself, as 1.36 does when it is orphaned",
    "delete/of a Job",
  ),
  ...open("the phase of a namespace can be written", "namespaces/a phase of a client"),
  ...open(
    "Services can be deleted as a collection, as since 1.23",
    "delete/a collection of Services",
  ),
  ...open(
    "DeleteOptions of another kind or version are bad requests",
    "delete/options of another kind",
  ),
  ...open("a dry run in the body is refused with JSON", "delete/a dry run"),
  ...open(
    "names, groups, conversion and immutable fields of definitions are checked less",
    "definitions/an immutable scope",
    "definitions/an unknown API version",
    "definitions/another kind",
    "definitions/no storage version",
    "definitions/no versions",
    "definitions/storedVersions",
    "definitions/two storage versions",
    "definitions/two versions of one name",
  ),
  ...open(
    "a definition is served at once, or told by other managers",
    "definitions/what is served",
    "definitions/deletion of an empty definition",
    "definitions/deletion with an instance that is held",
  ),
  ...open(
    "schemas show Go values as JSON",
    "schemas/a default of null",
    "schemas/a default that does not fit",
    "schemas/a list of maps",
    "schemas/a set of objects",
  ),
  ...open(
    "metadata of embedded objects is checked less, and maps by another rule",
    "validation/embedded: wrong types",
    "validation/values of a map",
  ),
  ...open(
    "a scale that does not fit is told by the scale's own path",
    "status/scale of a Widget",
    "status/scale of a Widget without replicas",
  ),
  ...open("an apply of what is not there drops the version it names", "apply/a version"),
  ...open("YAML is refused in the parser's words", "apply/YAML"),
  ...open("a manager's control character is shown as JSON", "create/a field manager"),
  ...open(
    "system fields that a client sends have no manager",
    "create/fields that only the server sets",
  ),
  ...open(
    "a key named __proto__ is owned by its parts",
    "create/keys that are special in JavaScript",
  ),
  ...open(
    "directives of strategic patches are refused in other words",
    "patch/strategic: an unknown directive",
    "patch/strategic: the order of elements",
  ),
  ...open(
    "the kinds of the other API groups have fewer field labels",
    "read/field selectors that are not known",
  ),
  ...open(
    "a patch of a built-in kind in an unknown form is told in the words of custom kinds",
    "routing/patch with an unknown content type",
  ),
  ...open(
    "a protobuf body of a custom kind is refused by its type",
    "routing/create of a custom object with protobuf",
  ),
  ...open("discovery documents refuse writes", "routing/discovery paths do not take writes"),
  ...open(
    "health paths below the known ones are told apart",
    "discovery/health in words",
    "routing/health",
  ),
  ...open(
    "lists of other resources are there, too",
    "discovery/resources of other groups",
    "discovery/resources of the core group",
  ),
  ...open("revisions in YAML", "routing/YAML in and out"),
  ...open("built-in kinds have descriptions of their own in tables", "tables/*"),
  ...open(
    "a patch that makes another kind shows the object in another order",
    "update/another kind",
  ),
  ...open(
    "a Lease that an update creates has no empty spec",
    "update/of a Lease that is not there",
  ),
  ...open("one object is watched as such", "watch/one object by its name", "watch/tables"),
  ...open("wrong types in a patch are told by another path", "patch/merge patch: wrong types"),
  ...open("a body in another form is told so later", "discovery/in a type that nobody speaks"),
];
