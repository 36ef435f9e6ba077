import { clearStaged, type Joined, Joining, stagedWrites } from "../../../devices/index.ts";
import type { RecordStore } from "../../../ports/index.ts";
import type { Home } from "../home.ts";
import { openRecordStore } from "../records.ts";
import type { Visitor } from "./visitor.ts";

/** Time for the last word of a pairing to go out, in milliseconds. */
const LAST_WORD_MS = 1_500;

/** A person that a device may become one of. */
export interface JoinOutcome {
  /** Id of the person. */
  readonly personId: string;
  /** What the device is called that takes this one in. */
  readonly by: string;
  /** Keeps everything; after it this home is one of that person's. */
  keep(
    home: Home,
    device: { readonly deviceSeed: Uint8Array; readonly name: string },
  ): Promise<void>;
}

/** How a device joins. */
export interface JoinOptions {
  readonly name: string;
  /** Undefined: whoever in reach takes devices in, with words to compare. */
  readonly link: string | undefined;
  readonly onWords: (words: readonly string[]) => void;
}

/**
 * Waits until a standing device has taken this one in.
 * @throws DevicesError with what to do next
 */
export async function joinFrom(visitor: Visitor, options: JoinOptions): Promise<JoinOutcome> {
  const { peer, identity, suite, clock, random, log } = visitor.parts;
  const [joined, kept] = await new Promise<[Joined, () => void]>((resolve, reject) => {
    const joining = new Joining({
      ...{ identity, suite, clock, random, log, sessions: peer.session },
      ...{ name: options.name, link: options.link },
      events: {
        onWords: options.onWords,
        onJoined: (all, done) => resolve([all, done]),
        onFailed: reject,
      },
    });
    for (const endpoint of joining.endpoints) visitor.dial(endpoint);
    visitor.host(joining);
  });
  const { certificate } = joined;
  return {
    personId: certificate.personId,
    by: joined.by,
    async keep(home, { deviceSeed, name }) {
      await keepRecords(home, joined, visitor.records.now("peer/seqno"));
      // With this the device is one of the person's, and before it is not.
      await home.writeIdentity({ deviceSeed, membership: certificate, name });
      kept();
      visitor.poke();
      await new Promise((done) => setTimeout(done, LAST_WORD_MS));
    },
  };
}

async function keepRecords(
  home: Home,
  joined: Joined,
  more: readonly { readonly key: string; readonly value: Uint8Array }[],
): Promise<void> {
  const records = await openRecordStore(home.recordsDirectory);
  try {
    await settled((done) => clearStaged(records, done));
    await settled((done) => write(records, joined, more, done));
  } finally {
    await records.close();
  }
}

function write(
  records: RecordStore,
  joined: Joined,
  more: readonly { readonly key: string; readonly value: Uint8Array }[],
  done: (error: Error | null) => void,
): void {
  records.write([...stagedWrites(joined), ...more], done);
}

function settled(run: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    run((error) => (error === null ? resolve() : reject(error)));
  });
}
