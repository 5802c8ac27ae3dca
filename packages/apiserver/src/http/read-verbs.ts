// SPDX-License-Identifier: Apache-2.0
// get, list and watch.
import { getIn, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { apiVersionOf, resourceSubject } from "../kinds/resource-type.js";
import type { ServerCore } from "../core.js";
import type { Fault } from "../faults/fault-rules.js";
import {
  checkNumbers,
  parseRevision,
  selectorOf,
  takeList,
  tooLargeRevision,
} from "../read/list.js";
import type { ListPage } from "../read/list.js";
import { makeTable, tableColumns, tableRow } from "../read/table.js";
import type { IncludeObject, TableForm } from "../read/table.js";
import { listMetadata, metadataView, objectView } from "../read/views.js";
import type { View } from "../read/views.js";
import { WatchStream } from "../read/watch-stream.js";
import type { StreamSink } from "../read/watch-stream.js";
import { forbiddenField, invalidObject } from "../field-error.js";
import { badRequest, expired, notFound, StatusError } from "../status-error.js";
import { keyOf } from "../store/object-store.js";
import type { StoredObject } from "../store/stored-object.js";
import type { ApiResponse } from "./api-request.js";
import { faultSubjectOf } from "./call.js";
import type { ResourceCall } from "./call.js";
import { negotiate, notAcceptable } from "./negotiate.js";
import type { Accepted } from "./negotiate.js";
import { textResponse, valueResponse } from "./respond.js";

/** How long a read of a future revision waits for it. Source: measured, API server 1.36. */
const futureRevisionMs = 3_000;

/** Answers one object in the form the client accepts. */
export function objectResponse(
  core: ServerCore,
  call: ResourceCall,
  status: number,
  object: StoredObject,
): ApiResponse {
  const accepted = negotiate(call.request.header("accept"), !call.type.custom);
  const view = viewOf(core, call, accepted);
  return textResponse(status, view.text(object), accepted, call.warnings);
}

function includeOf(call: ResourceCall): IncludeObject {
  const include = call.request.query.get("includeObject") ?? "";
  if (!["", "Metadata", "Object", "None"].includes(include)) {
    throw badRequest(
      `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(include)}: ` +
        "must be 'Metadata', 'Object', 'None', or empty",
    );
  }
  return include === "Object" || include === "None" ? include : "Metadata";
}

/** The version in which tables and metadata are answered. */
const metaVersion = ({ version }: Accepted): string => `meta.k8s.io/${version}`;

function viewOf(core: ServerCore, call: ResourceCall, accepted: Accepted): View {
  const { type } = call;
  if (accepted.as === "") return objectView(type);
  if (accepted.as !== "Table") return metadataView(accepted.version);
  const include = includeOf(call);
  const form = ({ clock }: ServerCore): TableForm => ({
    include,
    nowMs: clock.nowMs(),
    version: accepted.version,
  });
  const inner = objectView(type);
  const table =
    (hasColumns: boolean) =>
    (value: JsonObject): JsonObject => {
      const shown = inner.make(value) as JsonObject;
      const resourceVersion = stringAt(value, "metadata", "resourceVersion");
      const made = makeTable([shown], type, { resourceVersion }, form(core));
      return hasColumns ? made : { ...made, columnDefinitions: null };
    };
  // Ages change with the clock: a row is made for each answer.
  const textBy =
    (make: (value: JsonObject) => JsonObject) =>
    (object: StoredObject): string =>
      JSON.stringify(make(object.value));
  const row = (object: StoredObject): string =>
    JSON.stringify(tableRow(object.value, type, form(core)));
  const name = `table:${include}:${accepted.version}`;
  const viewBy = (make: (value: JsonObject) => JsonObject, suffix: string): View => ({
    name: name + suffix,
    text: textBy(make),
    itemText: row,
    make,
  });
  return { ...viewBy(table(true), ""), rest: viewBy(table(false), ":rest") };
}

/** Waits until the server's clock has gone on. */
export function sleep(core: ServerCore, ms: number): Promise<void> {
  return new Promise((resolve) => {
    core.clock.after(ms, resolve);
  });
}

/** Waits for a revision that has not happened yet, and gives up after a while. */
async function awaitRevision(core: ServerCore, call: ResourceCall): Promise<void> {
  const text = call.request.query.get("resourceVersion") ?? "";
  if (text === "" || text === "0") return;
  const wanted = parseRevision(text);
  if (wanted <= core.store.log.revision) return;
  await sleep(core, futureRevisionMs);
  if (wanted > core.store.log.revision) throw tooLargeRevision(wanted, core.store.log.revision);
}

/** GET of one object. */
export async function handleGet(core: ServerCore, call: ResourceCall): Promise<ApiResponse> {
  await awaitRevision(core, call);
  const { type, path } = call;
  const name = path.name ?? "";
  const object = core.store.get(type.storageKey, keyOf(path.namespace, name));
  if (object === undefined) throw notFound(resourceSubject(type), name);
  return objectResponse(core, call, 200, object);
}

/** GET of a collection. */
export async function handleList(core: ServerCore, call: ResourceCall): Promise<ApiResponse> {
  await awaitRevision(core, call);
  const { type, path, request } = call;
  const accepted = negotiate(request.header("accept"), !type.custom);
  const page = takeList(core.store, type, path.namespace, request.query);
  return listResponse(core, call, accepted, page);
}

/** Writes a page; texts of objects are shared, not made again. */
export function listResponse(
  core: ServerCore,
  call: ResourceCall,
  accepted: Accepted,
  page: ListPage,
): ApiResponse {
  const { type } = call;
  const metadata = JSON.stringify(
    listMetadata(
      page.revision,
      page.continueToken,
      page.remaining,
      type.custom && accepted.as === "",
    ),
  );
  if (accepted.as === "PartialObjectMetadata") {
    const named = type.custom ? "unstructured.UnstructuredList" : `core.${type.listKind}`;
    throw new StatusError(
      406,
      "NotAcceptable",
      `you requested PartialObjectMetadata, but the requested object is a list (*${named})`,
    );
  }
  const view = viewOf(core, call, accepted);
  const items = page.objects.map((object) => view.itemText(object)).join(",");
  if (accepted.as === "Table") {
    const columns = JSON.stringify(tableColumns(type));
    const text = `{"kind":"Table","apiVersion":"${metaVersion(accepted)}","metadata":${metadata},"columnDefinitions":${columns},"rows":[${items}]}`;
    return textResponse(200, text, accepted, call.warnings);
  }
  const isMetadata = accepted.as !== "";
  const kind = isMetadata ? "PartialObjectMetadataList" : type.listKind;
  const apiVersion = isMetadata ? metaVersion(accepted) : apiVersionOf(type);
  const head = `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${metadata},"items":[`;
  return textResponse(200, `${head}${items}]}`, accepted, call.warnings);
}

const listOptions = { group: "meta.k8s.io", word: "ListOptions" };

function checkInitialEvents(query: URLSearchParams): boolean {
  const text = query.get("sendInitialEvents");
  const match = query.get("resourceVersionMatch") ?? "";
  if (text === null) {
    if (match === "") return false;
    const why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
    throw invalidObject(listOptions, "", [forbiddenField("resourceVersionMatch", why)]);
  }
  if (match === "NotOlderThan") return text === "true" || text === "1";
  const why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
  throw invalidObject(listOptions, "", [forbiddenField("resourceVersionMatch", why)]);
}

/** Server default of a watch's length: 30 to 60 minutes. Source: API server's min-request-timeout. */
const minWatchMs = 1_800_000;

function watchSelector(call: ResourceCall): ReturnType<typeof selectorOf> {
  const selector = selectorOf(call.request.query, call.type);
  const { name } = call.path;
  if (name === undefined) return selector;
  return (object) => getIn(object, "metadata", "name") === name && selector?.(object) !== false;
}

/** Whether a query parameter says yes. */
const isOn = (query: URLSearchParams, name: string): boolean =>
  ["1", "true"].includes(query.get(name) ?? "");

function watchMs(query: URLSearchParams): number {
  const seconds = Number(query.get("timeoutSeconds") ?? 0) || 0;
  return seconds > 0 ? seconds * 1000 : minWatchMs + Math.random() * minWatchMs;
}

/** A watch, which lives until its time is up, the client goes, or a fault strikes. */
export function handleWatch(
  core: ServerCore,
  call: ResourceCall,
  faults: readonly Fault[],
): ApiResponse {
  const { type, request, path } = call;
  const { query } = request;
  const { store } = core;
  const accepted = negotiate(request.header("accept"), !type.custom);
  if (accepted.format === "yaml") throw notAcceptable(!type.custom);
  checkNumbers(query);
  const initialEvents = checkInitialEvents(query);
  const text = query.get("resourceVersion") ?? "";
  const from = text === "" ? 0 : parseRevision(text);
  const isReplay = from > 0 && !initialEvents;
  const options = {
    view: viewOf(core, call, accepted),
    selector: watchSelector(call),
    namespace: path.namespace,
    bookmarks: isOn(query, "allowWatchBookmarks"),
    timeoutMs: watchMs(query),
    maxWaiting: core.maxWaitingEvents,
    maxWaitingBytes: core.maxWaitingBytes,
    bookmark: bookmarkMaker(call, accepted),
    revision: () => store.log.revision,
    whenKept: (run: () => void, onFailure: () => void) => core.whenKept(run, onFailure),
    onSent: (events: number, bytes: number) => core.requests.watchSent(events, bytes),
  };
  const start = (sink: StreamSink): void => {
    const after = isReplay ? from : store.log.revision;
    const stream = new WatchStream(sink, core.lines, { ...options, after }, core.clock);
    open(core, call, stream, faults);
    if (isReplay) replayFrom(core, type.storageKey, from, stream);
    else {
      stream.sendInitial(store.list(type.storageKey, path.namespace));
      if (initialEvents && options.bookmarks) stream.sendBookmark(store.log.revision, true);
    }
    follow(core, type.storageKey, stream);
  };
  const headers = { "content-type": accepted.contentType, "cache-control": "no-cache, private" };
  return { status: 200, headers, stream: start };
}

function bookmarkMaker(
  { type }: ResourceCall,
  accepted: Accepted,
): (revision: number, initialEnd: boolean) => JsonObject {
  return (revision, initialEnd) => {
    const metadata: JsonObject = { resourceVersion: String(revision) };
    if (initialEnd) metadata["annotations"] = { "k8s.io/initial-events-end": "true" };
    const [kind, apiVersion] =
      accepted.as === ""
        ? [type.kind, apiVersionOf(type)]
        : [accepted.as === "Table" ? "Table" : "PartialObjectMetadata", metaVersion(accepted)];
    return { kind, apiVersion, metadata };
  };
}

/** Registers the watch and lets the faults of its request strike. */
function open(
  core: ServerCore,
  call: ResourceCall,
  stream: WatchStream,
  faults: readonly Fault[],
): void {
  const { request, path, verb, user, type } = call;
  const subject = faultSubjectOf(request, path, verb, user.name);
  const watch = { stream, subject, storageKey: type.storageKey };
  core.watches.add(watch);
  const closed = core.requests.watchOpened();
  stream.onEnd(() => {
    core.watches.delete(watch);
    closed();
  });
  for (const fault of faults) {
    if (fault.type === "freezeWatches") stream.frozen = true;
    if (fault.type === "eof") stream.limit(fault.afterEvents, fault.afterBytes);
    if (fault.type === "expired") {
      const wanted = request.query.get("resourceVersion") ?? "0";
      stream.fail(tooOld(wanted, core.store.log.revision).toStatus());
    }
  }
}

function tooOld(wanted: number | string, current: number): StatusError {
  return expired(`too old resource version: ${wanted} (${current})`);
}

function replayFrom(core: ServerCore, storageKey: string, from: number, stream: WatchStream): void {
  const { log } = core.store;
  if (!log.covers(storageKey, from)) {
    stream.fail(tooOld(from, log.floorOf(storageKey)).toStatus());
    return;
  }
  for (const entry of log.after(storageKey, from)) stream.push(entry);
}

function follow(core: ServerCore, storageKey: string, stream: WatchStream): void {
  const stop = core.store.log.listen(storageKey, (entry) => stream.push(entry));
  stream.onEnd(stop);
}

/** Answers a value that is no stored object. */
export function plainResponse(call: ResourceCall, status: number, value: unknown): ApiResponse {
  const accepted = negotiate(call.request.header("accept"), !call.type.custom);
  return valueResponse(status, value, accepted, call.warnings);
}
