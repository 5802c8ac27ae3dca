// SPDX-License-Identifier: Apache-2.0
// The console logger and what an event carries (stage 0: words).
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { consoleLogger, noMetrics, silentLogger } from "./observability.js";
import { objectOf, type WatchEvent } from "./watch-event.js";

describe("consoleLogger", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it("writes warnings and errors as one line each, and nothing else", () => {
    const lines: unknown[] = [];
    jest.spyOn(console, "warn").mockImplementation((line) => void lines.push(line));
    jest.spyOn(console, "error").mockImplementation((line) => void lines.push(line));
    jest.spyOn(console, "log").mockImplementation((line) => void lines.push(line));
    consoleLogger.debug("d");
    consoleLogger.info("i");
    consoleLogger.warn("watch lost", { kind: "Pod", tries: 2, why: undefined });
    consoleLogger.error("first\nsecond", { text: "a\nb" });
    expect(lines).toEqual([
      'warn watch lost kind="Pod" tries=2',
      'error first\nsecond text="a\\nb"',
    ]);
  });

  it("has silent counterparts", () => {
    const write = jest.spyOn(console, "error").mockImplementation(() => undefined);
    silentLogger.error("x");
    noMetrics.count("x");
    noMetrics.gauge("x", 1);
    noMetrics.observe("x", 1);
    expect(write).not.toHaveBeenCalled();
  });
});

describe("objectOf()", () => {
  const flags = { isInitial: false, isRelist: false, isResync: false, synthetic: false };
  const [before, after] = [{ metadata: { name: "a" } }, { metadata: { name: "a" } }];

  it("is the newest state that an event carries", () => {
    const modified: WatchEvent = { type: "modified", old: before, new: after, ...flags };
    expect(objectOf(modified)).toBe(after);
    expect(objectOf({ ...modified, type: "deleted", new: undefined })).toBe(before);
    expect(() => objectOf({ ...modified, old: undefined, new: undefined })).toThrow(TypeError);
  });
});
