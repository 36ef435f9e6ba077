import type { CryptoSuite } from "../crypto/index.ts";
import type { Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";

/** What the feed room is made of. */
export interface FeedOptions {
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly sessions: SessionPort;
}
