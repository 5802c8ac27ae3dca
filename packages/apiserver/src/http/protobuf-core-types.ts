// SPDX-License-Identifier: Apache-2.0
// Field numbers of the core group in protobuf, as data; read by protobuf-table.ts. Made by
// tools/protobuf-table.mjs from the Go types of Kubernetes v1.36 (The Kubernetes Authors, Apache-2.0).

export const coreTypes: string = `
v1.AWSElasticBlockStoreVolumeSource 1:volumeID:string 2:fsType:string! 3:partition:int!
 4:readOnly:bool!
v1.Affinity 1:nodeAffinity:v1.NodeAffinity 2:podAffinity:v1.PodAffinity
 3:podAntiAffinity:v1.PodAntiAffinity
v1.AppArmorProfile 1:type:string 2:localhostProfile:string
v1.AttachedVolume 1:name:string 2:devicePath:string
v1.AzureDiskVolumeSource 1:diskName:string 2:diskURI:string 3:cachingMode:string 4:fsType:string
 5:readOnly:bool 6:kind:string
v1.AzureFilePersistentVolumeSource 1:secretName:string 2:shareName:string 3:readOnly:bool!
 4:secretNamespace:string
v1.AzureFileVolumeSource 1:secretName:string 2:shareName:string 3:readOnly:bool!
v1.Binding 1:metadata:meta.ObjectMeta! 2:target:v1.ObjectReference
v1.CSIPersistentVolumeSource 1:driver:string 2:volumeHandle:string 3:readOnly:bool! 4:fsType:string!
 5:volumeAttributes:{string} 6:controllerPublishSecretRef:v1.SecretReference
 7:nodeStageSecretRef:v1.SecretReference 8:nodePublishSecretRef:v1.SecretReference
 9:controllerExpandSecretRef:v1.SecretReference 10:nodeExpandSecretRef:v1.SecretReference
v1.CSIVolumeSource 1:driver:string 2:readOnly:bool 3:fsType:string 4:volumeAttributes:{string}
 5:nodePublishSecretRef:v1.LocalObjectReference
v1.Capabilities 1:add:[string] 2:drop:[string]
v1.CephFSPersistentVolumeSource 1:monitors:[string] 2:path:string! 3:user:string!
 4:secretFile:string! 5:secretRef:v1.SecretReference 6:readOnly:bool!
v1.CephFSVolumeSource 1:monitors:[string] 2:path:string! 3:user:string! 4:secretFile:string!
 5:secretRef:v1.LocalObjectReference 6:readOnly:bool!
v1.CinderPersistentVolumeSource 1:volumeID:string 2:fsType:string! 3:readOnly:bool!
 4:secretRef:v1.SecretReference
v1.CinderVolumeSource 1:volumeID:string 2:fsType:string! 3:readOnly:bool!
 4:secretRef:v1.LocalObjectReference
v1.ClientIPConfig 1:timeoutSeconds:int
v1.ClusterTrustBundleProjection 1:name:string 2:signerName:string 3:labelSelector:meta.LabelSelector
 5:optional:bool 4:path:string
v1.ConfigMap 1:metadata:meta.ObjectMeta! 4:immutable:bool 2:data:{string} 3:binaryData:{bytes}
v1.ConfigMapEnvSource 1::v1.LocalObjectReference 2:optional:bool
v1.ConfigMapKeySelector 1::v1.LocalObjectReference 2:key:string 3:optional:bool
v1.ConfigMapNodeConfigSource 1:namespace:string 2:name:string 3:uid:string!
 4:resourceVersion:string! 5:kubeletConfigKey:string
v1.ConfigMapProjection 1::v1.LocalObjectReference 2:items:[v1.KeyToPath] 4:optional:bool
v1.ConfigMapVolumeSource 1::v1.LocalObjectReference 2:items:[v1.KeyToPath] 3:defaultMode:int
 4:optional:bool
v1.Container 1:name:string 2:image:string! 3:command:[string] 4:args:[string] 5:workingDir:string!
 6:ports:[v1.ContainerPort] 19:envFrom:[v1.EnvFromSource] 7:env:[v1.EnvVar]
 8:resources:v1.ResourceRequirements! 23:resizePolicy:[v1.ContainerResizePolicy]
 24:restartPolicy:string 25:restartPolicyRules:[v1.ContainerRestartRule]
 9:volumeMounts:[v1.VolumeMount] 21:volumeDevices:[v1.VolumeDevice] 10:livenessProbe:v1.Probe
 11:readinessProbe:v1.Probe 22:startupProbe:v1.Probe 12:lifecycle:v1.Lifecycle
 13:terminationMessagePath:string! 20:terminationMessagePolicy:string! 14:imagePullPolicy:string!
 15:securityContext:v1.SecurityContext 16:stdin:bool! 17:stdinOnce:bool! 18:tty:bool!
v1.ContainerExtendedResourceRequest 1:containerName:string 2:resourceName:string
 3:requestName:string
v1.ContainerImage 1:names:[string] 2:sizeBytes:int!
v1.ContainerPort 1:name:string! 2:hostPort:int! 3:containerPort:int 4:protocol:string!
 5:hostIP:string!
v1.ContainerResizePolicy 1:resourceName:string 2:restartPolicy:string
v1.ContainerRestartRule 1:action:string! 2:exitCodes:v1.ContainerRestartRuleOnExitCodes
v1.ContainerRestartRuleOnExitCodes 1:operator:string! 2:values:[int]
v1.ContainerState 1:waiting:v1.ContainerStateWaiting 2:running:v1.ContainerStateRunning
 3:terminated:v1.ContainerStateTerminated
v1.ContainerStateRunning 1:startedAt:Time!
v1.ContainerStateTerminated 1:exitCode:int 2:signal:int! 3:reason:string! 4:message:string!
 5:startedAt:Time! 6:finishedAt:Time! 7:containerID:string!
v1.ContainerStateWaiting 1:reason:string! 2:message:string!
v1.ContainerStatus 1:name:string 2:state:v1.ContainerState! 3:lastState:v1.ContainerState!
 4:ready:bool 5:restartCount:int 6:image:string 7:imageID:string 8:containerID:string!
 9:started:bool 10:allocatedResources:{Quantity}! 11:resources:v1.ResourceRequirements
 12:volumeMounts:[v1.VolumeMountStatus] 13:user:v1.ContainerUser
 14:allocatedResourcesStatus:[v1.ResourceStatus] 15:stopSignal:string
v1.ContainerUser 1:linux:v1.LinuxContainerUser
v1.DaemonEndpoint 1:Port:int
v1.DownwardAPIProjection 1:items:[v1.DownwardAPIVolumeFile]
v1.DownwardAPIVolumeFile 1:path:string 2:fieldRef:v1.ObjectFieldSelector
 3:resourceFieldRef:v1.ResourceFieldSelector 4:mode:int
v1.DownwardAPIVolumeSource 1:items:[v1.DownwardAPIVolumeFile] 2:defaultMode:int
v1.EmptyDirVolumeSource 1:medium:string! 2:sizeLimit:Quantity
v1.EndpointAddress 1:ip:string 3:hostname:string! 4:nodeName:string 2:targetRef:v1.ObjectReference
v1.EndpointPort 1:name:string! 2:port:int 3:protocol:string! 4:appProtocol:string
v1.EndpointSubset 1:addresses:[v1.EndpointAddress] 2:notReadyAddresses:[v1.EndpointAddress]
 3:ports:[v1.EndpointPort]
v1.Endpoints 1:metadata:meta.ObjectMeta! 2:subsets:[v1.EndpointSubset]
v1.EnvFromSource 1:prefix:string! 2:configMapRef:v1.ConfigMapEnvSource
 3:secretRef:v1.SecretEnvSource
v1.EnvVar 1:name:string 2:value:string! 3:valueFrom:v1.EnvVarSource
v1.EnvVarSource 1:fieldRef:v1.ObjectFieldSelector 2:resourceFieldRef:v1.ResourceFieldSelector
 3:configMapKeyRef:v1.ConfigMapKeySelector 4:secretKeyRef:v1.SecretKeySelector
 5:fileKeyRef:v1.FileKeySelector
v1.EphemeralContainer 1::v1.EphemeralContainerCommon 2:targetContainerName:string!
v1.EphemeralContainerCommon 1:name:string 2:image:string! 3:command:[string] 4:args:[string]
 5:workingDir:string! 6:ports:[v1.ContainerPort] 19:envFrom:[v1.EnvFromSource] 7:env:[v1.EnvVar]
 8:resources:v1.ResourceRequirements! 23:resizePolicy:[v1.ContainerResizePolicy]
 24:restartPolicy:string 25:restartPolicyRules:[v1.ContainerRestartRule]
 9:volumeMounts:[v1.VolumeMount] 21:volumeDevices:[v1.VolumeDevice] 10:livenessProbe:v1.Probe
 11:readinessProbe:v1.Probe 22:startupProbe:v1.Probe 12:lifecycle:v1.Lifecycle
 13:terminationMessagePath:string! 20:terminationMessagePolicy:string! 14:imagePullPolicy:string!
 15:securityContext:v1.SecurityContext 16:stdin:bool! 17:stdinOnce:bool! 18:tty:bool!
v1.EphemeralVolumeSource 1:volumeClaimTemplate:v1.PersistentVolumeClaimTemplate
v1.Event 1:metadata:meta.ObjectMeta 2:involvedObject:v1.ObjectReference 3:reason:string!
 4:message:string! 5:source:v1.EventSource! 6:firstTimestamp:Time! 7:lastTimestamp:Time!
 8:count:int! 9:type:string! 10:eventTime:MicroTime! 11:series:v1.EventSeries 12:action:string!
 13:related:v1.ObjectReference 14:reportingComponent:string 15:reportingInstance:string
v1.EventSeries 1:count:int! 2:lastObservedTime:MicroTime!
v1.EventSource 1:component:string! 2:host:string!
v1.ExecAction 1:command:[string]
v1.FCVolumeSource 1:targetWWNs:[string] 2:lun:int 3:fsType:string! 4:readOnly:bool! 5:wwids:[string]
v1.FileKeySelector 1:volumeName:string 2:path:string 3:key:string 4:optional:bool
v1.FlexPersistentVolumeSource 1:driver:string 2:fsType:string! 3:secretRef:v1.SecretReference
 4:readOnly:bool! 5:options:{string}
v1.FlexVolumeSource 1:driver:string 2:fsType:string! 3:secretRef:v1.LocalObjectReference
 4:readOnly:bool! 5:options:{string}
v1.FlockerVolumeSource 1:datasetName:string! 2:datasetUUID:string!
v1.GCEPersistentDiskVolumeSource 1:pdName:string 2:fsType:string! 3:partition:int! 4:readOnly:bool!
v1.GRPCAction 1:port:int 2:service:string
v1.GitRepoVolumeSource 1:repository:string 2:revision:string! 3:directory:string!
v1.GlusterfsPersistentVolumeSource 1:endpoints:string 2:path:string 3:readOnly:bool!
 4:endpointsNamespace:string
v1.GlusterfsVolumeSource 1:endpoints:string 2:path:string 3:readOnly:bool!
v1.HTTPGetAction 1:path:string! 2:port:IntOrString 3:host:string! 4:scheme:string!
 5:httpHeaders:[v1.HTTPHeader]
v1.HTTPHeader 1:name:string 2:value:string
v1.HostAlias 1:ip:string 2:hostnames:[string]
v1.HostIP 1:ip:string
v1.HostPathVolumeSource 1:path:string 2:type:string
v1.ISCSIPersistentVolumeSource 1:targetPortal:string 2:iqn:string 3:lun:int 4:iscsiInterface:string!
 5:fsType:string! 6:readOnly:bool! 7:portals:[string] 8:chapAuthDiscovery:bool!
 11:chapAuthSession:bool! 10:secretRef:v1.SecretReference 12:initiatorName:string
v1.ISCSIVolumeSource 1:targetPortal:string 2:iqn:string 3:lun:int 4:iscsiInterface:string!
 5:fsType:string! 6:readOnly:bool! 7:portals:[string] 8:chapAuthDiscovery:bool!
 11:chapAuthSession:bool! 10:secretRef:v1.LocalObjectReference 12:initiatorName:string
v1.ImageVolumeSource 1:reference:string! 2:pullPolicy:string!
v1.ImageVolumeStatus 1:imageRef:string!
v1.KeyToPath 1:key:string 2:path:string 3:mode:int
v1.Lifecycle 1:postStart:v1.LifecycleHandler 2:preStop:v1.LifecycleHandler 3:stopSignal:string
v1.LifecycleHandler 1:exec:v1.ExecAction 2:httpGet:v1.HTTPGetAction 3:tcpSocket:v1.TCPSocketAction
 4:sleep:v1.SleepAction
v1.LimitRange 1:metadata:meta.ObjectMeta! 2:spec:v1.LimitRangeSpec!
v1.LimitRangeItem 1:type:string 2:max:{Quantity}! 3:min:{Quantity}! 4:default:{Quantity}!
 5:defaultRequest:{Quantity}! 6:maxLimitRequestRatio:{Quantity}!
v1.LimitRangeSpec 1:limits:[v1.LimitRangeItem]
v1.LinuxContainerUser 1:uid:int 2:gid:int 3:supplementalGroups:[int]
v1.LoadBalancerIngress 1:ip:string! 2:hostname:string! 3:ipMode:string 4:ports:[v1.PortStatus]
v1.LoadBalancerStatus 1:ingress:[v1.LoadBalancerIngress]
v1.LocalObjectReference 1:name:string!
v1.LocalVolumeSource 1:path:string 2:fsType:string
v1.ModifyVolumeStatus 1:targetVolumeAttributesClassName:string! 2:status:string
v1.NFSVolumeSource 1:server:string 2:path:string 3:readOnly:bool!
v1.Namespace 1:metadata:meta.ObjectMeta! 2:spec:v1.NamespaceSpec! 3:status:v1.NamespaceStatus!
v1.NamespaceCondition 1:type:string 2:status:string 4:lastTransitionTime:Time! 5:reason:string!
 6:message:string!
v1.NamespaceSpec 1:finalizers:[string]
v1.NamespaceStatus 1:phase:string! 2:conditions:[v1.NamespaceCondition]
v1.Node 1:metadata:meta.ObjectMeta! 2:spec:v1.NodeSpec! 3:status:v1.NodeStatus!
v1.NodeAddress 1:type:string 2:address:string
v1.NodeAffinity 1:requiredDuringSchedulingIgnoredDuringExecution:v1.NodeSelector
 2:preferredDuringSchedulingIgnoredDuringExecution:[v1.PreferredSchedulingTerm]
v1.NodeAllocatableResourceClaimStatus 1:resourceClaimName:string 2:containers:[string]
 3:resources:{Quantity}
v1.NodeCondition 1:type:string 2:status:string 3:lastHeartbeatTime:Time! 4:lastTransitionTime:Time!
 5:reason:string! 6:message:string!
v1.NodeConfigSource 2:configMap:v1.ConfigMapNodeConfigSource
v1.NodeConfigStatus 1:assigned:v1.NodeConfigSource 2:active:v1.NodeConfigSource
 3:lastKnownGood:v1.NodeConfigSource 4:error:string!
v1.NodeDaemonEndpoints 1:kubeletEndpoint:v1.DaemonEndpoint!
v1.NodeFeatures 1:supplementalGroupsPolicy:bool
v1.NodeRuntimeHandler 1:name:string 2:features:v1.NodeRuntimeHandlerFeatures
v1.NodeRuntimeHandlerFeatures 1:recursiveReadOnlyMounts:bool 2:userNamespaces:bool
v1.NodeSelector 1:nodeSelectorTerms:[v1.NodeSelectorTerm]
v1.NodeSelectorRequirement 1:key:string 2:operator:string 3:values:[string]
v1.NodeSelectorTerm 1:matchExpressions:[v1.NodeSelectorRequirement]
 2:matchFields:[v1.NodeSelectorRequirement]
v1.NodeSpec 1:podCIDR:string! 7:podCIDRs:[string] 3:providerID:string! 4:unschedulable:bool!
 5:taints:[v1.Taint] 6:configSource:v1.NodeConfigSource 2:externalID:string!
v1.NodeStatus 1:capacity:{Quantity}! 2:allocatable:{Quantity}! 3:phase:string!
 4:conditions:[v1.NodeCondition] 5:addresses:[v1.NodeAddress]
 6:daemonEndpoints:v1.NodeDaemonEndpoints! 7:nodeInfo:v1.NodeSystemInfo!
 8:images:[v1.ContainerImage] 9:volumesInUse:[string] 10:volumesAttached:[v1.AttachedVolume]
 11:config:v1.NodeConfigStatus 12:runtimeHandlers:[v1.NodeRuntimeHandler]
 13:features:v1.NodeFeatures 14:declaredFeatures:[string]
v1.NodeSwapStatus 1:capacity:int
v1.NodeSystemInfo 1:machineID:string 2:systemUUID:string 3:bootID:string 4:kernelVersion:string
 5:osImage:string 6:containerRuntimeVersion:string 7:kubeletVersion:string 8:kubeProxyVersion:string
 9:operatingSystem:string 10:architecture:string 11:swap:v1.NodeSwapStatus
v1.ObjectFieldSelector 1:apiVersion:string! 2:fieldPath:string
v1.ObjectReference 1:kind:string! 2:namespace:string! 3:name:string! 4:uid:string!
 5:apiVersion:string! 6:resourceVersion:string! 7:fieldPath:string!
v1.PersistentVolume 1:metadata:meta.ObjectMeta! 2:spec:v1.PersistentVolumeSpec!
 3:status:v1.PersistentVolumeStatus!
v1.PersistentVolumeClaim 1:metadata:meta.ObjectMeta! 2:spec:v1.PersistentVolumeClaimSpec!
 3:status:v1.PersistentVolumeClaimStatus!
v1.PersistentVolumeClaimCondition 1:type:string 2:status:string 3:lastProbeTime:Time!
 4:lastTransitionTime:Time! 5:reason:string! 6:message:string!
v1.PersistentVolumeClaimSpec 1:accessModes:[string] 4:selector:meta.LabelSelector
 2:resources:v1.VolumeResourceRequirements! 3:volumeName:string! 5:storageClassName:string
 6:volumeMode:string 7:dataSource:v1.TypedLocalObjectReference
 8:dataSourceRef:v1.TypedObjectReference 9:volumeAttributesClassName:string
v1.PersistentVolumeClaimStatus 1:phase:string! 2:accessModes:[string] 3:capacity:{Quantity}!
 4:conditions:[v1.PersistentVolumeClaimCondition] 5:allocatedResources:{Quantity}!
 7:allocatedResourceStatuses:{string} 8:currentVolumeAttributesClassName:string
 9:modifyVolumeStatus:v1.ModifyVolumeStatus
v1.PersistentVolumeClaimTemplate 1:metadata:meta.ObjectMeta! 2:spec:v1.PersistentVolumeClaimSpec
v1.PersistentVolumeClaimVolumeSource 1:claimName:string 2:readOnly:bool!
v1.PersistentVolumeSource 1:gcePersistentDisk:v1.GCEPersistentDiskVolumeSource
 2:awsElasticBlockStore:v1.AWSElasticBlockStoreVolumeSource 3:hostPath:v1.HostPathVolumeSource
 4:glusterfs:v1.GlusterfsPersistentVolumeSource 5:nfs:v1.NFSVolumeSource
 6:rbd:v1.RBDPersistentVolumeSource 7:iscsi:v1.ISCSIPersistentVolumeSource
 8:cinder:v1.CinderPersistentVolumeSource 9:cephfs:v1.CephFSPersistentVolumeSource
 10:fc:v1.FCVolumeSource 11:flocker:v1.FlockerVolumeSource
 12:flexVolume:v1.FlexPersistentVolumeSource 13:azureFile:v1.AzureFilePersistentVolumeSource
 14:vsphereVolume:v1.VsphereVirtualDiskVolumeSource 15:quobyte:v1.QuobyteVolumeSource
 16:azureDisk:v1.AzureDiskVolumeSource 17:photonPersistentDisk:v1.PhotonPersistentDiskVolumeSource
 18:portworxVolume:v1.PortworxVolumeSource 19:scaleIO:v1.ScaleIOPersistentVolumeSource
 20:local:v1.LocalVolumeSource 21:storageos:v1.StorageOSPersistentVolumeSource
 22:csi:v1.CSIPersistentVolumeSource
v1.PersistentVolumeSpec 1:capacity:{Quantity}! 2::v1.PersistentVolumeSource 3:accessModes:[string]
 4:claimRef:v1.ObjectReference 5:persistentVolumeReclaimPolicy:string! 6:storageClassName:string!
 7:mountOptions:[string] 8:volumeMode:string 9:nodeAffinity:v1.VolumeNodeAffinity
 10:volumeAttributesClassName:string
v1.PersistentVolumeStatus 1:phase:string! 2:message:string! 3:reason:string!
 4:lastPhaseTransitionTime:Time
v1.PhotonPersistentDiskVolumeSource 1:pdID:string 2:fsType:string!
v1.Pod 1:metadata:meta.ObjectMeta! 2:spec:v1.PodSpec! 3:status:v1.PodStatus!
v1.PodAffinity 1:requiredDuringSchedulingIgnoredDuringExecution:[v1.PodAffinityTerm]
 2:preferredDuringSchedulingIgnoredDuringExecution:[v1.WeightedPodAffinityTerm]
v1.PodAffinityTerm 1:labelSelector:meta.LabelSelector 2:namespaces:[string] 3:topologyKey:string
 4:namespaceSelector:meta.LabelSelector 5:matchLabelKeys:[string] 6:mismatchLabelKeys:[string]
v1.PodAntiAffinity 1:requiredDuringSchedulingIgnoredDuringExecution:[v1.PodAffinityTerm]
 2:preferredDuringSchedulingIgnoredDuringExecution:[v1.WeightedPodAffinityTerm]
v1.PodCertificateProjection 1:signerName:string! 2:keyType:string! 3:maxExpirationSeconds:int
 4:credentialBundlePath:string! 5:keyPath:string! 6:certificateChainPath:string!
 7:userAnnotations:{string}
v1.PodCondition 1:type:string 7:observedGeneration:int! 2:status:string 3:lastProbeTime:Time!
 4:lastTransitionTime:Time! 5:reason:string! 6:message:string!
v1.PodDNSConfig 1:nameservers:[string] 2:searches:[string] 3:options:[v1.PodDNSConfigOption]
v1.PodDNSConfigOption 1:name:string! 2:value:string
v1.PodExtendedResourceClaimStatus 1:requestMappings:[v1.ContainerExtendedResourceRequest]
 2:resourceClaimName:string
v1.PodIP 1:ip:string
v1.PodOS 1:name:string
v1.PodReadinessGate 1:conditionType:string
v1.PodResourceClaim 1:name:string 3:resourceClaimName:string 4:resourceClaimTemplateName:string
v1.PodResourceClaimStatus 1:name:string 2:resourceClaimName:string
v1.PodSchedulingGate 1:name:string
v1.PodSchedulingGroup 1:podGroupName:string
v1.PodSecurityContext 1:seLinuxOptions:v1.SELinuxOptions
 8:windowsOptions:v1.WindowsSecurityContextOptions 2:runAsUser:int 6:runAsGroup:int
 3:runAsNonRoot:bool 4:supplementalGroups:[int] 12:supplementalGroupsPolicy:string 5:fsGroup:int
 7:sysctls:[v1.Sysctl] 9:fsGroupChangePolicy:string 10:seccompProfile:v1.SeccompProfile
 11:appArmorProfile:v1.AppArmorProfile 13:seLinuxChangePolicy:string
v1.PodSpec 1:volumes:[v1.Volume] 20:initContainers:[v1.Container] 2:containers:[v1.Container]
 34:ephemeralContainers:[v1.EphemeralContainer] 3:restartPolicy:string!
 4:terminationGracePeriodSeconds:int 5:activeDeadlineSeconds:int 6:dnsPolicy:string!
 7:nodeSelector:{string} 8:serviceAccountName:string! 9:serviceAccount:string!
 21:automountServiceAccountToken:bool 10:nodeName:string! 11:hostNetwork:bool! 12:hostPID:bool!
 13:hostIPC:bool! 27:shareProcessNamespace:bool 14:securityContext:v1.PodSecurityContext
 15:imagePullSecrets:[v1.LocalObjectReference] 16:hostname:string! 17:subdomain:string!
 18:affinity:v1.Affinity 19:schedulerName:string! 22:tolerations:[v1.Toleration]
 23:hostAliases:[v1.HostAlias] 24:priorityClassName:string! 25:priority:int
 26:dnsConfig:v1.PodDNSConfig 28:readinessGates:[v1.PodReadinessGate] 29:runtimeClassName:string
 30:enableServiceLinks:bool 31:preemptionPolicy:string 32:overhead:{Quantity}!
 33:topologySpreadConstraints:[v1.TopologySpreadConstraint] 35:setHostnameAsFQDN:bool 36:os:v1.PodOS
 37:hostUsers:bool 38:schedulingGates:[v1.PodSchedulingGate] 39:resourceClaims:[v1.PodResourceClaim]
 40:resources:v1.ResourceRequirements 41:hostnameOverride:string
 43:schedulingGroup:v1.PodSchedulingGroup
v1.PodStatus 17:observedGeneration:int! 1:phase:string! 2:conditions:[v1.PodCondition]
 3:message:string! 4:reason:string! 11:nominatedNodeName:string! 5:hostIP:string!
 16:hostIPs:[v1.HostIP] 6:podIP:string! 12:podIPs:[v1.PodIP] 7:startTime:Time
 10:initContainerStatuses:[v1.ContainerStatus] 8:containerStatuses:[v1.ContainerStatus]
 9:qosClass:string! 13:ephemeralContainerStatuses:[v1.ContainerStatus] 14:resize:string!
 15:resourceClaimStatuses:[v1.PodResourceClaimStatus]
 18:extendedResourceClaimStatus:v1.PodExtendedResourceClaimStatus 19:allocatedResources:{Quantity}!
 20:resources:v1.ResourceRequirements
 21:nodeAllocatableResourceClaimStatuses:[v1.NodeAllocatableResourceClaimStatus]
v1.PodTemplate 1:metadata:meta.ObjectMeta! 2:template:v1.PodTemplateSpec!
v1.PodTemplateSpec 1:metadata:meta.ObjectMeta! 2:spec:v1.PodSpec!
v1.PortStatus 1:port:int 2:protocol:string 3:error:string
v1.PortworxVolumeSource 1:volumeID:string 2:fsType:string! 3:readOnly:bool!
v1.PreferredSchedulingTerm 1:weight:int 2:preference:v1.NodeSelectorTerm
v1.Probe 1::v1.ProbeHandler 2:initialDelaySeconds:int! 3:timeoutSeconds:int! 4:periodSeconds:int!
 5:successThreshold:int! 6:failureThreshold:int! 7:terminationGracePeriodSeconds:int
v1.ProbeHandler 1:exec:v1.ExecAction 2:httpGet:v1.HTTPGetAction 3:tcpSocket:v1.TCPSocketAction
 4:grpc:v1.GRPCAction
v1.ProjectedVolumeSource 1:sources:[v1.VolumeProjection] 2:defaultMode:int
v1.QuobyteVolumeSource 1:registry:string 2:volume:string 3:readOnly:bool! 4:user:string!
 5:group:string! 6:tenant:string!
v1.RBDPersistentVolumeSource 1:monitors:[string] 2:image:string 3:fsType:string! 4:pool:string!
 5:user:string! 6:keyring:string! 7:secretRef:v1.SecretReference 8:readOnly:bool!
v1.RBDVolumeSource 1:monitors:[string] 2:image:string 3:fsType:string! 4:pool:string! 5:user:string!
 6:keyring:string! 7:secretRef:v1.LocalObjectReference 8:readOnly:bool!
v1.ReplicationController 1:metadata:meta.ObjectMeta! 2:spec:v1.ReplicationControllerSpec!
 3:status:v1.ReplicationControllerStatus!
v1.ReplicationControllerCondition 1:type:string 2:status:string 3:lastTransitionTime:Time!
 4:reason:string! 5:message:string!
v1.ReplicationControllerSpec 1:replicas:int 4:minReadySeconds:int! 2:selector:{string}
 3:template:v1.PodTemplateSpec
v1.ReplicationControllerStatus 1:replicas:int 2:fullyLabeledReplicas:int! 4:readyReplicas:int!
 5:availableReplicas:int! 3:observedGeneration:int! 6:conditions:[v1.ReplicationControllerCondition]
v1.ResourceClaim 1:name:string 2:request:string!
v1.ResourceFieldSelector 1:containerName:string! 2:resource:string 3:divisor:Quantity!
v1.ResourceHealth 1:resourceID:string 2:health:string! 6:message:string
v1.ResourceQuota 1:metadata:meta.ObjectMeta! 2:spec:v1.ResourceQuotaSpec!
 3:status:v1.ResourceQuotaStatus!
v1.ResourceQuotaSpec 1:hard:{Quantity}! 2:scopes:[string] 3:scopeSelector:v1.ScopeSelector
v1.ResourceQuotaStatus 1:hard:{Quantity}! 2:used:{Quantity}!
v1.ResourceRequirements 1:limits:{Quantity}! 2:requests:{Quantity}! 3:claims:[v1.ResourceClaim]
v1.ResourceStatus 1:name:string 2:resources:[v1.ResourceHealth]
v1.SELinuxOptions 1:user:string! 2:role:string! 3:type:string! 4:level:string!
v1.ScaleIOPersistentVolumeSource 1:gateway:string 2:system:string 3:secretRef:v1.SecretReference
 4:sslEnabled:bool! 5:protectionDomain:string! 6:storagePool:string! 7:storageMode:string!
 8:volumeName:string! 9:fsType:string! 10:readOnly:bool!
v1.ScaleIOVolumeSource 1:gateway:string 2:system:string 3:secretRef:v1.LocalObjectReference
 4:sslEnabled:bool! 5:protectionDomain:string! 6:storagePool:string! 7:storageMode:string!
 8:volumeName:string! 9:fsType:string! 10:readOnly:bool!
v1.ScopeSelector 1:matchExpressions:[v1.ScopedResourceSelectorRequirement]
v1.ScopedResourceSelectorRequirement 1:scopeName:string 2:operator:string 3:values:[string]
v1.SeccompProfile 1:type:string 2:localhostProfile:string
v1.Secret 1:metadata:meta.ObjectMeta! 5:immutable:bool 2:data:{bytes} 4:stringData:{string}
 3:type:string!
v1.SecretEnvSource 1::v1.LocalObjectReference 2:optional:bool
v1.SecretKeySelector 1::v1.LocalObjectReference 2:key:string 3:optional:bool
v1.SecretProjection 1::v1.LocalObjectReference 2:items:[v1.KeyToPath] 4:optional:bool
v1.SecretReference 1:name:string! 2:namespace:string!
v1.SecretVolumeSource 1:secretName:string! 2:items:[v1.KeyToPath] 3:defaultMode:int 4:optional:bool
v1.SecurityContext 1:capabilities:v1.Capabilities 2:privileged:bool
 3:seLinuxOptions:v1.SELinuxOptions 10:windowsOptions:v1.WindowsSecurityContextOptions
 4:runAsUser:int 8:runAsGroup:int 5:runAsNonRoot:bool 6:readOnlyRootFilesystem:bool
 7:allowPrivilegeEscalation:bool 9:procMount:string 11:seccompProfile:v1.SeccompProfile
 12:appArmorProfile:v1.AppArmorProfile
v1.Service 1:metadata:meta.ObjectMeta! 2:spec:v1.ServiceSpec! 3:status:v1.ServiceStatus!
v1.ServiceAccount 1:metadata:meta.ObjectMeta! 2:secrets:[v1.ObjectReference]
 3:imagePullSecrets:[v1.LocalObjectReference] 4:automountServiceAccountToken:bool
v1.ServiceAccountTokenProjection 1:audience:string! 2:expirationSeconds:int 3:path:string
v1.ServicePort 1:name:string! 2:protocol:string! 6:appProtocol:string 3:port:int
 4:targetPort:IntOrString! 5:nodePort:int!
v1.ServiceSpec 1:ports:[v1.ServicePort] 2:selector:{string} 3:clusterIP:string!
 18:clusterIPs:[string] 4:type:string! 5:externalIPs:[string] 7:sessionAffinity:string!
 8:loadBalancerIP:string! 9:loadBalancerSourceRanges:[string] 10:externalName:string!
 11:externalTrafficPolicy:string! 12:healthCheckNodePort:int! 13:publishNotReadyAddresses:bool!
 14:sessionAffinityConfig:v1.SessionAffinityConfig 19:ipFamilies:[string] 17:ipFamilyPolicy:string
 20:allocateLoadBalancerNodePorts:bool 21:loadBalancerClass:string 22:internalTrafficPolicy:string
 23:trafficDistribution:string
v1.ServiceStatus 1:loadBalancer:v1.LoadBalancerStatus! 2:conditions:[meta.Condition]
v1.SessionAffinityConfig 1:clientIP:v1.ClientIPConfig
v1.SleepAction 1:seconds:int
v1.StorageOSPersistentVolumeSource 1:volumeName:string! 2:volumeNamespace:string! 3:fsType:string!
 4:readOnly:bool! 5:secretRef:v1.ObjectReference
v1.StorageOSVolumeSource 1:volumeName:string! 2:volumeNamespace:string! 3:fsType:string!
 4:readOnly:bool! 5:secretRef:v1.LocalObjectReference
v1.Sysctl 1:name:string 2:value:string
v1.TCPSocketAction 1:port:IntOrString 2:host:string!
v1.Taint 1:key:string 2:value:string! 3:effect:string 4:timeAdded:Time
v1.Toleration 1:key:string! 2:operator:string! 3:value:string! 4:effect:string!
 5:tolerationSeconds:int
v1.TopologySelectorLabelRequirement 1:key:string 2:values:[string]
v1.TopologySelectorTerm 1:matchLabelExpressions:[v1.TopologySelectorLabelRequirement]
v1.TopologySpreadConstraint 1:maxSkew:int 2:topologyKey:string 3:whenUnsatisfiable:string
 4:labelSelector:meta.LabelSelector 5:minDomains:int 6:nodeAffinityPolicy:string
 7:nodeTaintsPolicy:string 8:matchLabelKeys:[string]
v1.TypedLocalObjectReference 1:apiGroup:string 2:kind:string 3:name:string
v1.TypedObjectReference 1:apiGroup:string 2:kind:string 3:name:string 4:namespace:string
v1.Volume 1:name:string 2::v1.VolumeSource
v1.VolumeDevice 1:name:string 2:devicePath:string
v1.VolumeMount 1:name:string 2:readOnly:bool! 7:recursiveReadOnly:string 3:mountPath:string
 4:subPath:string! 5:mountPropagation:string 6:subPathExpr:string!
v1.VolumeMountStatus 1:name:string 2:mountPath:string 3:readOnly:bool! 4:recursiveReadOnly:string
 5:volumeStatus:v1.VolumeStatus
v1.VolumeNodeAffinity 1:required:v1.NodeSelector
v1.VolumeProjection 1:secret:v1.SecretProjection 2:downwardAPI:v1.DownwardAPIProjection
 3:configMap:v1.ConfigMapProjection 4:serviceAccountToken:v1.ServiceAccountTokenProjection
 5:clusterTrustBundle:v1.ClusterTrustBundleProjection 6:podCertificate:v1.PodCertificateProjection
v1.VolumeResourceRequirements 1:limits:{Quantity}! 2:requests:{Quantity}!
v1.VolumeSource 1:hostPath:v1.HostPathVolumeSource 2:emptyDir:v1.EmptyDirVolumeSource
 3:gcePersistentDisk:v1.GCEPersistentDiskVolumeSource
 4:awsElasticBlockStore:v1.AWSElasticBlockStoreVolumeSource 5:gitRepo:v1.GitRepoVolumeSource
 6:secret:v1.SecretVolumeSource 7:nfs:v1.NFSVolumeSource 8:iscsi:v1.ISCSIVolumeSource
 9:glusterfs:v1.GlusterfsVolumeSource 10:persistentVolumeClaim:v1.PersistentVolumeClaimVolumeSource
 11:rbd:v1.RBDVolumeSource 12:flexVolume:v1.FlexVolumeSource 13:cinder:v1.CinderVolumeSource
 14:cephfs:v1.CephFSVolumeSource 15:flocker:v1.FlockerVolumeSource
 16:downwardAPI:v1.DownwardAPIVolumeSource 17:fc:v1.FCVolumeSource
 18:azureFile:v1.AzureFileVolumeSource 19:configMap:v1.ConfigMapVolumeSource
 20:vsphereVolume:v1.VsphereVirtualDiskVolumeSource 21:quobyte:v1.QuobyteVolumeSource
 22:azureDisk:v1.AzureDiskVolumeSource 23:photonPersistentDisk:v1.PhotonPersistentDiskVolumeSource
 26:projected:v1.ProjectedVolumeSource 24:portworxVolume:v1.PortworxVolumeSource
 25:scaleIO:v1.ScaleIOVolumeSource 27:storageos:v1.StorageOSVolumeSource 28:csi:v1.CSIVolumeSource
 29:ephemeral:v1.EphemeralVolumeSource 30:image:v1.ImageVolumeSource
v1.VolumeStatus 1:image:v1.ImageVolumeStatus
v1.VsphereVirtualDiskVolumeSource 1:volumePath:string 2:fsType:string! 3:storagePolicyName:string!
 4:storagePolicyID:string!
v1.WeightedPodAffinityTerm 1:weight:int 2:podAffinityTerm:v1.PodAffinityTerm
v1.WindowsSecurityContextOptions 1:gmsaCredentialSpecName:string 2:gmsaCredentialSpec:string
 3:runAsUserName:string 4:hostProcess:bool
`;
