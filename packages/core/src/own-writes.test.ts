// SPDX-License-Identifier: Apache-2.0
// The overlay of own writes, rule by rule (stage 7: index).
import { describe, expect, it, jest } from "@jest/globals";
import { configMaps, secrets } from "./kinds/index.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import { OwnWrites, type OwnWritesOptions } from "./own-writes.js";
import type { WatchEvent } from "./watch-event.js";

const key = { namespace: "prod", name: "a" };
const at = (version: string, uid = "u1", name = "a"): KubernetesObject => ({
  metadata: { namespace: "prod", name, uid, resourceVersion: version },
});
const flags = { isInitial: false, isRelist: false, isResync: false, synthetic: false };
const modified = (object: KubernetesObject, more: Partial<WatchEvent> = {}): WatchEvent => ({
  type: "modified",
  old: undefined,
  new: object,
  ...flags,
  ...more,
});
const deleted = (object: KubernetesObject): WatchEvent => ({
  type: "deleted",
  old: object,
  new: undefined,
  ...flags,
});

function setUp(options?: OwnWritesOptions) {
  const overlay = new OwnWrites(options);
  const newest = (cached?: KubernetesObject) =>
    overlay.newest(configMaps, key, cached)?.metadata.resourceVersion;
  return {
    overlay,
    newest,
    stored: (object: KubernetesObject) => overlay.record({ kind: configMaps, stored: object }),
    removed: (version: string | undefined, uid: string | undefined = "u1") =>
      overlay.record({ kind: configMaps, deleted: key, uid, resourceVersion: version }),
    observe: (event: WatchEvent) => overlay.observe(configMaps, event),
    relisted: (version: string | undefined, namespaces?: readonly string[]) =>
      overlay.relisted(configMaps, version, namespaces),
  };
}

