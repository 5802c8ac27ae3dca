// SPDX-License-Identifier: Apache-2.0
// Hands out cluster IPs and node ports for Services, each at most once at a time.

/** Range of node ports. Source: kube-apiserver's --service-node-port-range default. */
const firstNodePort = 30_000;
const lastNodePort = 32_767;

/** Allocator of Service addresses in 10.96.0.0/16; what is in use is told by the caller. */
export class AddressPool {
  readonly #addresses = new Set<string>();
  readonly #ports = new Set<number>();
  #nextAddress = 10;
  #nextPort = firstNodePort;

  /** A free cluster IP. */
  takeAddress(): string {
    for (let tries = 0; tries < 65_000; tries++) {
      this.#nextAddress = (this.#nextAddress + 1) % 65_535 || 1;
      const address = `10.96.${this.#nextAddress >>> 8}.${this.#nextAddress & 255}`;
      if (this.#addresses.has(address)) continue;
      this.#addresses.add(address);
      return address;
    }
    throw new Error("No free cluster IP: the range 10.96.0.0/16 is used up. Delete Services.");
  }

  /** Whether the address was free and is now taken. */
  claimAddress(address: string): boolean {
    if (this.#addresses.has(address)) return false;
    this.#addresses.add(address);
    return true;
  }

  releaseAddress(address: string): void {
    this.#addresses.delete(address);
  }

  /** A free node port. */
  takePort(): number {
    for (let tries = 0; tries <= lastNodePort - firstNodePort; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === lastNodePort ? firstNodePort : port + 1;
      if (this.claimPort(port)) return port;
    }
    throw new Error("No free node port: the range 30000-32767 is used up. Delete Services.");
  }

  /** Whether the port was free and is now taken. */
  claimPort(port: number): boolean {
    if (this.#ports.has(port)) return false;
    this.#ports.add(port);
    return true;
  }

  releasePort(port: number): void {
    this.#ports.delete(port);
  }
}
