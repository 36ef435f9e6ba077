import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { HeldBytes } from "./chunks/contents.ts";
import type { FolderObjects } from "./objects.ts";

/** What the parts of the room share. */
export interface FoldersContext {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly objects: FolderObjects;
  readonly held: HeldBytes;
  /** What the owner of a sign key is called; undefined where nobody knows. */
  readonly nameOf: (signKey: Uint8Array) => string | undefined;
  /** Whether this device was revoked by its person; without it, it stands. */
  readonly isOut?: (() => boolean) | undefined;
}
