// SPDX-License-Identifier: Apache-2.0
// The parts of client-node's KubeConfig that are used, the same in 1.4 and 2.x (stage 1 and 6).

/** A cluster of a kubeconfig. */
export interface KubeConfigCluster {
  readonly name: string;
  readonly server: string;
  readonly skipTLSVerify?: boolean | undefined;
  readonly proxyUrl?: string | undefined;
}

/** A user of a kubeconfig; of the credentials, only which there are. */
export interface KubeConfigUser {
  readonly name: string;
  readonly exec?: unknown;
  readonly authProvider?: unknown;
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly certFile?: string | undefined;
  readonly certData?: string | undefined;
}

/** A context of a kubeconfig. */
export interface KubeConfigContext {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string | undefined;
}

/**
 * A `KubeConfig` of `@kubernetes/client-node`, 1.4 or 2.x, as far as it is used here.
 *
 * Structural, so that neither version is loaded, nor its types, where it is not needed.
 */
export interface KubeConfigLike {
  getCurrentContext(): string;
  getContextObject(name: string): KubeConfigContext | null;
  getCurrentCluster(): KubeConfigCluster | null;
  getCurrentUser(): KubeConfigUser | null;
  /** Runs auth plugins and fills in headers, basic auth and the TLS identity. */
  applyToHTTPSOptions(options: object): Promise<void>;
}

/** What {@link KubeConfigLike.applyToHTTPSOptions} fills in. */
export interface AppliedOptions {
  headers?: Record<string, unknown>;
  auth?: string;
  ca?: string | Uint8Array;
  cert?: string | Uint8Array;
  key?: string | Uint8Array;
  pfx?: string | Uint8Array;
  passphrase?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
}
