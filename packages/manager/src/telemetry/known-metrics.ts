// SPDX-License-Identifier: Apache-2.0
// The metrics by name: what they say, their labels and buckets (stage 5: reconcile).

/** How a metric is registered. */
export interface MetricDescription {
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

/** Buckets of `controller_runtime_reconcile_time_seconds`, as in controller-runtime. */
const reconcileBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
  1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** Ten nanoseconds to a thousand seconds, as in controller-runtime's work queue metrics. */
const queueBuckets = Array.from({ length: 12 }, (_, power) => 10e-9 * 10 ** power);
const requestBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

const controller = ["controller"];
const queue = ["name", "controller"];

/**
 * Metrics whose names and labels others count on. Names that controller-runtime has are used as it
 * has them, so that its dashboards work.
 */
export const knownMetrics: ReadonlyMap<string, MetricDescription> = new Map(
  Object.entries({
    controller_runtime_reconcile_total: {
      help: "Passes by outcome",
      labels: ["controller", "result"],
    },
    controller_runtime_reconcile_errors_total: { help: "Passes that failed", labels: controller },
    controller_runtime_terminal_reconcile_errors_total: {
      help: "Passes that failed and are not retried",
      labels: controller,
    },
    controller_runtime_reconcile_timeouts_total: {
      help: "Passes that took too long",
      labels: controller,
    },
    controller_runtime_reconcile_time_seconds: {
      help: "Length of a pass",
      labels: controller,
      buckets: reconcileBuckets,
    },
    controller_runtime_max_concurrent_reconciles: {
      help: "Passes that may run at a time",
      labels: controller,
    },
    controller_runtime_active_workers: { help: "Passes under way", labels: controller },
    workqueue_depth: { help: "Primaries that are ready for a pass", labels: queue },
    workqueue_adds_total: { help: "Requests for a pass", labels: queue },
    workqueue_retries_total: { help: "Passes after a failure", labels: queue },
    workqueue_queue_duration_seconds: {
      help: "Time from being due to being handed out",
      labels: queue,
      buckets: queueBuckets,
    },
    workqueue_work_duration_seconds: {
      help: "Time from being handed out to being given back",
      labels: queue,
      buckets: queueBuckets,
    },
    workqueue_unfinished_work_seconds: { help: "Sum of the ages of passes", labels: queue },
    workqueue_longest_running_processor_seconds: { help: "Age of the oldest pass", labels: queue },
    rest_client_requests_total: {
      help: "Requests to the API server by status",
      labels: ["code", "method", "host"],
    },
    rest_client_request_duration_seconds: {
      help: "Time until an answer of the API server",
      labels: ["verb", "host"],
      buckets: requestBuckets,
    },
    leader_election_master_status: { help: "1 while this replica leads", labels: ["name"] },
    leader_election_slowpath_total: {
      help: "Renewals that had to read the Lease first",
      labels: ["name"],
    },
    haversack_event_loop_lag_seconds: { help: "Longest stall in the last minute", labels: [] },
    haversack_paused_passes_total: {
      help: "Passes that were not made for a pause",
      labels: controller,
    },
    haversack_ring_slots: { help: "Slots of the ring this replica holds", labels: ["name"] },
    haversack_informer_heals_total: { help: "Lists made anew after lagging", labels: ["kind"] },
  } satisfies Record<string, MetricDescription>),
);
