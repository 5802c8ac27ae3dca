// SPDX-License-Identifier: Apache-2.0
// Chance, databases and agents for an operator that a test may kill: a dead one reaches nobody any more (all stages).
import type { FakeClock } from "@haversack/testing";
import type { BackupDriver } from "../backup/backup-agent.js";
import { certificateTools, systemChance } from "../certificate-authority.js";
import type { Chance, Sources } from "../functions/part.js";
import type { MongoDriver } from "../mongo/mongo-admin.js";

/** Sources that can be taken away. */
export interface MortalSources extends Sources {
  kill(): void;
}

/** What the sources of an operator lead to. */
export interface Surroundings {
  readonly clock: FakeClock;
  readonly mongo: MongoDriver;
  readonly backups: BackupDriver;
}

/** Makes the sources of one process. Making keys takes real time outside the event loop's sight; settling waits for it. */
export function mortalSources(
  { clock, mongo, backups }: Surroundings,
  given: Chance = {
    ...systemChance,
    now: () => clock.now(),
    certificates: certificateTools(() => clock.now()),
  },
): MortalSources {
  let underWay = 0;
  let isDead = false;
  const probe = clock.addIdleProbe(() => underWay === 0);
  const waited = <T>(work: Promise<T>): Promise<T> => {
    underWay += 1;
    return work.finally(() => {
      underWay -= 1;
    });
  };
  const alive = <T>(act: () => Promise<T>): Promise<T> =>
    isDead ? Promise.reject(new Error("this process was killed")) : act();
  const { certificates } = given;
  return {
    ...given,
    now: () => clock.now(),
    mongo: { connect: (endpoint, user) => alive(() => mongo.connect(endpoint, user)) },
    backups: { connect: (place) => alive(() => backups.connect(place)) },
    certificates: {
      issueAuthority: (organization) => waited(certificates.issueAuthority(organization)),
      issue: (request, authority) => waited(certificates.issue(request, authority)),
      inspect: (text) => certificates.inspect(text),
    },
    kill() {
      isDead = true;
      probe.unsubscribe();
    },
  };
}
