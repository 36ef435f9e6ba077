import type { Contact } from "../contacts/index.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { DeviceEvent, OwnOrigin, PersonSecrets } from "../devices/index.ts";
import type { LocalNet } from "../gateway/index.ts";
import type { GroupLoss } from "../groups/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../identity/index.ts";
import type { NeighbourInfo } from "../link/index.ts";
import type { Agreement, GroupMessage, Message } from "../messages/index.ts";
import type { MoneyLoss, payments } from "../money/index.ts";
import type { BlockStore, Clock, Log, Random, RecordStore, Transport } from "../ports/index.ts";
import type {
  AuditingOptions,
  HealingOptions,
  Layering,
  StoreProgress,
  StripeMaker,
} from "../store/index.ts";
import type { PeerProfile } from "./profile.ts";

/** The door to the world that an adapter or the simulator hands to a peer. */
export interface PeerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly suite: CryptoSuite;
  readonly records: RecordStore;
  readonly blocks: BlockStore;
  readonly transports: readonly Transport[];
  /** This machine's own network; without it no program can be reached or served. */
  readonly net?: LocalNet;
  /** Cuts files into layers; without it the peer does so itself, on its own turn. */
  readonly layering?: Layering;
  /** Makes large stripes of objects on other processors. */
  readonly stripeMaker?: StripeMaker;
}

/** What a peer is told at its start. */
export interface PeerConfig {
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly discovery: boolean;
  /** Bytes of fragments kept for anybody. */
  readonly storeQuotaBytes: number;
  /** How fragments that are lost are made anew; the store's own way where nothing is said. */
  readonly healing?: HealingOptions;
  /** How this peer's objects are audited by themselves; the store's own way where nothing is said. */
  readonly audits?: AuditingOptions;
  /** Whether this home may be a copy, or an old one put back: keys of its channels are not used again. */
  readonly isCopied?: boolean;
  /** Whether a room of which records are missing goes on with the rest, where it can; else that stops the start. */
  readonly salvages?: boolean;
  /** Whether blocks that no record names are kept: their records were damaged and put aside. */
  readonly keepsUnknownBlocks?: boolean;
  /** What kind of machine this is; "computer" where nothing is said. */
  readonly profile?: PeerProfile;
  /** Repair what links lose, where the neighbour does so, too; true where nothing is said. */
  readonly repairsLosses?: boolean;
  /** Endpoints to keep dialled. */
  readonly links: readonly string[];
  /** How this device came to its person; it is the first one where nothing is said. */
  readonly origin?: OwnOrigin;
  /** Secrets of the person, where this device holds them. */
  readonly secrets?: PersonSecrets | undefined;
  /** Names of groups and whom each has: petnames, ids of people or addresses. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Take `anna.peer` for `anna.peer.alt` on this machine. */
  readonly hasShortNames?: boolean;
}

/** What a peer tells whoever runs it. */
export interface PeerEvents {
  onNeighbourUp(neighbour: NeighbourInfo): void;
  onNeighbourDown(id: PeerId, reason: string): void;
  onReachable(id: PeerId): void;
  onUnreachable(id: PeerId): void;
  onContactChanged(contact: Contact): void;
  /** A contact shows another picture of themselves, or this person does. */
  onPictureChanged?(personId: PersonId): void;
  /** Requests from strangers, or introductions of one's own, are others now. */
  onRequestsChanged?(): void;
  onMessage(message: Message): void;
  onMessageState(message: Message): void;
  /** A message came in a group, or another device of this person wrote one. */
  onGroupMessage?(message: GroupMessage): void;
  /** A message of this person to a group has come further, or one in a group was read. */
  onGroupMessageState?(message: GroupMessage): void;
  /** Somebody asked to hold letters for them, agreed, refused or stopped. */
  onAgreement?(agreement: Agreement): void;
  /** An own device is given more of the messages that were written before it was there. */
  onHistoryGiven?(device: PeerId): void;
  /** Messages of the past came from an own device; `isLast` where no older ones follow. */
  onHistoryTaken?(count: number, isLast: boolean): void;
  onStoreProgress(progress: StoreProgress): void;
  onObjectChanged(link: string): void;
  /** Something about the devices of a contact, or of this person, has changed. */
  onDevicesChanged?(personId: PersonId, events: readonly DeviceEvent[]): void;
  /** A folder is new here, its content has changed, or it is gone. */
  onFolderChanged?(id: string): void;
  /** A group is new here, something about it has changed, or it is gone. */
  onGroupChanged?(id: string): void;
  /** During the start: records of a group were missing, and the peer goes on with the rest of it. */
  onGroupMended?(loss: GroupLoss): void;
  /** During the start: records of a line, a currency or a community were missing, and the peer goes on with the rest. */
  onMoneyMended?(loss: MoneyLoss): void;
  /** A line is new here, something about it has changed, or it is gone. */
  onLineChanged?(id: string): void;
  /** A partner has paid over a line, in the smallest unit of its currency. */
  onPaid?(id: string, amount: number, memo: string): void;
  /** Something about a community currency is new here. */
  onCommunityChanged?(id: string): void;
  /** A member has paid this person in a community currency, in its smallest unit. */
  onCommunityPaid?(id: string, from: PersonId, amount: number, memo: string): void;
  /** A payment of ours by a request began, got on or ended. */
  onPayment?(view: payments.PaymentView): void;
  /** A request of ours is being paid, was paid or withdrawn. */
  onInvoice?(view: payments.InvoiceView): void;
}
