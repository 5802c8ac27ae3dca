// SPDX-License-Identifier: Apache-2.0
// Reads the body and the headers of an answer (stage 1 and 6).
import type { IncomingMessage } from "node:http";

/** Headers by lower-case name; repeated ones are joined. The names come from outside: no prototype. */
export function headersOf(response: IncomingMessage): Record<string, string> {
  const headers = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
  }
  return headers;
}

/**
 * Reads a body to its end.
 *
 * **API requests:** 0.
 * **Guarantees:** the bytes are a copy, so that keeping a small body does not keep the socket's 64 KiB.
 *
 * @param limitBytes More than that is cut off: for the bodies of errors.
 * @throws NodeJS.ErrnoException when the body was cut.
 */
export function readBody(response: IncomingMessage, limitBytes?: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    let hasEnded = false;
    response.on("data", (chunk: Buffer) => {
      if (limitBytes !== undefined && sizeBytes + chunk.length > limitBytes) {
        response.destroy();
        resolve(Buffer.concat(chunks));
        return;
      }
      chunks.push(chunk);
      sizeBytes += chunk.length;
    });
    response.on("end", () => {
      hasEnded = true;
      resolve(Buffer.concat(chunks, sizeBytes));
    });
    response.on("error", reject);
    response.on("close", () => {
      if (!hasEnded) reject(cutError());
    });
  });
}

/** Undoes `Content-Encoding: gzip`. zlib is loaded by the first body that needs it. */
export async function decode(body: Uint8Array, encoding: string | undefined): Promise<Uint8Array> {
  if (encoding !== "gzip") return body;
  const { gunzip } = await import("node:zlib");
  return new Promise((resolve, reject) => {
    gunzip(body, (error, plain) => (error === null ? resolve(plain) : reject(error)));
  });
}

function cutError(): NodeJS.ErrnoException {
  return Object.assign(new Error("the body was cut"), { code: "ECONNRESET" });
}