describe("OwnWrites.newest()", () => {
  it("is the cached object while nothing was written", () => {
    const { newest } = setUp();
    expect([newest(), newest(at("5"))]).toEqual([undefined, "5"]);
  });

  it("is the newer one of the cached object and our own", () => {
    const { newest, stored } = setUp();
    stored(at("10"));
    expect([newest(), newest(at("9")), newest(at("11"))]).toEqual(["10", "10", "11"]);
  });

  it("is the cached object at an equal version, so that memory is shared", () => {
    const { overlay, stored } = setUp();
    stored(at("10"));
    const cached = at("10");
    expect(overlay.newest(configMaps, key, cached)).toBe(cached);
  });

  it("is nothing for a deleted object, whatever version of it still arrives", () => {
    const { newest, removed } = setUp();
    removed("10");
    expect([newest(), newest(at("9")), newest(at("10")), newest(at("12"))]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is a namesake that came after the deleted object, but not one that was before it", () => {
    const { newest, removed } = setUp();
    removed("10");
    expect([newest(at("12", "u2")), newest(at("8", "u0"))]).toEqual(["12", undefined]);
  });

  it("goes by version alone when the uid of the deleted object is not known", () => {
    const { newest, removed } = setUp();
    removed("10", "");
    const { newest: without, removed: remove } = setUp();
    remove("10", undefined as unknown as string);
    expect([newest(at("12")), newest(at("10"))]).toEqual(["12", undefined]);
    expect([without(at("9")), without(at("10"))]).toEqual([undefined, undefined]);
  });

  it("keeps kinds and namespaces apart", () => {
    const { overlay, stored } = setUp();
    stored(at("10"));
    expect(overlay.newest(secrets, key, undefined)).toBeUndefined();
    expect(overlay.newest(configMaps, { namespace: "test", name: "a" }, undefined)).toBeUndefined();
    expect([...overlay.stored(configMaps)]).toEqual([at("10")]);
    expect([...overlay.stored(secrets)]).toEqual([]);
  });
});

describe("OwnWrites.record()", () => {
  it("keeps the newer of two answers, whichever comes first", () => {
    const { newest, stored } = setUp();
    stored(at("12"));
    stored(at("11"));
    expect(newest()).toBe("12");
    stored(at("100"));
    expect(newest()).toBe("100");
  });

  it("lets a delete win over every write of the same object, whichever comes first", () => {
    const first = setUp();
    first.removed("10");
    first.stored(at("11"));
    expect(first.newest(at("10"))).toBeUndefined();
    const second = setUp();
    second.stored(at("11"));
    second.removed("10");
    expect(second.newest(at("10"))).toBeUndefined();
  });

  it("shows an object that was created again after our delete, whichever answer comes first", () => {
    const first = setUp();
    first.removed("10");
    first.stored(at("15", "u2"));
    expect(first.newest(at("10"))).toBe("15");
    const second = setUp();
    second.stored(at("15", "u2"));
    second.removed("10");
    expect(second.newest(at("10"))).toBe("15");
  });

  it("takes nothing that the watch has brought already", () => {
    const { overlay, newest, stored, observe } = setUp();
    observe(modified(at("12")));
    stored(at("11"));
    stored(at("12"));
    expect(overlay.size).toBe(0);
    stored(at("13"));
    expect(newest()).toBe("13");
  });

  it("does not resurrect what was deleted before the answer came", () => {
    const { newest, stored, observe } = setUp();
    observe(modified(at("11")));
    observe(deleted(at("12")));
    stored(at("11"));
    expect(newest()).toBeUndefined();
  });

  it("takes no conclusion from the order of objects in a list", () => {
    const { newest, stored, observe } = setUp();
    observe(modified(at("50", "u9", "z"), { isInitial: true }));
    stored(at("40"));
    expect(newest()).toBe("40");
  });

  it("takes no conclusion from another namespace", () => {
    const { newest, stored, observe } = setUp();
    observe(modified({ metadata: { namespace: "test", name: "a", resourceVersion: "50" } }));
    stored(at("40"));
    expect(newest()).toBe("40");
  });

  it.each(["0", "", "abc", "007"])("holds nothing for the version %j", (version) => {
    const { overlay, newest, stored, removed } = setUp();
    stored(at("10"));
    stored(at(version));
    expect(overlay.size).toBe(0);
    removed(version);
    removed(undefined);
    expect(newest(at("x"))).toBe("x");
  });

  it("holds a bounded number of entries per kind; the oldest go", () => {
    const { overlay, stored } = setUp({ maxEntriesPerKind: 3 });
    for (const name of ["a", "b", "c"]) stored(at("10", name, name));
    stored(at("11", "a", "a"));
    stored(at("12", "d", "d"));
    expect([...overlay.stored(configMaps)].map(({ metadata }) => metadata.name)).toEqual([
      "c",
      "a",
      "d",
    ]);
  });
});

describe("OwnWrites.observe()", () => {
  it("drops an entry when the watch has reached it, not before", () => {
    const { overlay, newest, stored, observe } = setUp();
    stored(at("10"));
    observe(modified(at("9")));
    expect(newest(at("9"))).toBe("10");
    observe(modified(at("10")));
    observe(modified(at("10")));
    expect(overlay.size).toBe(0);
  });

  it("drops an entry at a deletion that is newer, and keeps it at an older one", () => {
    const { overlay, stored, observe } = setUp();
    stored(at("10", "u2"));
    observe(deleted(at("9", "u1")));
    expect(overlay.size).toBe(1);
    observe(deleted(at("11", "u2")));
    expect(overlay.size).toBe(0);
  });

  it("drops a tombstone at the deletion, or at a newer namesake, not at a change", () => {
    const { overlay, removed, observe } = setUp();
    removed("10");
    observe(modified(at("11")));
    observe(modified(at("8", "u0")));
    observe(deleted(at("8", "u0")));
    expect(overlay.size).toBe(1);
    observe(deleted(at("10")));
    expect(overlay.size).toBe(0);
    removed("10");
    observe(modified(at("14", "u2")));
    expect(overlay.size).toBe(0);
  });

  it("trusts the cache when an event cannot be compared", () => {
    const { overlay, stored, observe } = setUp();
    stored(at("10"));
    observe(modified(at("abc")));
    expect(overlay.size).toBe(0);
  });

  it("ignores an event without an object", () => {
    const { overlay, stored, observe } = setUp();
    stored(at("10"));
    observe({ type: "deleted", old: undefined, new: undefined, ...flags });
    expect(overlay.size).toBe(1);
  });
});

describe("OwnWrites.relisted()", () => {
  it("drops what the list has reached, so that no ghost stays", () => {
    const { overlay, newest, stored, relisted } = setUp();
    stored(at("10"));
    stored(at("20", "u2", "b"));
    relisted("15");
    expect(newest()).toBeUndefined();
    expect(overlay.size).toBe(1);
    relisted("20");
    expect(overlay.size).toBe(0);
  });

  it("drops only what lies in the namespaces of the list", () => {
    const { newest, stored, relisted } = setUp();
    stored(at("10"));
    relisted("15", ["test"]);
    expect(newest()).toBe("10");
    relisted("15", ["test", "prod"]);
    expect(newest()).toBeUndefined();
    stored(at("14"));
    expect(newest()).toBeUndefined();
  });

  it("drops everything for a list whose version cannot be compared", () => {
    const { overlay, stored, relisted } = setUp();
    stored(at("10"));
    relisted("abc");
    stored(at("10"));
    relisted(undefined);
    expect(overlay.size).toBe(0);
  });

  it("takes later answers that the list has reached for known", () => {
    const { newest, stored, relisted } = setUp();
    relisted("15");
    stored(at("15"));
    expect(newest()).toBeUndefined();
    stored(at("16"));
    expect(newest()).toBe("16");
  });

  it("drops everything when the server was set back, and takes its new versions", () => {
    const { overlay, newest, stored, observe, relisted } = setUp();
    relisted("100");
    observe(modified(at("110", "u3", "c")));
    stored(at("120"));
    relisted("50");
    expect(overlay.size).toBe(0);
    stored(at("51"));
    expect(newest(at("40"))).toBe("51");
  });

  it("keeps a tombstone while the cache below still holds the object", () => {
    let cached: KubernetesObject | undefined = at("10");
    const { newest, overlay, removed, relisted } = setUp({ cached: () => cached });
    removed("10");
    relisted("11");
    expect(newest(cached)).toBeUndefined();
    cached = undefined;
    relisted("12");
    expect(overlay.size).toBe(0);
  });
});

describe("OwnWrites over one cache", () => {
  it("needs no tombstone for what the cache has lost already", () => {
    const { overlay, removed, observe } = setUp({ cached: () => undefined });
    observe(deleted(at("12")));
    removed("10");
    expect(overlay.size).toBe(0);
  });

  it("needs a tombstone for what the cache has not seen at all yet", () => {
    const { overlay, removed } = setUp({ cached: () => undefined });
    removed("10");
    expect(overlay.size).toBe(1);
  });
});

describe("OwnWrites.follow()", () => {
  it("takes over what is held, then every write, until it ends; its own events clear it alone", () => {
    const source = setUp();
    const follower = new OwnWrites();
    const other = { namespace: "prod", name: "b" };
    source.stored(at("10"));
    const following = follower.follow(source.overlay, configMaps);
    source.stored(at("11", "u2", "b"));
    source.overlay.record({ kind: secrets, stored: at("12") });
    expect(follower.size).toBe(2);
    source.observe(modified(at("10")));
    expect(source.newest()).toBeUndefined();
    expect(follower.newest(configMaps, key, undefined)).toEqual(at("10"));
    follower.observe(configMaps, modified(at("11", "u2", "b")));
    expect(follower.newest(configMaps, other, undefined)).toBeUndefined();
    expect(source.overlay.newest(configMaps, other, undefined)).toBeDefined();
    source.overlay.forget(configMaps, key);
    expect(follower.size).toBe(0);
    following.unsubscribe();
    source.stored(at("13"));
    expect(follower.size).toBe(0);
  });
});

describe("OwnWrites.subscribe()", () => {
  it("tells of each object whose newest state may have changed, until it ends", () => {
    const { overlay, stored, removed, observe, relisted } = setUp();
    const listener = jest.fn();
    const subscription = overlay.subscribe(listener);
    stored(at("10"));
    stored(at("9"));
    observe(modified(at("10")));
    removed("10");
    relisted("20");
    overlay.forget(configMaps, key);
    expect(listener.mock.calls).toEqual(Array(4).fill([configMaps, key]));
    subscription.unsubscribe();
    stored(at("30"));
    expect(listener).toHaveBeenCalledTimes(4);
  });

  it("has the new state in place when it tells", () => {
    const { overlay, newest, stored } = setUp();
    const seen: (string | undefined)[] = [];
    overlay.subscribe(() => seen.push(newest()));
    stored(at("10"));
    overlay.forget(configMaps, key);
    expect(seen).toEqual(["10", undefined]);
  });
});
