// SPDX-License-Identifier: Apache-2.0
// A request and its answer as the handler sees them, whatever transport they came by.
import type { StreamSink } from "../read/watch-stream.js";

/** One request. */
export interface ApiRequest {
  readonly method: string;
  /** Path without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** A header's value by its lower-case name. */
  header(name: string): string | undefined;
  /** Names of all headers, in lower case. */
  headerNames?(): readonly string[];
  /** The body; waits for it. @throws {@link StatusError} 413 when it is too large. */
  body(): Promise<Buffer>;
  /** Subject of the client's certificate, when there is one that the server's CA signed. */
  readonly certificate?: { readonly user: string; readonly groups: readonly string[] } | undefined;
  /** The client showed a certificate that another CA signed, or one that is out of date. */
  readonly hasBadCertificate?: boolean;
}

/** One answer: a whole body, or a stream. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Record<string, string | readonly string[]>;
  readonly body?: string | Buffer;
  /** Starts a stream once the headers are out. */
  readonly stream?: (sink: StreamSink) => void;
}

/** What a fault may do to the transport. */
export type TransportFault = "reset" | "hang";

/** An answer, or the transport fault in its place. */
export type Outcome = ApiResponse | TransportFault;
