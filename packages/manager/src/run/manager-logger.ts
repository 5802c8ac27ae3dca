// SPDX-License-Identifier: Apache-2.0
// What a manager logs to when nobody says otherwise: the console, from information on (stage 0).
import { consoleLogger, type LogFields, type Logger } from "@haversack/core";

/** One line each; debug lines are left out. */
export const managerLogger: Logger = {
  ...consoleLogger,
  info(message: string, fields: LogFields = {}): void {
    const told = Object.entries(fields).filter(([, value]) => value !== undefined);
    const pairs = told.map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    console.info(`info ${message}${pairs.join("")}`);
  },
};
