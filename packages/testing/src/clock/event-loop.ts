// SPDX-License-Identifier: Apache-2.0
// Waiting until a process has nothing more to do without time passing (under every stage of a test).
import { hasBytesOnTheWay } from "./loopback.js";

// Kept from module load on, so that a test runner's own fake timers do not reach in here.
const nextTurn = globalThis.setImmediate;

/** Whether something outside the event loop's own sight is still under way. */
export type IdleProbe = () => boolean;

/** How {@link settleEventLoop} decides that nothing more will happen. */
export interface SettleOptions {
  /** All must hold; they are asked once per turn. */
  readonly probes?: Iterable<IdleProbe>;
  /**
   * Turns in a row in which nothing was under way. What has arrived is handled within a turn or
   * two; 6 leave room.
   */
  readonly quietTurns?: number;
  /** Turns after which waiting is given up, because something keeps itself busy. */
  readonly maxTurns?: number;
}

/** Requests to the system or to a worker thread, by Node's own names; open handles are not. */
const requestNames =
  /^(FSReq|CloseReq|GetAddrInfo|GetNameInfo|Query|TCPConnect|PipeConnect|Connect|Write|Shutdown|Immediate)/i;

/** What the process waits for right now that is not a timer, a listener or an open connection. */
export function activeRequests(): readonly string[] {
  return process.getActiveResourcesInfo().filter((name) => requestNames.test(name));
}

/**
 * Lets promise chains, immediates, file requests and loopback sockets of this process run until
 * none is left. Timers are not waited for, nor are cryptography and compression on worker threads,
 * which Node does not show: add a probe for those.
 *
 * **API requests:** 0.
 *
 * @throws Error when the process is still busy after `maxTurns`; it names what is under way.
 */
export async function settleEventLoop(options: SettleOptions = {}): Promise<void> {
  const { quietTurns = 6, maxTurns = 200_000 } = options;
  const probes = [...(options.probes ?? [])];
  let quiet = 0;
  for (let turn = 0; turn < maxTurns; turn++) {
    await new Promise<void>((resolve) => nextTurn(resolve));
    const isQuiet =
      activeRequests().length === 0 && !hasBytesOnTheWay() && probes.every((isIdle) => isIdle());
    quiet = isQuiet ? quiet + 1 : 0;
    if (quiet >= quietTurns) return;
  }
  const onTheWay = hasBytesOnTheWay() ? ["bytes between two sockets of this process"] : [];
  const busy = [...activeRequests(), ...onTheWay].join(", ") || "an idle probe that never says yes";
  throw new Error(
    `settling the event loop failed: still busy after ${maxTurns} turns with ${busy}. ` +
      "Stop what keeps itself busy, or give it the fake clock.",
  );
}
