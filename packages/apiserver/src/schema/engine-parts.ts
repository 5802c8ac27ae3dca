// SPDX-License-Identifier: Apache-2.0
// What is loaded with the first definition: running rules on objects, checking them in definitions.
export { checkAllRuleTexts, checkRuleDefinitions } from "./rule-check.js";
export { checkRules } from "./run-rules.js";
