// SPDX-License-Identifier: Apache-2.0
// Differences that Kubernetes itself has made after the recorded version; the embedded server follows 1.36.
// Over 400 lines because it is one list.
// That a difference is one of these is our judgement from the API's documentation.
import type { KnownDifference } from "./compare.js";

/** Differences of one reason: paths, or paths with the real value (a space between them). */
function since(reason: string, step: string, ...places: readonly string[]): KnownDifference[] {
  return places.map((place) => {
    const [at = "", real] = place.split(" real=");
    const entry = { step, at, why: "newer", reason } as const;
    return real === undefined ? entry : { ...entry, real };
  });
}

/** The list. */
export const laterChanges: readonly KnownDifference[] = [
  ...since(
    "namespaces are labelled with their name in later versions",
    "*",
    "*labels.kubernetes.io/metadata.name real=(absent)",
    "*f:labels.f:kubernetes.io/metadata.name real=(absent)",
    "*managedFields.0.fieldsV1.f:metadata.f:labels.. real=(absent)",
  ),
  ...since(
    "fields that an endpoint cannot write have no manager there in later versions",
    "*",
    "*managedFields.*.fieldsV1.f:status.* real={}",
  ),
  ...since("pods count their generations in later versions", "*", "*.generation real=(absent)"),
  ...since(
    "Services have IP families and an internal traffic policy in later versions",
    "*",
    "*.internalTrafficPolicy real=(absent)",
    "*.ipFamilies.0 real=(absent)",
    "*.ipFamilyPolicy real=(absent)",
    "*.f:internalTrafficPolicy real=(absent)",
  ),
  ...since(
    "templates no longer show an empty creationTimestamp in later versions",
    "*",
    "*.creationTimestamp real=null",
  ),
  ...since(
    "finalizers are a set in later versions, before one value",
    "*",
    "*.f:finalizers* real=(absent)",
  ),
  ...since(
    "an owner reference is one value in later versions, before it had parts",
    "*",
    "*.f:ownerReferences.* real={}",
  ),
  ...since(
    "StatefulSets have a retention policy for claims in later versions",
    "*",
    "*ersistentVolumeClaimRetentionPolicy* real=(absent)",
  ),
  ...since(
    "StatefulSets count available replicas in later versions",
    "*",
    "*status.availableReplicas real=(absent)",
  ),
  ...since(
    "the JSON decoder was exchanged in 1.23 and has other words",
    "*",
    "body.message real=*error found in #*",
    "body.details.causes.*.message real=*error found in #*",
  ),
  ...since(
    "unknown fields and unqualified finalizers are told by a Warning header in later versions",
    "*",
    "headers.warning real=(absent)",
  ),
  ...since(
    "the text is 'may not be more than' in later versions, before 'must have at most'",
    "*",
    "body.message real=*must have at most*",
    "body.details.causes.*.message real=*must have at most*",
  ),
  ...since(
    "wrong types have the reason FieldValueTypeInvalid in later versions",
    "*",
    'body.details.causes.*.reason real="FieldValueInvalid"',
  ),
  ...since(
    "lists of options are shown as JSON in later versions, before as Go prints them",
    "create/*dry run *",
    "body.message",
    "body.details.causes.*.message",
  ),
  ...since(
    "owner references are refused in fewer words in later versions",
    "create/an owner without *",
    "body.message",
    "body.details.causes.*.message",
  ),
  ...since(
    "paths outside the API have a page of their own in later versions, before the list of paths",
    "routing/a path outside the API *",
    "*",
  ),
  ...since("built-in kinds take HEAD as GET in later versions", "routing/head *", "*"),
  ...since(
    "roleRef is one value in later versions, before it had parts",
    "*",
    "*f:roleRef.f:* real={}",
  ),
  ...since(
    "a selector or a backend's port is one value in later versions, before it had parts",
    "*",
    "*f:spec.f:selector.* real={}",
    "*f:service.f:port.* real={}",
  ),
  ...since(
    "pod selectors of NetworkPolicies are owned even when empty in later versions",
    "*NetworkPolic*",
    "*f:podSelector real=(absent)",
  ),
  ...since(
    "an object that is involved in an Event is one value in later versions",
    "*",
    "*f:involvedObject.* real={}",
  ),
  ...since(
    "Jobs are completed in more ways in later versions and know their pods by longer labels in later versions",
    "*Job*",
    "*completionMode* real=(absent)",
    "*suspend real=(absent)",
    "*podReplacementPolicy* real=(absent)",
    "*manualSelector* real=(absent)",
    "*controller-uid*",
    "*job-name*",
  ),
  ...since("DaemonSets may surge in later versions", "*DaemonSet*", "*maxSurge real=(absent)"),
  ...since(
    "load balancers may be without node ports in later versions",
    "*",
    "*allocateLoadBalancerNodePorts real=(absent)",
  ),
  ...since(
    "DaemonSets no longer carry their old generation",
    "*DaemonSet*",
    "*deprecated.daemonset*",
    "*f:annotations.. real={}",
  ),
  ...since(
    "Jobs show their status in tables in later versions",
    "tables/of Jobs *",
    "body.columns.*",
    "body.rows.*",
  ),
  ...since(
    "claims show their attributes class in tables in later versions",
    "tables/of PersistentVolumeClaims *",
    "body.columns.*",
    "body.rows.*",
  ),
  ...since(
    "restarts are texts in tables in later versions",
    "tables/of Pods*",
    "body.columns.3",
    "body.rows.*.cells.3",
  ),
  ...since(
    "built-in kinds have singular names in discovery in later versions",
    "discovery/*",
    '*singularName real=""',
  ),
  ...since(
    "lists and watches from the cache are in the order of keys in later versions",
    "read/a list at a version *",
    "body.*",
  ),
  ...since(
    "lists and watches from the cache are in the order of keys in later versions",
    "read/pages of Widgets *",
    "body.*",
  ),
  ...since(
    "lists and watches from the cache are in the order of keys in later versions",
    "watch/*from the *",
    "events.*",
  ),
  ...since(
    "label selectors are refused in other words in later versions",
    "*selector*",
    "body.message real=*unable to parse requirement*",
  ),
  ...since(
    "resourceVersionMatch is refused in other words in later versions",
    "read/resourceVersionMatch *",
    "body.message",
    "body.details.causes.*.message",
  ),
  ...since(
    "a version to come is a time-out for exact lists, too, in later versions",
    "read/an exact list at a version to come *",
    "*",
  ),
  ...since(
    "continue tokens are refused in other words in later versions",
    "read/continue tokens *",
    "body.message",
  ),
  ...since(
    "what cannot be made a typed patch is told with its name and kind in later versions",
    "apply*",
    "body.message real=*failed to create typed patch object: *",
  ),
  ...since("the subresource of a conflict is told in later versions", "apply/status *", "body.*"),
  ...since(
    "fields of other endpoints are left out of an apply in later versions",
    "apply/a spec by way of status *",
    "*",
  ),
  ...since("an apply without a kind is a bad request in later versions", "apply/no kind *", "*"),
  ...since(
    "an apply of another kind is told in other words in later versions",
    "apply/another kind *",
    "*",
  ),
  ...since(
    "another namespace in the body is told in other words in later versions",
    "*/another namespace*",
    "body.message",
  ),
  ...since(
    "an empty map or list is owned by its applier in later versions",
    "apply*",
    "*.fieldsV1.f:* real=(absent)",
  ),
  ...since(
    "lists of maps have default keys, so that a Service can be applied, in later versions",
    "apply-fields/a Service *",
    "*",
  ),
  ...since(
    "values of free fields have owners of their own in later versions",
    "apply-fields/free fields *",
    "*",
  ),
  ...since(
    "values of free fields have owners of their own in later versions",
    "patch/merge patch: set, delete, replace *",
    "*f:free.* real=(absent)",
  ),
  ...since(
    "nulls are taken out before a custom object is applied in later versions",
    "apply-fields/*null*",
    "*",
  ),
  ...since(
    "a kind without an OpenAPI v2 model has an owner for its parts in later versions",
    "apply-fields/an integer or a string *",
    "*f:spec.. real={}",
  ),
  ...since(
    "labels and the like that an applier drops are gone in later versions, before they were null",
    "apply/labels, annotations, finalizers, owners *",
    "*f:metadata.*",
  ),
  ...since(
    "the namespace's name label is refused as well in later versions",
    "create/names of namespaces *",
    "body.*",
  ),
  ...since(
    "what an update sees of system fields is JSON in later versions, before Go",
    "update/a deletion time *",
    "body.*",
  ),
  ...since(
    "the version 0 is written so in later versions, before 0x0",
    "update/*",
    "body.message real=*0x0*",
    "body.details.causes.*.message real=*0x0*",
  ),
  ...since(
    "Services need no version in updates in later versions",
    "update/of a Service without a version *",
    "*",
  ),
  ...since(
    "what is not there is told so before its uid is compared, in later versions",
    "update/of what is not there, with a uid *",
    "*",
  ),
  ...since(
    "a failed precondition no longer tells the storage's words in later versions",
    "update/another uid *",
    "body.message",
  ),
  ...since(
    "metadata is not written through /status, so has no manager there, in later versions",
    "status/status ignores the rest *",
    "*f:metadata.*",
  ),
  ...since(
    "Jobs count their generations in later versions",
    "status/generation of other kinds *",
    "*",
  ),
  ...since(
    "keys of lists in status are checked in later versions, and items are told by their index",
    "status/status is validated *",
    "*",
  ),
  ...since(
    "JSON patches are refused in other words, and what leads nowhere is refused, in later versions",
    "patch/JSON patch: *",
    "*",
  ),
  ...since(
    "merge patches that are none are bad requests in later versions",
    "patch/merge patch: *no patch *",
    "*",
  ),
  ...since(
    "merge patches that are none are bad requests in later versions",
    "patch/merge patch: an empty body *",
    "*",
  ),
  ...since(
    "patches are refused with the words of the new decoder in later versions",
    "patch/merge patch: wrong types *",
    "body.*",
  ),
  ...since(
    "patches are refused with the words of the new decoder in later versions",
    "patch/strategic: what is no patch *",
    "body.*",
  ),
  ...since(
    "a deleted Service is answered itself in later versions",
    "delete/of a Service *",
    "body.*",
  ),
  ...since(
    "StatefulSets may change more of their spec in later versions",
    "workloads/a StatefulSet's spec *",
    "body.*",
  ),
  ...since(
    "Events and policies of extensions are told by their own group in later versions",
    "kinds/an Ingress *",
    "body.*",
  ),
  ...since(
    "Events and policies of extensions are told by their own group in later versions",
    "kinds/a NetworkPolicy *",
    "body.*",
  ),
  ...since(
    "claims may be for one pod only in later versions",
    "kinds/bad values of a PersistentVolumeClaim *",
    "body.*",
  ),
  ...since(
    "validation of custom resources is told in other words in later versions",
    "validation/*",
    "body.message",
    "body.details.causes.*",
  ),
  ...since(
    "validation of custom resources is told in other words in later versions",
    "definitions/a new schema is used *",
    "body.*",
  ),
  ...since(
    "a list of maps is checked for keys twice where it stands in later versions",
    "apply-fields/a list of maps *",
    "*managedFields*",
  ),
  ...since(
    "a map that is dropped has no owner left in later versions",
    "apply-fields/a map *",
    "*managedFields*",
  ),
  ...since(
    "fields that an endpoint cannot write have no manager there in later versions",
    "*/*status*",
    "*managedFields*",
  ),
  ...since(
    "a status that the main endpoint ignores no longer counts as a change of its manager in later versions",
    "update/that changes nothing *",
    "*",
  ),
  ...since(
    "an object of which only finalizers are owned has a manager in later versions",
    "create/finalizers *",
    "*managedFields*",
  ),
  ...since(
    "an empty map or list is owned by its applier in later versions",
    "apply/drops*",
    "*managedFields*",
  ),
  ...since(
    "owner references keep their managers when two are one in later versions",
    "create/*",
    "*managedFields* real=(absent)",
  ),
];
