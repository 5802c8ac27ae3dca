// SPDX-License-Identifier: Apache-2.0
// The workload object: a Pod of a Deployment as a kubelet reports it, about 5.6 kB of JSON, of
// which about 2.2 kB are managedFields.

/** Builds the n-th Pod at a version. Names, uids, addresses and times differ from Pod to Pod. */
export function pod(index: number, resourceVersion: number, owner = `rs-${index % 100}`): object {
  const name = `web-${index}-${(index * 2654435761) % 4294967296}`.slice(0, 40);
  const hex = (index * 2246822519).toString(16).padStart(12, "0").slice(-12);
  const time = `2026-01-${String((index % 28) + 1).padStart(2, "0")}T10:${String(index % 60).padStart(2, "0")}:07Z`;
  const probe = (path: string, delay: number): object => ({
    httpGet: { path, port: 8080, scheme: "HTTP" },
    initialDelaySeconds: delay,
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  const env = ["LOG_LEVEL", "REGION", "DATABASE_HOST", "CACHE_HOST"].map((key, at) => ({
    name: key,
    value: `value-${at}-${index % 17}-of-${key.toLowerCase()}`,
  }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      generateName: `web-${index % 100}-`,
      namespace: `team-${index % 50}`,
      uid: `3f2b8c1e-7d46-4a55-9e0b-${hex}`,
      resourceVersion: String(resourceVersion),
      creationTimestamp: time,
      labels: {
        app: `web-${index % 100}`,
        "pod-template-hash": hex.slice(0, 10),
        tier: "frontend",
      },
      annotations: { "kubectl.kubernetes.io/restartedAt": time, "prometheus.io/scrape": "true" },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: owner,
          uid: `9a1c6f0d-2b3e-4c5d-8e7f-${String(index % 100).padStart(12, "0")}`,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: [managedByController(time), managedByKubelet(time)],
    },
    spec: {
      volumes: [
        { name: "config", configMap: { name: `web-${index % 100}-config`, defaultMode: 420 } },
        {
          name: `kube-api-access-${hex.slice(0, 5)}`,
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
              {
                configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] },
              },
            ],
          },
        },
      ],
      containers: [
        {
          name: "web",
          image: `registry.example.com/team-${index % 50}/web:1.${index % 40}.0`,
          ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
          env,
          resources: {
            limits: { cpu: "500m", memory: "256Mi" },
            requests: { cpu: "100m", memory: "128Mi" },
          },
          volumeMounts: [
            { name: "config", mountPath: "/etc/web" },
            {
              name: `kube-api-access-${hex.slice(0, 5)}`,
              readOnly: true,
              mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
            },
          ],
          livenessProbe: probe("/live", 30),
          readinessProbe: probe("/ready", 5),
          terminationMessagePath: "/dev/termination-log",
          terminationMessagePolicy: "File",
          imagePullPolicy: "IfNotPresent",
        },
      ],
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      serviceAccountName: "web",
      nodeName: `node-${index % 200}`,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 },
      schedulerName: "default-scheduler",
      tolerations: ["not-ready", "unreachable"].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      })),
    },
    status: {
      phase: "Running",
      conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
        type,
        status: "True",
        lastProbeTime: null,
        lastTransitionTime: time,
      })),
      hostIP: `10.0.${index % 200}.1`,
      podIP: `10.1.${index % 250}.${(index * 7) % 250}`,
      podIPs: [{ ip: `10.1.${index % 250}.${(index * 7) % 250}` }],
      startTime: time,
      containerStatuses: [
        {
          name: "web",
          state: { running: { startedAt: time } },
          lastState: {},
          ready: true,
          restartCount: resourceVersion % 5,
          image: `registry.example.com/team-${index % 50}/web:1.${index % 40}.0`,
          imageID: `registry.example.com/team-${index % 50}/web@sha256:${hex.repeat(5)}abcd`,
          containerID: `containerd://${hex.repeat(5)}abcd`,
          started: true,
        },
      ],
      qosClass: "Burstable",
    },
  };
}

function managedByController(time: string): object {
  const probe = {
    ".": {},
    "f:failureThreshold": {},
    "f:httpGet": { ".": {}, "f:path": {}, "f:port": {}, "f:scheme": {} },
    "f:initialDelaySeconds": {},
    "f:periodSeconds": {},
    "f:successThreshold": {},
    "f:timeoutSeconds": {},
  };
  const env = Object.fromEntries(
    ["LOG_LEVEL", "REGION", "DATABASE_HOST", "CACHE_HOST"].map((name) => [
      `k:{"name":"${name}"}`,
      { ".": {}, "f:name": {}, "f:value": {} },
    ]),
  );
  return {
    manager: "kube-controller-manager",
    operation: "Update",
    apiVersion: "v1",
    time,
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:metadata": {
        "f:annotations": { ".": {}, "f:kubectl.kubernetes.io/restartedAt": {} },
        "f:generateName": {},
        "f:labels": { ".": {}, "f:app": {}, "f:pod-template-hash": {}, "f:tier": {} },
        "f:ownerReferences": { ".": {}, 'k:{"uid":"9a1c6f0d-2b3e-4c5d-8e7f-000000000000"}': {} },
      },
      "f:spec": {
        "f:containers": {
          'k:{"name":"web"}': {
            ".": {},
            "f:env": { ".": {}, ...env },
            "f:image": {},
            "f:imagePullPolicy": {},
            "f:livenessProbe": probe,
            "f:name": {},
            "f:ports": {
              ".": {},
              'k:{"containerPort":8080,"protocol":"TCP"}': {
                ".": {},
                "f:containerPort": {},
                "f:name": {},
                "f:protocol": {},
              },
            },
            "f:resources": {
              ".": {},
              "f:limits": { ".": {}, "f:cpu": {}, "f:memory": {} },
              "f:requests": { ".": {}, "f:cpu": {}, "f:memory": {} },
            },
            "f:volumeMounts": {
              ".": {},
              'k:{"mountPath":"/etc/web"}': { ".": {}, "f:mountPath": {}, "f:name": {} },
            },
          },
        },
        "f:dnsPolicy": {},
        "f:enableServiceLinks": {},
        "f:restartPolicy": {},
        "f:schedulerName": {},
        "f:securityContext": {},
        "f:terminationGracePeriodSeconds": {},
        "f:volumes": {
          ".": {},
          'k:{"name":"config"}': {
            ".": {},
            "f:configMap": { ".": {}, "f:defaultMode": {}, "f:name": {} },
            "f:name": {},
          },
        },
      },
    },
  };
}

function managedByKubelet(time: string): object {
  const condition = (type: string): [string, object] => [
    `k:{"type":"${type}"}`,
    { ".": {}, "f:lastProbeTime": {}, "f:lastTransitionTime": {}, "f:status": {}, "f:type": {} },
  ];
  return {
    manager: "kubelet",
    operation: "Update",
    apiVersion: "v1",
    time,
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:status": {
        "f:conditions": Object.fromEntries(["ContainersReady", "Ready"].map(condition)),
        "f:containerStatuses": {},
        "f:hostIP": {},
        "f:phase": {},
        "f:podIP": {},
        "f:podIPs": { ".": {}, 'k:{"ip":"10.1.0.0"}': { ".": {}, "f:ip": {} } },
        "f:startTime": {},
      },
    },
    subresource: "status",
  };
}
