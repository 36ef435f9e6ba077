import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { Agreement } from "./carriage/agreements.ts";
import type { ChatEvents, ChatPeople } from "./chat/types.ts";
import type { HybridPort } from "./hybrid/keys.ts";
import type { PacketPort } from "./packet-way.ts";
import type { RatchetDoor } from "./ratchet/types.ts";
import type { Correspondents, Message } from "./types.ts";

/** What the messages room tells the one above; always after persistence. */
export interface MessagesEvents extends ChatEvents {
  /** A message came in. */
  onMessage(message: Message): void;
  /** An outgoing message has come further on its way, or an incoming one was read. */
  onMessageState(message: Message): void;
  /** An own device is given more of what was written before it was there. */
  onHistoryGiven?(device: PeerId): void;
  /** Messages of the past came from an own device; `isLast` where no older ones follow. */
  onHistoryTaken?(count: number, isLast: boolean): void;
  /** Somebody asked to hold letters, agreed, refused or stopped. */
  onAgreement?(agreement: Agreement): void;
}

/** What the messages room is made of. */
export interface MessagesOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly sessions: SessionPort;
  /** Letters as packets of their own, for slow lines; all go in sessions where there is none. */
  readonly packets?: PacketPort;
  /** Channels that are safe from quantum computers, where the way is wide; none where there is none. */
  readonly hybrid?: HybridPort;
  /** Loaded before these messages are. */
  readonly correspondents: Correspondents;
  /** Groups whose members write to each other; nobody where there are none. */
  readonly chatPeople?: ChatPeople;
  /** The door of the ratchet room. */
  readonly ratchet: RatchetDoor;
  /**
   * Whether this home may be a copy of another one or an old one put back: its channels are given
   * up then, since their keys may have been used already.
   */
  readonly isCopied?: boolean;
  readonly events: MessagesEvents;
}

/** Which messages `list` answers. */
export interface MessagesQuery {
  readonly withPerson?: PersonId;
  /** Only messages after this one, oldest first; without it the newest ones. */
  readonly afterId?: string;
  /** Only the newest messages before this one, oldest first. */
  readonly beforeId?: string;
  /** 1 … 500; 100 where nothing is said. */
  readonly limit?: number;
}
