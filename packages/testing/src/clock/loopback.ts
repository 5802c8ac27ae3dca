// SPDX-License-Identifier: Apache-2.0
// Whether bytes are on their way between two sockets of this process (under every stage of a test).

/** The parts of Node's sockets and servers that are looked at; counters live on the lowest handle. */
interface ActiveHandle {
  readonly localPort?: number;
  readonly remotePort?: number;
  readonly listening?: boolean;
  address?(): { readonly port?: number } | string | null;
  readonly _handle?: SystemHandle | null;
}

interface SystemHandle {
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  readonly reading?: boolean;
  /** Below TLS lies TCP. */
  readonly _parent?: SystemHandle | null;
}

interface Connection {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly isReading: boolean;
  readonly remotePort: number;
}

/**
 * Compares, for every connection of which this process holds both ends, what one end wrote with
 * what the other has read. A busy machine delivers late; counting turns alone would be a guess.
 *
 * **Caveats:** an end that does not read on purpose is not waited for; nor are other processes.
 */
export function hasBytesOnTheWay(): boolean {
  const connections = new Map<string, Connection>();
  const listening = new Set<number>();
  for (const handle of activeHandles()) {
    const connection = connectionOf(handle);
    if (connection !== undefined) {
      connections.set(`${handle.localPort} ${handle.remotePort}`, connection);
    } else if (handle.listening === true) {
      const address = handle.address?.();
      if (typeof address === "object" && address?.port !== undefined) listening.add(address.port);
    }
  }
  for (const [ports, connection] of connections) {
    if (!connection.isReading) continue;
    const [local, remote] = ports.split(" ");
    const peer = connections.get(`${remote} ${local}`);
    // Without its peer, an end towards a server of ours is about to be accepted or closed.
    if (peer === undefined && listening.has(connection.remotePort)) return true;
    if (peer !== undefined && peer.bytesWritten > connection.bytesRead) return true;
  }
  return false;
}

function activeHandles(): readonly ActiveHandle[] {
  const { _getActiveHandles } = process as unknown as {
    _getActiveHandles?: () => readonly ActiveHandle[];
  };
  return _getActiveHandles?.call(process) ?? [];
}

function connectionOf(handle: ActiveHandle): Connection | undefined {
  const { localPort, remotePort, _handle: top } = handle;
  if (localPort === undefined || remotePort === undefined || !top) return undefined;
  let system: SystemHandle = top;
  while (system._parent) system = system._parent;
  const { bytesRead = 0, bytesWritten = 0 } = system;
  return { bytesRead, bytesWritten, isReading: top.reading !== false, remotePort };
}
