// SPDX-License-Identifier: Apache-2.0
// The existing class, expanded: it keeps its constructor, its fields and its methods.
import {
  configMaps,
  defineKind,
  expand,
  withApiObjects,
  withPrimary,
  withWatches,
  type ApiObjects,
  type KubernetesObject,
} from "haversack";
import { WebsiteOperator, type Website } from "./existing-operator.js";

/** The kind of the existing custom resource; its type is the operator's own. */
export const websites = defineKind<Website & KubernetesObject>("example.com/v1", "Website");

// #region expanded
export class ExpandedOperator extends expand(
  WebsiteOperator,
  withApiObjects({ fieldManager: "website-operator" }),
  withPrimary(websites, (operator: WebsiteOperator & ApiObjects, { primary }) =>
    operator.sync(primary, (desired) =>
      operator.objects.apply(configMaps, desired, { owner: primary }),
    ),
  ),
  withWatches({ owns: [configMaps] }),
) {}
// #endregion
