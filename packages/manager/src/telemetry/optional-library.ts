// SPDX-License-Identifier: Apache-2.0
// Libraries that are loaded only when they are asked for (under every stage).
import { ConfigurationError } from "@haversack/core";

/**
 * Loads an optional library. **API requests:** 0.
 *
 * @throws {@link ConfigurationError} that says what to install. Terminal.
 */
export async function loadOptional<T>(
  name: string,
  what: string,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new ConfigurationError(
      `cannot use ${what}: ${name} could not be loaded. Install it beside haversack: npm install ${name}.`,
      { cause: error },
    );
  }
}
