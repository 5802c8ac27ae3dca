// SPDX-License-Identifier: Apache-2.0
// A TCP proxy whose existing connections can go silent without closing, as after a lost route.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy that is listening. */
export interface FreezingProxy {
  readonly port: number;
  /** Connections that were made through it and are not frozen. */
  readonly live: () => number;
  /** Existing connections pass nothing any more; new ones do. */
  readonly freeze: () => void;
  readonly close: () => Promise<void>;
}

export async function startFreezingProxy(targetPort: number): Promise<FreezingProxy> {
  const pairs = new Set<[Socket, Socket]>();
  const all = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect(targetPort, "127.0.0.1");
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      all.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        all.delete(from);
        if (pairs.delete(pair)) to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    live: () => pairs.size,
    freeze: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
      pairs.clear();
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of all) socket.destroy();
      await closed;
    },
  };
}
