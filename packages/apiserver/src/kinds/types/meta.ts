// SPDX-License-Identifier: Apache-2.0
// Field table of metadata and option types, as data; read by parse-types.ts. Made by tools/type-table.mjs
// from the Kubernetes v1.36 OpenAPI description (The Kubernetes Authors, Apache-2.0).

export const metaTypes: string = `
Condition lastTransitionTime!:time message!:string observedGeneration:int64 reason!:string
  status!:string type!:string
DeleteOptions dryRun:[string] gracePeriodSeconds:int64
  ignoreStoreReadErrorWithClusterBreakingPotential:bool kind:string orphanDependents:bool
  preconditions:Preconditions propagationPolicy:string
FieldSelectorRequirement key!:string operator!:string values:[string]
*LabelSelector matchExpressions:[LabelSelectorRequirement] matchLabels:{string}
LabelSelectorRequirement key!:string operator!:string values:[string]
ManagedFieldsEntry apiVersion:string fieldsType:string fieldsV1:any manager:string operation:string
  subresource:string time:time
ObjectMeta annotations:{string} creationTimestamp:time deletionGracePeriodSeconds:int64
  deletionTimestamp:time finalizers:[string]=set~ generateName:string generation:int64
  labels:{string} managedFields:[ManagedFieldsEntry] name:string namespace:string
  ownerReferences:[OwnerReference]=uid~uid resourceVersion:string selfLink:string uid:string
*OwnerReference apiVersion!:string blockOwnerDeletion:bool controller:bool kind!:string
  name!:string uid!:string
Preconditions resourceVersion:string uid:string
`;
