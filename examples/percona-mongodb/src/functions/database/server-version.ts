// SPDX-License-Identifier: Apache-2.0
// F10, version: which MongoDB runs, asked once per image (stage 5: reconcile).
import { isMongoError } from "../../mongo/mongo-error.js";
import { asUser, type Database } from "./connections.js";

/**
 * The version of MongoDB, when the status does not know it for this image yet.
 *
 * Before pods of a new image serve, it is the old one's; it is asked again until the status has told
 * that the image is ready.
 *
 * **API requests:** 0. **Commands:** 0 or 1.
 *
 * @returns `undefined` when it is known, or when nobody can say.
 */
export async function serverVersion(database: Database): Promise<string | undefined> {
  const { told, image } = database.cluster;
  if (told.mongoVersion !== undefined && told.mongoImage === image) return undefined;
  try {
    const { version } = await asUser(database, "clusterMonitor", (admin) => admin.buildInfo());
    return version;
  } catch (error) {
    // The members were well a moment ago; the next look at them tells what is wrong now.
    if (isMongoError(error)) return undefined;
    throw error;
  }
}
