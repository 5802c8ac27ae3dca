// SPDX-License-Identifier: Apache-2.0
// The built-in predicates (stage 2: predicate).
export { becameReady, conditionChanged, isReady, readinessChanged } from "./condition-changed.js";
export { generationChanged, specChanged, statusChanged } from "./generation-changed.js";
export {
  annotationChanged,
  annotationsChanged,
  deletionStarted,
  finalizersChanged,
  labelChanged,
  labelsChanged,
  ownerChanged,
  resourceVersionChanged,
} from "./metadata-changed.js";
export { notCausedBy } from "./not-caused-by.js";
export { fieldSelected, labelled } from "./selected.js";
