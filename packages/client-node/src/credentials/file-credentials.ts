// SPDX-License-Identifier: Apache-2.0
// An identity from files that somebody else keeps fresh, such as a mounted service account (stage 1 and 6).
import { readFile } from "node:fs/promises";
import { type Clock, ConfigurationError, type Logger } from "@haversack/core";
import { type CredentialSet, RenewableCredentials, type TlsSettings } from "./credentials.js";

/** Which files to read, and what does not come from files. */
export interface CredentialFiles {
  readonly tokenFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly clientCertificateFile?: string | undefined;
  readonly clientKeyFile?: string | undefined;
  /** Identity that is given directly; files win. */
  readonly fixed: CredentialSet;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads an identity from files, again once a minute and at once after a 401.
 *
 * **API requests:** 0.
 *
 * @throws ConfigurationError naming the file that cannot be read. Terminal.
 */
export function fileCredentials(files: CredentialFiles): RenewableCredentials {
  const names = [files.tokenFile, files.caFile, files.clientCertificateFile, files.clientKeyFile];
  const listed = names.filter((name) => name !== undefined).join(", ");
  return new RenewableCredentials({
    load: () => load(files),
    source: files.tokenFile === undefined ? listed : `the token file ${files.tokenFile}`,
    clock: files.clock,
    logger: files.logger,
  });
}

async function load(files: CredentialFiles): Promise<CredentialSet> {
  const [token, ca, cert, key] = await Promise.all([
    read("token", files.tokenFile),
    read("CA certificate", files.caFile),
    read("client certificate", files.clientCertificateFile),
    read("client key", files.clientKeyFile),
  ]);
  const { fixed } = files;
  const tls: TlsSettings = {
    ...fixed.tls,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  const headers =
    token === undefined
      ? fixed.headers
      : { ...fixed.headers, ...bearer(token.trim(), `the token file ${files.tokenFile}`) };
  return { headers, tls };
}

async function read(what: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new ConfigurationError(
      `cannot read the ${what} file ${path}: ${why}. Check that it is mounted and readable.`,
      { cause: error },
    );
  }
}

/**
 * The header of a bearer token.
 *
 * **API requests:** 0.
 *
 * @throws ConfigurationError when it is empty or cannot be one; the token is not shown. Terminal.
 */
export function bearer(token: string, source: string): { readonly Authorization: string } {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    const why = token === "" ? "it is empty" : "it has blanks or characters other than ASCII";
    throw new ConfigurationError(`cannot use ${source}: ${why}. Give the token alone.`);
  }
  return { Authorization: `Bearer ${token}` };
}
