import type { PeerId, PersonId } from "../../identity/index.ts";
import type { FileNote } from "../body.ts";

/** A group as its chat needs it, as things stand now. */
export interface ChatGroup {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** Whether this person belongs to it. */
  readonly isIn: boolean;
  /** 64 hexadecimal digits; another one after each removal that is known here. */
  readonly epoch: string;
  has(person: PersonId): boolean;
  members(): Iterable<PersonId>;
}

/** What chats need to know of groups and devices; `peer/` answers from the rooms. */
export interface ChatPeople {
  group(id: string): ChatGroup | undefined;
  groups(): Iterable<ChatGroup>;
  /** The person of a peer in reach. */
  personOf(peer: PeerId): PersonId | undefined;
  /** Whether nothing known here says that the device is the person's no more. */
  stands(device: PeerId, person: PersonId): boolean;
  /** The person for whom the device with this sign key acts, as the proof shows. */
  vouch(signKey: Uint8Array, proof: Uint8Array): PersonId | undefined;
  /** Shows others for whom this device acts. */
  readonly proof: Uint8Array;
}

/** One message of a group, as people see it. */
export interface GroupMessage {
  /** Unique on this peer and, within one group, sortable as text: later ones have greater ids. */
  readonly id: string;
  readonly groupId: string;
  /** Who wrote it. */
  readonly author: PersonId;
  readonly device: PeerId;
  /** "out" where this person wrote it, on whatever device. */
  readonly direction: "in" | "out";
  readonly kind: "text" | "file" | "unreadable" | "newer";
  readonly text: string;
  /** The id here of the message that it answers; undefined where there is none, or not here. */
  readonly replyTo: string | undefined;
  readonly file: FileNote | undefined;
  /** Wall-clock time of the author's machine, milliseconds since 1970; not to be trusted. */
  readonly sentAtMs: number;
  /**
   * Outgoing: "waiting" while nobody has said that they have it, "delivered" to some, "everybody";
   * "sent": another device of mine wrote it. Incoming: unread -> read.
   */
  readonly state: "waiting" | "delivered" | "everybody" | "sent" | "unread" | "read";
  /** Members one of whose devices has told this device that it has opened the message. */
  readonly deliveredTo: readonly PersonId[];
  /** Other members when it was written. */
  readonly memberCount: number;
}

/** A group's chat as a whole. */
export interface ChatInfo {
  readonly groupId: string;
  readonly messages: number;
  readonly unread: number;
  /** Devices of members to which a message could be sealed now, this one not counted. */
  readonly devices: number;
  /** Members, this person not counted, of whom no device is known yet that could read. */
  readonly withoutKeys: readonly PersonId[];
  /** Devices that told two stories: nothing more is taken of what they wrote under that key. */
  readonly forked: readonly PeerId[];
}

/** What chats tell the room above; always after persistence. */
export interface ChatEvents {
  /** A message came in, or another device of this person wrote one. */
  onGroupMessage?(message: GroupMessage): void;
  /** An outgoing message has come further on its way, or an incoming one was read. */
  onGroupMessageState?(message: GroupMessage): void;
}
