// SPDX-License-Identifier: Apache-2.0
// Field table of coordination, discovery, events, networking, rbac, storage and the review kinds, as data; read by parse-types.ts. Made by tools/type-table.mjs
// from the Kubernetes v1.36 OpenAPI description (The Kubernetes Authors, Apache-2.0).

export const clusterTypes: string = `
AggregationRule clusterRoleSelectors:[LabelSelector]
ClusterRole aggregationRule:AggregationRule kind:string metadata:ObjectMeta rules:[PolicyRule]
ClusterRoleBinding kind:string metadata:ObjectMeta roleRef!:RoleRef subjects:[Subject]
CustomResourceColumnDefinition description:string format:string jsonPath!:string name!:string
  priority:int32 type!:string
CustomResourceConversion strategy!:string webhook:WebhookConversion
CustomResourceDefinition kind:string metadata:ObjectMeta spec!:CustomResourceDefinitionSpec
  status:CustomResourceDefinitionStatus
CustomResourceDefinitionCondition lastTransitionTime:time message:string observedGeneration:int64
  reason:string status!:string type!:string
CustomResourceDefinitionNames categories:[string] kind!:string listKind:string plural!:string
  shortNames:[string] singular:string
CustomResourceDefinitionSpec conversion:CustomResourceConversion group!:string
  names!:CustomResourceDefinitionNames preserveUnknownFields:bool scope!:string
  versions!:[CustomResourceDefinitionVersion]
CustomResourceDefinitionStatus acceptedNames:CustomResourceDefinitionNames
  conditions:[CustomResourceDefinitionCondition]=type observedGeneration:int64
  storedVersions:[string]
CustomResourceDefinitionVersion additionalPrinterColumns:[CustomResourceColumnDefinition]
  deprecated:bool deprecationWarning:string name!:string schema:CustomResourceValidation
  selectableFields:[SelectableField] served!:bool storage!:bool
  subresources:CustomResourceSubresources
CustomResourceSubresourceScale labelSelectorPath:string specReplicasPath!:string
  statusReplicasPath!:string
CustomResourceSubresourceStatus
CustomResourceSubresources scale:CustomResourceSubresourceScale
  status:CustomResourceSubresourceStatus
CustomResourceValidation openAPIV3Schema:any
Endpoint addresses!:[string]=set conditions:EndpointConditions deprecatedTopology:{string}
  hints:EndpointHints hostname:string nodeName:string targetRef:ObjectReference zone:string
EndpointConditions ready:bool serving:bool terminating:bool
EndpointHints forNodes:[ForNode] forZones:[ForZone]
EndpointSlice addressType!:string endpoints:[Endpoint] kind:string metadata:ObjectMeta
  ports:[discovery.v1.EndpointPort]
FieldSelectorAttributes rawSelector:string requirements:[FieldSelectorRequirement]
ForNode name!:string
ForZone name!:string
HTTPIngressPath backend!:IngressBackend path:string pathType!:string
HTTPIngressRuleValue paths!:[HTTPIngressPath]
IPBlock cidr!:string except:[string]
Ingress kind:string metadata:ObjectMeta spec:IngressSpec status:IngressStatus
IngressBackend resource:TypedLocalObjectReference service:IngressServiceBackend
IngressClass kind:string metadata:ObjectMeta spec:IngressClassSpec
IngressClassParametersReference apiGroup:string kind!:string name!:string namespace:string
  scope:string
IngressClassSpec controller:string parameters:IngressClassParametersReference
IngressLoadBalancerIngress hostname:string ip:string ports:[IngressPortStatus]
IngressLoadBalancerStatus ingress:[IngressLoadBalancerIngress]
IngressPortStatus error:string port!:int32 protocol!:string
IngressRule host:string http:HTTPIngressRuleValue
IngressServiceBackend name!:string port:ServiceBackendPort
IngressSpec defaultBackend:IngressBackend ingressClassName:string rules:[IngressRule]
  tls:[IngressTLS]
IngressStatus loadBalancer:IngressLoadBalancerStatus
IngressTLS hosts:[string] secretName:string
LabelSelectorAttributes rawSelector:string requirements:[LabelSelectorRequirement]
Lease kind:string metadata:ObjectMeta spec:LeaseSpec
LeaseSpec acquireTime:microtime holderIdentity:string leaseDurationSeconds:int32
  leaseTransitions:int32 preferredHolder:string renewTime:microtime strategy:string
LocalSubjectAccessReview kind:string metadata:ObjectMeta spec!:SubjectAccessReviewSpec
  status:SubjectAccessReviewStatus
NetworkPolicy kind:string metadata:ObjectMeta spec:NetworkPolicySpec
NetworkPolicyEgressRule ports:[NetworkPolicyPort] to:[NetworkPolicyPeer]
NetworkPolicyIngressRule from:[NetworkPolicyPeer] ports:[NetworkPolicyPort]
NetworkPolicyPeer ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector
NetworkPolicyPort endPort:int32 port:intstr protocol:string
NetworkPolicySpec egress:[NetworkPolicyEgressRule] ingress:[NetworkPolicyIngressRule]
  podSelector:LabelSelector policyTypes:[string]
NonResourceAttributes path:string verb:string
NonResourceRule nonResourceURLs:[string] verbs!:[string]
PolicyRule apiGroups:[string] nonResourceURLs:[string] resourceNames:[string] resources:[string]
  verbs!:[string]
PriorityClass description:string globalDefault:bool kind:string metadata:ObjectMeta
  preemptionPolicy:string value:int32
ResourceAttributes fieldSelector:FieldSelectorAttributes group:string
  labelSelector:LabelSelectorAttributes name:string namespace:string resource:string
  subresource:string verb:string version:string
ResourceRule apiGroups:[string] resourceNames:[string] resources:[string] verbs!:[string]
Role kind:string metadata:ObjectMeta rules:[PolicyRule]
RoleBinding kind:string metadata:ObjectMeta roleRef!:RoleRef subjects:[Subject]
*RoleRef apiGroup:string kind!:string name!:string
SelectableField jsonPath!:string
SelfSubjectAccessReview kind:string metadata:ObjectMeta spec!:SelfSubjectAccessReviewSpec
  status:SubjectAccessReviewStatus
SelfSubjectAccessReviewSpec nonResourceAttributes:NonResourceAttributes
  resourceAttributes:ResourceAttributes
SelfSubjectReview kind:string metadata:ObjectMeta status:SelfSubjectReviewStatus
SelfSubjectReviewStatus userInfo:UserInfo
SelfSubjectRulesReview kind:string metadata:ObjectMeta spec!:SelfSubjectRulesReviewSpec
  status:SubjectRulesReviewStatus
SelfSubjectRulesReviewSpec namespace:string
*ServiceBackendPort name:string number:int32
ServiceReference name!:string namespace!:string path:string port:int32
StorageClass allowVolumeExpansion:bool allowedTopologies:[TopologySelectorTerm] kind:string
  metadata:ObjectMeta mountOptions:[string] parameters:{string} provisioner!:string
  reclaimPolicy:string volumeBindingMode:string
*Subject apiGroup:string kind!:string name!:string namespace:string
SubjectAccessReview kind:string metadata:ObjectMeta spec!:SubjectAccessReviewSpec
  status:SubjectAccessReviewStatus
SubjectAccessReviewSpec extra:{[string]} groups:[string]
  nonResourceAttributes:NonResourceAttributes resourceAttributes:ResourceAttributes uid:string
  user:string
SubjectAccessReviewStatus allowed!:bool denied:bool evaluationError:string reason:string
SubjectRulesReviewStatus evaluationError:string incomplete!:bool
  nonResourceRules!:[NonResourceRule] resourceRules!:[ResourceRule]
TokenReview kind:string metadata:ObjectMeta spec!:TokenReviewSpec status:TokenReviewStatus
TokenReviewSpec audiences:[string] token!:string
TokenReviewStatus audiences:[string] authenticated:bool error:string user:UserInfo
TopologySelectorLabelRequirement key!:string values!:[string]
*TopologySelectorTerm matchLabelExpressions:[TopologySelectorLabelRequirement]
UserInfo extra:{[string]} groups:[string] uid:string username:string
WebhookClientConfig caBundle:bytes service:ServiceReference url:string
WebhookConversion clientConfig:WebhookClientConfig conversionReviewVersions!:[string]
*discovery.v1.EndpointPort appProtocol:string name:string port:int32 protocol:string
events.v1.Event action:string deprecatedCount:int32 deprecatedFirstTimestamp:time
  deprecatedLastTimestamp:time deprecatedSource:EventSource eventTime!:microtime kind:string
  metadata:ObjectMeta note:string reason:string regarding:ObjectReference related:ObjectReference
  reportingController:string reportingInstance:string series:events.v1.EventSeries type:string
events.v1.EventSeries count!:int32 lastObservedTime!:microtime
`;
