import { join } from "node:path";
import { createNodeClock } from "../../src/adapters/node/clock.ts";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { createNodeRandom } from "../../src/adapters/node/random.ts";
import { openRecordStore } from "../../src/adapters/node/records.ts";
import { decodePeerRecord, encodePeerRecord, type PeerRecord } from "../../src/identity/index.ts";
import { Messages } from "../../src/messages/index.ts";
import * as ratchet from "../../src/messages/ratchet/index.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import type { SessionPort } from "../../src/session/index.ts";
import { testIdentity } from "../../src/testing/index.ts";

const suite = createNodeSuite();

/** The two who write to each other. */
export type Name = "anna" | "ben";

/** What each knows of the other. */
export function recordOf(name: Name): PeerRecord {
  return decodePeerRecord(suite, encodePeerRecord(testIdentity(suite, name), { name, seqno: 1 }));
}

/** Messages of one of the two, with a real disk below. */
export interface Side {
  readonly messages: Messages;
  close(): Promise<void>;
}

/** Opens one side, in a folder of its own. */
export async function openSide(
  name: Name,
  folder: string,
  sessions: SessionPort,
  onDelivered: () => void,
): Promise<Side> {
  const other = recordOf(name === "anna" ? "ben" : "anna");
  const records = await openRecordStore(join(folder, name));
  const messages = new Messages({
    ...{ identity: testIdentity(suite, name), suite, log: SILENT_LOG, ratchet, records, sessions },
    clock: createNodeClock(),
    random: createNodeRandom(),
    correspondents: {
      byPerson: (personId) => {
        const isOther = personId === other.person.personId;
        return isOther
          ? { personId, devices: [{ peerId: other.id, signKey: other.signKey }] }
          : undefined;
      },
      personOf: (id) => (id === other.id ? other.person.personId : undefined),
      admit: ({ person }) => person.personId,
      all: () => [],
      own: () => [],
    },
    events: {
      onMessage: () => undefined,
      onMessageState: ({ state }) => state === "delivered" && onDelivered(),
    },
  });
  await new Promise<void>((done, fail) =>
    messages.load((error) => (error === null ? done() : fail(error))),
  );
  return { messages, close: () => records.close() };
}
