// SPDX-License-Identifier: Apache-2.0
// Field table of apps, batch, autoscaling and policy, as data; read by parse-types.ts. Made by tools/type-table.mjs
// from the Kubernetes v1.36 OpenAPI description (The Kubernetes Authors, Apache-2.0).

export const workloadsTypes: string = `
ContainerResourceMetricSource container!:string name!:string target!:MetricTarget
ContainerResourceMetricStatus container!:string current!:MetricValueStatus name!:string
ControllerRevision data:any kind:string metadata:ObjectMeta revision!:int64
CronJob kind:string metadata:ObjectMeta spec!:CronJobSpec status:CronJobStatus
CronJobSpec concurrencyPolicy:string failedJobsHistoryLimit:int32 jobTemplate!:JobTemplateSpec
  schedule!:string startingDeadlineSeconds:int64 successfulJobsHistoryLimit:int32 suspend:bool
  timeZone:string
CronJobStatus active:[ObjectReference] lastScheduleTime:time lastSuccessfulTime:time
CrossVersionObjectReference apiVersion:string kind!:string name!:string
DaemonSet kind:string metadata:ObjectMeta spec:DaemonSetSpec status:DaemonSetStatus
DaemonSetCondition lastTransitionTime:time message:string reason:string status!:string type!:string
DaemonSetSpec minReadySeconds:int32 revisionHistoryLimit:int32 selector!:LabelSelector
  template!:PodTemplateSpec updateStrategy:DaemonSetUpdateStrategy
DaemonSetStatus collisionCount:int32 conditions:[DaemonSetCondition]=type~type
  currentNumberScheduled!:int32 desiredNumberScheduled!:int32 numberAvailable:int32
  numberMisscheduled!:int32 numberReady!:int32 numberUnavailable:int32 observedGeneration:int64
  updatedNumberScheduled:int32
DaemonSetUpdateStrategy rollingUpdate:RollingUpdateDaemonSet type:string
Deployment kind:string metadata:ObjectMeta spec:DeploymentSpec status:DeploymentStatus
DeploymentCondition lastTransitionTime:time lastUpdateTime:time message:string reason:string
  status!:string type!:string
DeploymentSpec minReadySeconds:int32 paused:bool progressDeadlineSeconds:int32 replicas:int32
  revisionHistoryLimit:int32 selector!:LabelSelector strategy:DeploymentStrategy%
  template!:PodTemplateSpec
DeploymentStatus availableReplicas:int32 collisionCount:int32
  conditions:[DeploymentCondition]=type~type observedGeneration:int64 readyReplicas:int32
  replicas:int32 terminatingReplicas:int32 unavailableReplicas:int32 updatedReplicas:int32
DeploymentStrategy rollingUpdate:RollingUpdateDeployment type:string
Eviction deleteOptions:DeleteOptions kind:string metadata:ObjectMeta
ExternalMetricSource metric!:MetricIdentifier target!:MetricTarget
ExternalMetricStatus current!:MetricValueStatus metric!:MetricIdentifier
HPAScalingPolicy periodSeconds!:int32 type!:string value!:int32
HPAScalingRules policies:[HPAScalingPolicy] selectPolicy:string stabilizationWindowSeconds:int32
  tolerance:quantity
HorizontalPodAutoscaler kind:string metadata:ObjectMeta spec!:HorizontalPodAutoscalerSpec
  status:HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerBehavior scaleDown:HPAScalingRules scaleUp:HPAScalingRules
HorizontalPodAutoscalerCondition lastTransitionTime:time message:string reason:string
  status!:string type!:string
HorizontalPodAutoscalerSpec behavior:HorizontalPodAutoscalerBehavior maxReplicas!:int32
  metrics:[MetricSpec] minReplicas:int32 scaleTargetRef!:CrossVersionObjectReference
HorizontalPodAutoscalerStatus conditions:[HorizontalPodAutoscalerCondition]=type~type
  currentMetrics:[MetricStatus] currentReplicas:int32 desiredReplicas!:int32 lastScaleTime:time
  observedGeneration:int64
Job kind:string metadata:ObjectMeta spec:JobSpec status:JobStatus
JobCondition lastProbeTime:time lastTransitionTime:time message:string reason:string status!:string
  type!:string
JobSpec activeDeadlineSeconds:int64 backoffLimit:int32 backoffLimitPerIndex:int32
  completionMode:string completions:int32 managedBy:string manualSelector:bool
  maxFailedIndexes:int32 parallelism:int32 podFailurePolicy:PodFailurePolicy
  podReplacementPolicy:string selector:LabelSelector successPolicy:SuccessPolicy suspend:bool
  template!:PodTemplateSpec ttlSecondsAfterFinished:int32
JobStatus active:int32 completedIndexes:string completionTime:time conditions:[JobCondition]~type
  failed:int32 failedIndexes:string ready:int32 startTime:time succeeded:int32 terminating:int32
  uncountedTerminatedPods:UncountedTerminatedPods
JobTemplateSpec metadata:ObjectMeta spec:JobSpec
MetricIdentifier name!:string selector:LabelSelector
MetricSpec containerResource:ContainerResourceMetricSource external:ExternalMetricSource
  object:ObjectMetricSource pods:PodsMetricSource resource:ResourceMetricSource type!:string
MetricStatus containerResource:ContainerResourceMetricStatus external:ExternalMetricStatus
  object:ObjectMetricStatus pods:PodsMetricStatus resource:ResourceMetricStatus type!:string
MetricTarget averageUtilization:int32 averageValue:quantity type!:string value:quantity
MetricValueStatus averageUtilization:int32 averageValue:quantity value:quantity
ObjectMetricSource describedObject!:CrossVersionObjectReference metric!:MetricIdentifier
  target!:MetricTarget
ObjectMetricStatus current!:MetricValueStatus describedObject!:CrossVersionObjectReference
  metric!:MetricIdentifier
PodDisruptionBudget kind:string metadata:ObjectMeta spec:PodDisruptionBudgetSpec
  status:PodDisruptionBudgetStatus
PodDisruptionBudgetSpec maxUnavailable:intstr minAvailable:intstr selector:LabelSelector
  unhealthyPodEvictionPolicy:string
PodDisruptionBudgetStatus conditions:[Condition]=type~type currentHealthy:int32
  desiredHealthy:int32 disruptedPods:{time} disruptionsAllowed:int32 expectedPods:int32
  observedGeneration:int64
PodFailurePolicy rules!:[PodFailurePolicyRule]
PodFailurePolicyOnExitCodesRequirement containerName:string operator!:string values!:[int32]=set
PodFailurePolicyOnPodConditionsPattern status:string type!:string
PodFailurePolicyRule action!:string onExitCodes:PodFailurePolicyOnExitCodesRequirement
  onPodConditions:[PodFailurePolicyOnPodConditionsPattern]
PodsMetricSource metric!:MetricIdentifier target!:MetricTarget
PodsMetricStatus current!:MetricValueStatus metric!:MetricIdentifier
ReplicaSet kind:string metadata:ObjectMeta spec:ReplicaSetSpec status:ReplicaSetStatus
ReplicaSetCondition lastTransitionTime:time message:string reason:string status!:string
  type!:string
ReplicaSetSpec minReadySeconds:int32 replicas:int32 selector!:LabelSelector
  template:PodTemplateSpec
ReplicaSetStatus availableReplicas:int32 conditions:[ReplicaSetCondition]=type~type
  fullyLabeledReplicas:int32 observedGeneration:int64 readyReplicas:int32 replicas!:int32
  terminatingReplicas:int32
ResourceMetricSource name!:string target!:MetricTarget
ResourceMetricStatus current!:MetricValueStatus name!:string
RollingUpdateDaemonSet maxSurge:intstr maxUnavailable:intstr
RollingUpdateDeployment maxSurge:intstr maxUnavailable:intstr
RollingUpdateStatefulSetStrategy maxUnavailable:intstr partition:int32
Scale kind:string metadata:ObjectMeta spec:ScaleSpec status:ScaleStatus
ScaleSpec replicas:int32
ScaleStatus replicas!:int32 selector:string
StatefulSet kind:string metadata:ObjectMeta spec:StatefulSetSpec status:StatefulSetStatus
StatefulSetCondition lastTransitionTime:time message:string reason:string status!:string
  type!:string
StatefulSetOrdinals start:int32
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:string whenScaled:string
StatefulSetSpec minReadySeconds:int32 ordinals:StatefulSetOrdinals
  persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy
  podManagementPolicy:string replicas:int32 revisionHistoryLimit:int32 selector!:LabelSelector
  serviceName:string template!:PodTemplateSpec updateStrategy:StatefulSetUpdateStrategy
  volumeClaimTemplates:[PersistentVolumeClaim]
StatefulSetStatus availableReplicas:int32 collisionCount:int32
  conditions:[StatefulSetCondition]=type~type currentReplicas:int32 currentRevision:string
  observedGeneration:int64 readyReplicas:int32 replicas!:int32 updateRevision:string
  updatedReplicas:int32
StatefulSetUpdateStrategy rollingUpdate:RollingUpdateStatefulSetStrategy type:string
SuccessPolicy rules!:[SuccessPolicyRule]
SuccessPolicyRule succeededCount:int32 succeededIndexes:string
UncountedTerminatedPods failed:[string]=set succeeded:[string]=set
`;
