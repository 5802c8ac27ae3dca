// SPDX-License-Identifier: Apache-2.0
// Field numbers of metadata and the other groups in protobuf, as data; read by protobuf-table.ts. Made by
// tools/protobuf-table.mjs from the Go types of Kubernetes v1.36 (The Kubernetes Authors, Apache-2.0).

export const groupTypes: string = `
Unknown 1:typeMeta:TypeMeta 2:raw:raw 3:contentEncoding:string 4:contentType:string
TypeMeta 1:apiVersion:string 2:kind:string
Time 1:seconds:int 2:nanos:int
apps/v1.ControllerRevision 1:metadata:meta.ObjectMeta! 2:data:RawExtension! 3:revision:int
apps/v1.DaemonSet 1:metadata:meta.ObjectMeta! 2:spec:apps/v1.DaemonSetSpec!
 3:status:apps/v1.DaemonSetStatus!
apps/v1.DaemonSetCondition 1:type:string 2:status:string 3:lastTransitionTime:Time! 4:reason:string!
 5:message:string!
apps/v1.DaemonSetSpec 1:selector:meta.LabelSelector 2:template:v1.PodTemplateSpec
 3:updateStrategy:apps/v1.DaemonSetUpdateStrategy! 4:minReadySeconds:int! 6:revisionHistoryLimit:int
apps/v1.DaemonSetStatus 1:currentNumberScheduled:int 2:numberMisscheduled:int
 3:desiredNumberScheduled:int 4:numberReady:int 5:observedGeneration:int!
 6:updatedNumberScheduled:int! 7:numberAvailable:int! 8:numberUnavailable:int! 9:collisionCount:int
 10:conditions:[apps/v1.DaemonSetCondition]
apps/v1.DaemonSetUpdateStrategy 1:type:string! 2:rollingUpdate:apps/v1.RollingUpdateDaemonSet
apps/v1.Deployment 1:metadata:meta.ObjectMeta! 2:spec:apps/v1.DeploymentSpec!
 3:status:apps/v1.DeploymentStatus!
apps/v1.DeploymentCondition 1:type:string 2:status:string 6:lastUpdateTime:Time!
 7:lastTransitionTime:Time! 4:reason:string! 5:message:string!
apps/v1.DeploymentSpec 1:replicas:int 2:selector:meta.LabelSelector 3:template:v1.PodTemplateSpec
 4:strategy:apps/v1.DeploymentStrategy! 5:minReadySeconds:int! 6:revisionHistoryLimit:int
 7:paused:bool! 9:progressDeadlineSeconds:int
apps/v1.DeploymentStatus 1:observedGeneration:int! 2:replicas:int! 3:updatedReplicas:int!
 7:readyReplicas:int! 4:availableReplicas:int! 5:unavailableReplicas:int! 9:terminatingReplicas:int
 6:conditions:[apps/v1.DeploymentCondition] 8:collisionCount:int
apps/v1.DeploymentStrategy 1:type:string! 2:rollingUpdate:apps/v1.RollingUpdateDeployment
apps/v1.ReplicaSet 1:metadata:meta.ObjectMeta! 2:spec:apps/v1.ReplicaSetSpec!
 3:status:apps/v1.ReplicaSetStatus!
apps/v1.ReplicaSetCondition 1:type:string 2:status:string 3:lastTransitionTime:Time!
 4:reason:string! 5:message:string!
apps/v1.ReplicaSetSpec 1:replicas:int 4:minReadySeconds:int! 2:selector:meta.LabelSelector
 3:template:v1.PodTemplateSpec!
apps/v1.ReplicaSetStatus 1:replicas:int 2:fullyLabeledReplicas:int! 4:readyReplicas:int!
 5:availableReplicas:int! 7:terminatingReplicas:int 3:observedGeneration:int!
 6:conditions:[apps/v1.ReplicaSetCondition]
apps/v1.RollingUpdateDaemonSet 1:maxUnavailable:IntOrString 2:maxSurge:IntOrString
apps/v1.RollingUpdateDeployment 1:maxUnavailable:IntOrString 2:maxSurge:IntOrString
apps/v1.RollingUpdateStatefulSetStrategy 1:partition:int 2:maxUnavailable:IntOrString
apps/v1.StatefulSet 1:metadata:meta.ObjectMeta! 2:spec:apps/v1.StatefulSetSpec!
 3:status:apps/v1.StatefulSetStatus!
apps/v1.StatefulSetCondition 1:type:string 2:status:string 3:lastTransitionTime:Time!
 4:reason:string! 5:message:string!
apps/v1.StatefulSetOrdinals 1:start:int
apps/v1.StatefulSetPersistentVolumeClaimRetentionPolicy 1:whenDeleted:string! 2:whenScaled:string!
apps/v1.StatefulSetSpec 1:replicas:int 2:selector:meta.LabelSelector 3:template:v1.PodTemplateSpec
 4:volumeClaimTemplates:[v1.PersistentVolumeClaim] 5:serviceName:string
 6:podManagementPolicy:string! 7:updateStrategy:apps/v1.StatefulSetUpdateStrategy!
 8:revisionHistoryLimit:int 9:minReadySeconds:int!
 10:persistentVolumeClaimRetentionPolicy:apps/v1.StatefulSetPersistentVolumeClaimRetentionPolicy
 11:ordinals:apps/v1.StatefulSetOrdinals
apps/v1.StatefulSetStatus 1:observedGeneration:int! 2:replicas:int 3:readyReplicas:int!
 4:currentReplicas:int! 5:updatedReplicas:int! 6:currentRevision:string! 7:updateRevision:string!
 9:collisionCount:int 10:conditions:[apps/v1.StatefulSetCondition] 11:availableReplicas:int
apps/v1.StatefulSetUpdateStrategy 1:type:string!
 2:rollingUpdate:apps/v1.RollingUpdateStatefulSetStrategy
authentication.k8s.io/v1.BoundObjectReference 1:kind:string! 2:apiVersion:string! 3:name:string!
 4:uid:string!
authentication.k8s.io/v1.ExtraValue 1:*:[string]
authentication.k8s.io/v1.SelfSubjectReview 1:metadata:meta.ObjectMeta!
 2:status:authentication.k8s.io/v1.SelfSubjectReviewStatus!
authentication.k8s.io/v1.SelfSubjectReviewStatus 1:userInfo:authentication.k8s.io/v1.UserInfo!
authentication.k8s.io/v1.TokenRequest 1:metadata:meta.ObjectMeta!
 2:spec:authentication.k8s.io/v1.TokenRequestSpec
 3:status:authentication.k8s.io/v1.TokenRequestStatus!
authentication.k8s.io/v1.TokenRequestSpec 1:audiences:[string] 4:expirationSeconds:int
 3:boundObjectRef:authentication.k8s.io/v1.BoundObjectReference
authentication.k8s.io/v1.TokenRequestStatus 1:token:string 2:expirationTimestamp:Time
authentication.k8s.io/v1.TokenReview 1:metadata:meta.ObjectMeta!
 2:spec:authentication.k8s.io/v1.TokenReviewSpec
 3:status:authentication.k8s.io/v1.TokenReviewStatus!
authentication.k8s.io/v1.TokenReviewSpec 1:token:string! 2:audiences:[string]
authentication.k8s.io/v1.TokenReviewStatus 1:authenticated:bool!
 2:user:authentication.k8s.io/v1.UserInfo! 4:audiences:[string] 3:error:string!
authentication.k8s.io/v1.UserInfo 1:username:string! 2:uid:string! 3:groups:[string]
 4:extra:{authentication.k8s.io/v1.ExtraValue}
authorization.k8s.io/v1.ExtraValue 1:*:[string]
authorization.k8s.io/v1.FieldSelectorAttributes 1:rawSelector:string!
 2:requirements:[meta.FieldSelectorRequirement]
authorization.k8s.io/v1.LabelSelectorAttributes 1:rawSelector:string!
 2:requirements:[meta.LabelSelectorRequirement]
authorization.k8s.io/v1.LocalSubjectAccessReview 1:metadata:meta.ObjectMeta!
 2:spec:authorization.k8s.io/v1.SubjectAccessReviewSpec
 3:status:authorization.k8s.io/v1.SubjectAccessReviewStatus!
authorization.k8s.io/v1.NonResourceAttributes 1:path:string! 2:verb:string!
authorization.k8s.io/v1.NonResourceRule 1:verbs:[string] 2:nonResourceURLs:[string]
authorization.k8s.io/v1.ResourceAttributes 1:namespace:string! 2:verb:string! 3:group:string!
 4:version:string! 5:resource:string! 6:subresource:string! 7:name:string!
 8:fieldSelector:authorization.k8s.io/v1.FieldSelectorAttributes
 9:labelSelector:authorization.k8s.io/v1.LabelSelectorAttributes
authorization.k8s.io/v1.ResourceRule 1:verbs:[string] 2:apiGroups:[string] 3:resources:[string]
 4:resourceNames:[string]
authorization.k8s.io/v1.SelfSubjectAccessReview 1:metadata:meta.ObjectMeta!
 2:spec:authorization.k8s.io/v1.SelfSubjectAccessReviewSpec
 3:status:authorization.k8s.io/v1.SubjectAccessReviewStatus!
authorization.k8s.io/v1.SelfSubjectAccessReviewSpec
 1:resourceAttributes:authorization.k8s.io/v1.ResourceAttributes
 2:nonResourceAttributes:authorization.k8s.io/v1.NonResourceAttributes
authorization.k8s.io/v1.SelfSubjectRulesReview 1:metadata:meta.ObjectMeta!
 2:spec:authorization.k8s.io/v1.SelfSubjectRulesReviewSpec
 3:status:authorization.k8s.io/v1.SubjectRulesReviewStatus!
authorization.k8s.io/v1.SelfSubjectRulesReviewSpec 1:namespace:string!
authorization.k8s.io/v1.SubjectAccessReview 1:metadata:meta.ObjectMeta!
 2:spec:authorization.k8s.io/v1.SubjectAccessReviewSpec
 3:status:authorization.k8s.io/v1.SubjectAccessReviewStatus!
authorization.k8s.io/v1.SubjectAccessReviewSpec
 1:resourceAttributes:authorization.k8s.io/v1.ResourceAttributes
 2:nonResourceAttributes:authorization.k8s.io/v1.NonResourceAttributes 3:user:string!
 4:groups:[string] 5:extra:{authorization.k8s.io/v1.ExtraValue} 6:uid:string!
authorization.k8s.io/v1.SubjectAccessReviewStatus 1:allowed:bool 4:denied:bool! 2:reason:string!
 3:evaluationError:string!
authorization.k8s.io/v1.SubjectRulesReviewStatus
 1:resourceRules:[authorization.k8s.io/v1.ResourceRule]
 2:nonResourceRules:[authorization.k8s.io/v1.NonResourceRule] 3:incomplete:bool
 4:evaluationError:string!
autoscaling/v1.Scale 1:metadata:meta.ObjectMeta! 2:spec:autoscaling/v1.ScaleSpec!
 3:status:autoscaling/v1.ScaleStatus!
autoscaling/v1.ScaleSpec 1:replicas:int!
autoscaling/v1.ScaleStatus 1:replicas:int 2:selector:string!
autoscaling/v2.ContainerResourceMetricSource 1:name:string 2:target:autoscaling/v2.MetricTarget
 3:container:string
autoscaling/v2.ContainerResourceMetricStatus 1:name:string
 2:current:autoscaling/v2.MetricValueStatus 3:container:string
autoscaling/v2.CrossVersionObjectReference 1:kind:string 2:name:string 3:apiVersion:string!
autoscaling/v2.ExternalMetricSource 1:metric:autoscaling/v2.MetricIdentifier
 2:target:autoscaling/v2.MetricTarget
autoscaling/v2.ExternalMetricStatus 1:metric:autoscaling/v2.MetricIdentifier
 2:current:autoscaling/v2.MetricValueStatus
autoscaling/v2.HPAScalingPolicy 1:type:string 2:value:int 3:periodSeconds:int
autoscaling/v2.HPAScalingRules 3:stabilizationWindowSeconds:int 1:selectPolicy:string
 2:policies:[autoscaling/v2.HPAScalingPolicy] 4:tolerance:Quantity
autoscaling/v2.HorizontalPodAutoscaler 1:metadata:meta.ObjectMeta!
 2:spec:autoscaling/v2.HorizontalPodAutoscalerSpec!
 3:status:autoscaling/v2.HorizontalPodAutoscalerStatus!
autoscaling/v2.HorizontalPodAutoscalerBehavior 1:scaleUp:autoscaling/v2.HPAScalingRules
 2:scaleDown:autoscaling/v2.HPAScalingRules
autoscaling/v2.HorizontalPodAutoscalerCondition 1:type:string 2:status:string
 3:lastTransitionTime:Time! 4:reason:string! 5:message:string!
autoscaling/v2.HorizontalPodAutoscalerSpec
 1:scaleTargetRef:autoscaling/v2.CrossVersionObjectReference 2:minReplicas:int 3:maxReplicas:int
 4:metrics:[autoscaling/v2.MetricSpec] 5:behavior:autoscaling/v2.HorizontalPodAutoscalerBehavior
autoscaling/v2.HorizontalPodAutoscalerStatus 1:observedGeneration:int 2:lastScaleTime:Time
 3:currentReplicas:int! 4:desiredReplicas:int 5:currentMetrics:[autoscaling/v2.MetricStatus]
 6:conditions:[autoscaling/v2.HorizontalPodAutoscalerCondition]
autoscaling/v2.MetricIdentifier 1:name:string 2:selector:meta.LabelSelector
autoscaling/v2.MetricSpec 1:type:string 2:object:autoscaling/v2.ObjectMetricSource
 3:pods:autoscaling/v2.PodsMetricSource 4:resource:autoscaling/v2.ResourceMetricSource
 7:containerResource:autoscaling/v2.ContainerResourceMetricSource
 5:external:autoscaling/v2.ExternalMetricSource
autoscaling/v2.MetricStatus 1:type:string 2:object:autoscaling/v2.ObjectMetricStatus
 3:pods:autoscaling/v2.PodsMetricStatus 4:resource:autoscaling/v2.ResourceMetricStatus
 7:containerResource:autoscaling/v2.ContainerResourceMetricStatus
 5:external:autoscaling/v2.ExternalMetricStatus
autoscaling/v2.MetricTarget 1:type:string 2:value:Quantity 3:averageValue:Quantity
 4:averageUtilization:int
autoscaling/v2.MetricValueStatus 1:value:Quantity 2:averageValue:Quantity 3:averageUtilization:int
autoscaling/v2.ObjectMetricSource 1:describedObject:autoscaling/v2.CrossVersionObjectReference
 2:target:autoscaling/v2.MetricTarget 3:metric:autoscaling/v2.MetricIdentifier
autoscaling/v2.ObjectMetricStatus 1:metric:autoscaling/v2.MetricIdentifier
 2:current:autoscaling/v2.MetricValueStatus
 3:describedObject:autoscaling/v2.CrossVersionObjectReference
autoscaling/v2.PodsMetricSource 1:metric:autoscaling/v2.MetricIdentifier
 2:target:autoscaling/v2.MetricTarget
autoscaling/v2.PodsMetricStatus 1:metric:autoscaling/v2.MetricIdentifier
 2:current:autoscaling/v2.MetricValueStatus
autoscaling/v2.ResourceMetricSource 1:name:string 2:target:autoscaling/v2.MetricTarget
autoscaling/v2.ResourceMetricStatus 1:name:string 2:current:autoscaling/v2.MetricValueStatus
batch/v1.CronJob 1:metadata:meta.ObjectMeta! 2:spec:batch/v1.CronJobSpec!
 3:status:batch/v1.CronJobStatus!
batch/v1.CronJobSpec 1:schedule:string 8:timeZone:string 2:startingDeadlineSeconds:int
 3:concurrencyPolicy:string! 4:suspend:bool 5:jobTemplate:batch/v1.JobTemplateSpec
 6:successfulJobsHistoryLimit:int 7:failedJobsHistoryLimit:int
batch/v1.CronJobStatus 1:active:[v1.ObjectReference] 4:lastScheduleTime:Time
 5:lastSuccessfulTime:Time
batch/v1.Job 1:metadata:meta.ObjectMeta! 2:spec:batch/v1.JobSpec! 3:status:batch/v1.JobStatus!
batch/v1.JobCondition 1:type:string 2:status:string 3:lastProbeTime:Time! 4:lastTransitionTime:Time!
 5:reason:string! 6:message:string!
batch/v1.JobSpec 1:parallelism:int 2:completions:int 3:activeDeadlineSeconds:int
 11:podFailurePolicy:batch/v1.PodFailurePolicy 16:successPolicy:batch/v1.SuccessPolicy
 7:backoffLimit:int 12:backoffLimitPerIndex:int 13:maxFailedIndexes:int
 4:selector:meta.LabelSelector 5:manualSelector:bool 6:template:v1.PodTemplateSpec
 8:ttlSecondsAfterFinished:int 9:completionMode:string 10:suspend:bool
 14:podReplacementPolicy:string 15:managedBy:string
batch/v1.JobStatus 1:conditions:[batch/v1.JobCondition] 2:startTime:Time 3:completionTime:Time
 4:active:int! 5:succeeded:int! 6:failed:int! 11:terminating:int 7:completedIndexes:string!
 10:failedIndexes:string 8:uncountedTerminatedPods:batch/v1.UncountedTerminatedPods 9:ready:int
batch/v1.JobTemplateSpec 1:metadata:meta.ObjectMeta! 2:spec:batch/v1.JobSpec!
batch/v1.PodFailurePolicy 1:rules:[batch/v1.PodFailurePolicyRule]
batch/v1.PodFailurePolicyOnExitCodesRequirement 1:containerName:string 2:operator:string
 3:values:[int]
batch/v1.PodFailurePolicyOnPodConditionsPattern 1:type:string 2:status:string
batch/v1.PodFailurePolicyRule 1:action:string
 2:onExitCodes:batch/v1.PodFailurePolicyOnExitCodesRequirement
 3:onPodConditions:[batch/v1.PodFailurePolicyOnPodConditionsPattern]
batch/v1.SuccessPolicy 1:rules:[batch/v1.SuccessPolicyRule]
batch/v1.SuccessPolicyRule 1:succeededIndexes:string 2:succeededCount:int
batch/v1.UncountedTerminatedPods 1:succeeded:[string] 2:failed:[string]
coordination.k8s.io/v1.Lease 1:metadata:meta.ObjectMeta! 2:spec:coordination.k8s.io/v1.LeaseSpec!
coordination.k8s.io/v1.LeaseSpec 1:holderIdentity:string 2:leaseDurationSeconds:int
 3:acquireTime:MicroTime 4:renewTime:MicroTime 5:leaseTransitions:int 6:strategy:string
 7:preferredHolder:string
discovery.k8s.io/v1.Endpoint 1:addresses:[string]
 2:conditions:discovery.k8s.io/v1.EndpointConditions! 3:hostname:string
 4:targetRef:v1.ObjectReference 5:deprecatedTopology:{string} 6:nodeName:string 7:zone:string
 8:hints:discovery.k8s.io/v1.EndpointHints
discovery.k8s.io/v1.EndpointConditions 1:ready:bool 2:serving:bool 3:terminating:bool
discovery.k8s.io/v1.EndpointHints 1:forZones:[discovery.k8s.io/v1.ForZone]
 2:forNodes:[discovery.k8s.io/v1.ForNode]
discovery.k8s.io/v1.EndpointPort 1:name:string 2:protocol:string 3:port:int 4:appProtocol:string
discovery.k8s.io/v1.EndpointSlice 1:metadata:meta.ObjectMeta! 4:addressType:string
 2:endpoints:[discovery.k8s.io/v1.Endpoint] 3:ports:[discovery.k8s.io/v1.EndpointPort]
discovery.k8s.io/v1.ForNode 1:name:string
discovery.k8s.io/v1.ForZone 1:name:string
events.k8s.io/v1.Event 1:metadata:meta.ObjectMeta 2:eventTime:MicroTime
 3:series:events.k8s.io/v1.EventSeries 4:reportingController:string! 5:reportingInstance:string!
 6:action:string! 7:reason:string! 8:regarding:v1.ObjectReference! 9:related:v1.ObjectReference
 10:note:string! 11:type:string! 12:deprecatedSource:v1.EventSource!
 13:deprecatedFirstTimestamp:Time! 14:deprecatedLastTimestamp:Time! 15:deprecatedCount:int!
events.k8s.io/v1.EventSeries 1:count:int 2:lastObservedTime:MicroTime
meta.Condition 1:type:string 2:status:string 3:observedGeneration:int! 4:lastTransitionTime:Time
 5:reason:string 6:message:string
meta.DeleteOptions 1:gracePeriodSeconds:int 2:preconditions:meta.Preconditions
 3:orphanDependents:bool 4:propagationPolicy:string 5:dryRun:[string]
 6:ignoreStoreReadErrorWithClusterBreakingPotential:bool
meta.FieldSelectorRequirement 1:key:string 2:operator:string 3:values:[string]
meta.LabelSelector 1:matchLabels:{string} 2:matchExpressions:[meta.LabelSelectorRequirement]
meta.LabelSelectorRequirement 1:key:string 2:operator:string 3:values:[string]
meta.ManagedFieldsEntry 1:manager:string! 2:operation:string! 3:apiVersion:string! 4:time:Time
 6:fieldsType:string! 7:fieldsV1:FieldsV1 8:subresource:string!
meta.ObjectMeta 1:name:string! 2:generateName:string! 3:namespace:string! 4:selfLink:string!
 5:uid:string! 6:resourceVersion:string! 7:generation:int! 8:creationTimestamp:Time!
 9:deletionTimestamp:Time 10:deletionGracePeriodSeconds:int 11:labels:{string}
 12:annotations:{string} 13:ownerReferences:[meta.OwnerReference] 14:finalizers:[string]
 17:managedFields:[meta.ManagedFieldsEntry]
meta.OwnerReference 5:apiVersion:string 1:kind:string 3:name:string 4:uid:string 6:controller:bool
 7:blockOwnerDeletion:bool
meta.Preconditions 1:uid:string 2:resourceVersion:string
networking.k8s.io/v1.HTTPIngressPath 1:path:string! 3:pathType:string
 2:backend:networking.k8s.io/v1.IngressBackend
networking.k8s.io/v1.HTTPIngressRuleValue 1:paths:[networking.k8s.io/v1.HTTPIngressPath]
networking.k8s.io/v1.IPBlock 1:cidr:string 2:except:[string]
networking.k8s.io/v1.Ingress 1:metadata:meta.ObjectMeta! 2:spec:networking.k8s.io/v1.IngressSpec!
 3:status:networking.k8s.io/v1.IngressStatus!
networking.k8s.io/v1.IngressBackend 4:service:networking.k8s.io/v1.IngressServiceBackend
 3:resource:v1.TypedLocalObjectReference
networking.k8s.io/v1.IngressClass 1:metadata:meta.ObjectMeta!
 2:spec:networking.k8s.io/v1.IngressClassSpec!
networking.k8s.io/v1.IngressClassParametersReference 1:apiGroup:string 2:kind:string 3:name:string
 4:scope:string 5:namespace:string
networking.k8s.io/v1.IngressClassSpec 1:controller:string!
 2:parameters:networking.k8s.io/v1.IngressClassParametersReference
networking.k8s.io/v1.IngressLoadBalancerIngress 1:ip:string! 2:hostname:string!
 4:ports:[networking.k8s.io/v1.IngressPortStatus]
networking.k8s.io/v1.IngressLoadBalancerStatus
 1:ingress:[networking.k8s.io/v1.IngressLoadBalancerIngress]
networking.k8s.io/v1.IngressPortStatus 1:port:int 2:protocol:string 3:error:string
networking.k8s.io/v1.IngressRule 1:host:string! 2::networking.k8s.io/v1.IngressRuleValue
networking.k8s.io/v1.IngressRuleValue 1:http:networking.k8s.io/v1.HTTPIngressRuleValue
networking.k8s.io/v1.IngressServiceBackend 1:name:string
 2:port:networking.k8s.io/v1.ServiceBackendPort!
networking.k8s.io/v1.IngressSpec 4:ingressClassName:string
 1:defaultBackend:networking.k8s.io/v1.IngressBackend 2:tls:[networking.k8s.io/v1.IngressTLS]
 3:rules:[networking.k8s.io/v1.IngressRule]
networking.k8s.io/v1.IngressStatus 1:loadBalancer:networking.k8s.io/v1.IngressLoadBalancerStatus!
networking.k8s.io/v1.IngressTLS 1:hosts:[string] 2:secretName:string!
networking.k8s.io/v1.NetworkPolicy 1:metadata:meta.ObjectMeta!
 2:spec:networking.k8s.io/v1.NetworkPolicySpec!
networking.k8s.io/v1.NetworkPolicyEgressRule 1:ports:[networking.k8s.io/v1.NetworkPolicyPort]
 2:to:[networking.k8s.io/v1.NetworkPolicyPeer]
networking.k8s.io/v1.NetworkPolicyIngressRule 1:ports:[networking.k8s.io/v1.NetworkPolicyPort]
 2:from:[networking.k8s.io/v1.NetworkPolicyPeer]
networking.k8s.io/v1.NetworkPolicyPeer 1:podSelector:meta.LabelSelector
 2:namespaceSelector:meta.LabelSelector 3:ipBlock:networking.k8s.io/v1.IPBlock
networking.k8s.io/v1.NetworkPolicyPort 1:protocol:string 2:port:IntOrString 3:endPort:int
networking.k8s.io/v1.NetworkPolicySpec 1:podSelector:meta.LabelSelector
 2:ingress:[networking.k8s.io/v1.NetworkPolicyIngressRule]
 3:egress:[networking.k8s.io/v1.NetworkPolicyEgressRule] 4:policyTypes:[string]
networking.k8s.io/v1.ServiceBackendPort 1:name:string! 2:number:int!
policy/v1.Eviction 1:metadata:meta.ObjectMeta! 2:deleteOptions:meta.DeleteOptions
policy/v1.PodDisruptionBudget 1:metadata:meta.ObjectMeta! 2:spec:policy/v1.PodDisruptionBudgetSpec!
 3:status:policy/v1.PodDisruptionBudgetStatus!
policy/v1.PodDisruptionBudgetSpec 1:minAvailable:IntOrString 2:selector:meta.LabelSelector
 3:maxUnavailable:IntOrString 4:unhealthyPodEvictionPolicy:string
policy/v1.PodDisruptionBudgetStatus 1:observedGeneration:int! 2:disruptedPods:{Time}
 3:disruptionsAllowed:int 4:currentHealthy:int 5:desiredHealthy:int 6:expectedPods:int
 7:conditions:[meta.Condition]
rbac.authorization.k8s.io/v1.AggregationRule 1:clusterRoleSelectors:[meta.LabelSelector]
rbac.authorization.k8s.io/v1.ClusterRole 1:metadata:meta.ObjectMeta!
 2:rules:[rbac.authorization.k8s.io/v1.PolicyRule]
 3:aggregationRule:rbac.authorization.k8s.io/v1.AggregationRule
rbac.authorization.k8s.io/v1.ClusterRoleBinding 1:metadata:meta.ObjectMeta!
 2:subjects:[rbac.authorization.k8s.io/v1.Subject] 3:roleRef:rbac.authorization.k8s.io/v1.RoleRef
rbac.authorization.k8s.io/v1.PolicyRule 1:verbs:[string] 2:apiGroups:[string] 3:resources:[string]
 4:resourceNames:[string] 5:nonResourceURLs:[string]
rbac.authorization.k8s.io/v1.Role 1:metadata:meta.ObjectMeta!
 2:rules:[rbac.authorization.k8s.io/v1.PolicyRule]
rbac.authorization.k8s.io/v1.RoleBinding 1:metadata:meta.ObjectMeta!
 2:subjects:[rbac.authorization.k8s.io/v1.Subject] 3:roleRef:rbac.authorization.k8s.io/v1.RoleRef
rbac.authorization.k8s.io/v1.RoleRef 1:apiGroup:string 2:kind:string 3:name:string
rbac.authorization.k8s.io/v1.Subject 1:kind:string 2:apiGroup:string! 3:name:string
 4:namespace:string!
scheduling.k8s.io/v1.PriorityClass 1:metadata:meta.ObjectMeta! 2:value:int 3:globalDefault:bool!
 4:description:string! 5:preemptionPolicy:string
storage.k8s.io/v1.StorageClass 1:metadata:meta.ObjectMeta! 2:provisioner:string
 3:parameters:{string} 4:reclaimPolicy:string 5:mountOptions:[string] 6:allowVolumeExpansion:bool
 7:volumeBindingMode:string 8:allowedTopologies:[v1.TopologySelectorTerm]
`;
