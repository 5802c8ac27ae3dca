// SPDX-License-Identifier: Apache-2.0
// Field numbers of the kinds that kubectl sends as protobuf, as data; read by protobuf.ts.
// Source: the .proto files of the Kubernetes API (The Kubernetes Authors, Apache-2.0).
//
// One type per line: `Type 1:name:type`, with `[T]` repeated and `{T}` a map from strings.

export const protobufTypes: string = `
Unknown 1:typeMeta:TypeMeta 2:raw:raw 3:contentEncoding:string 4:contentType:string
TypeMeta 1:apiVersion:string 2:kind:string
Time 1:seconds:int 2:nanos:int
ObjectMeta 1:name:string 2:generateName:string 3:namespace:string 4:selfLink:string 5:uid:string 6:resourceVersion:string 7:generation:int 8:creationTimestamp:Time 9:deletionTimestamp:Time 10:deletionGracePeriodSeconds:int 11:labels:{string} 12:annotations:{string} 13:ownerReferences:[OwnerReference] 14:finalizers:[string]
OwnerReference 1:kind:string 3:name:string 4:uid:string 5:apiVersion:string 6:controller:bool 7:blockOwnerDeletion:bool
LocalObjectReference 1:name:string
ObjectReference 1:kind:string 2:namespace:string 3:name:string 4:uid:string 5:apiVersion:string 6:resourceVersion:string 7:fieldPath:string
v1.ConfigMap 1:metadata:ObjectMeta 2:data:{string} 3:binaryData:{bytes} 4:immutable:bool
v1.Secret 1:metadata:ObjectMeta 2:data:{bytes} 3:type:string 4:stringData:{string} 5:immutable:bool
v1.Namespace 1:metadata:ObjectMeta 2:spec:NamespaceSpec
NamespaceSpec 1:finalizers:[string]
v1.ServiceAccount 1:metadata:ObjectMeta 2:secrets:[ObjectReference] 3:imagePullSecrets:[LocalObjectReference] 4:automountServiceAccountToken:bool
authorization.k8s.io/v1.SelfSubjectAccessReview 1:metadata:ObjectMeta 2:spec:SelfSubjectAccessReviewSpec
SelfSubjectAccessReviewSpec 1:resourceAttributes:ResourceAttributes 2:nonResourceAttributes:NonResourceAttributes
ResourceAttributes 1:namespace:string 2:verb:string 3:group:string 4:version:string 5:resource:string 6:subresource:string 7:name:string
NonResourceAttributes 1:path:string 2:verb:string
authorization.k8s.io/v1.SelfSubjectRulesReview 1:metadata:ObjectMeta 2:spec:SelfSubjectRulesReviewSpec
SelfSubjectRulesReviewSpec 1:namespace:string
authentication.k8s.io/v1.SelfSubjectReview 1:metadata:ObjectMeta
rbac.authorization.k8s.io/v1.Role 1:metadata:ObjectMeta 2:rules:[PolicyRule]
rbac.authorization.k8s.io/v1.ClusterRole 1:metadata:ObjectMeta 2:rules:[PolicyRule]
PolicyRule 1:verbs:[string] 2:apiGroups:[string] 3:resources:[string] 4:resourceNames:[string] 5:nonResourceURLs:[string]
rbac.authorization.k8s.io/v1.RoleBinding 1:metadata:ObjectMeta 2:subjects:[Subject] 3:roleRef:RoleRef
rbac.authorization.k8s.io/v1.ClusterRoleBinding 1:metadata:ObjectMeta 2:subjects:[Subject] 3:roleRef:RoleRef
Subject 1:kind:string 2:apiGroup:string 3:name:string 4:namespace:string
RoleRef 1:apiGroup:string 2:kind:string 3:name:string
`;
