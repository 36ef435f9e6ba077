import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { GroupLoss } from "./mend.ts";

/** What the room tells the peer. */
export interface GroupsEvents {
  /** A group is new here, something about it has changed, or it is gone. */
  onGroupChanged(id: string): void;
  /** Endpoints of a link, to be dialled from now on. */
  onEndpoints(endpoints: readonly string[]): void;
}

/** What the room is made of. */
export interface GroupsOptions {
  readonly identity: LocalIdentity;
  /** What this person calls itself, and is called in groups that it founds or joins. */
  readonly name: string;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly session: SessionPort;
  /** The person of a peer in reach. */
  readonly personOf: (peer: PeerId) => PersonId | undefined;
  /** Whether the person is a contact who was met: only their offers are heard. */
  readonly isContact: (person: PersonId) => boolean;
  /** Whether this home may be a copy, or an old one: nothing is said before others were heard. */
  readonly isCopied?: boolean;
  /** Whether a group of which records are missing goes on with the rest; else it stops the start. */
  readonly salvages?: boolean;
  /** Called during the start for each group of which something had to be left out. */
  readonly onMended?: (loss: GroupLoss) => void;
  /** Whether something else on this machine goes by that name, such as a rule about a group. */
  readonly isLabelTaken: (label: string) => boolean;
  readonly events: GroupsEvents;
}
