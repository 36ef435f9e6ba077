import type { PeerId, PeerRecord, PersonId } from "../identity/index.ts";
import type { FileNote } from "./body.ts";

/** One message of a conversation, as people see it. */
export interface Message {
  /** Unique on this peer and sortable as text: later messages have greater ids. */
  readonly id: string;
  /** The other side of the conversation. */
  readonly personId: PersonId;
  readonly direction: "in" | "out";
  /**
   * "unreadable": something came that could not be opened; "newer": something of a kind that this
   * Peernet does not know, kept for a newer one. The text is a notice then.
   */
  readonly kind: "text" | "file" | "unreadable" | "newer";
  /** What was written; may be empty for a file. */
  readonly text: string;
  /** The id here of the message that it answers; undefined where there is none, or not here. */
  readonly replyTo: string | undefined;
  readonly file: FileNote | undefined;
  /** Wall-clock time of the sender's machine, milliseconds since 1970; not to be trusted. */
  readonly sentAtMs: number;
  /**
   * Outgoing: waiting -> delivered (some device of theirs has it) -> read (where they tell);
   * "sent": another device of mine sent it. Incoming: unread -> read.
   */
  readonly state: "waiting" | "delivered" | "sent" | "unread" | "read";
  /** Wall-clock time at which a device of the person said it has the message; null before. */
  readonly deliveredAtMs: number | null;
  /** How far it is on its way to each device of theirs; empty for incoming ones. */
  readonly deliveries: readonly Delivery[];
}

/** How far a message is on its way to one device. */
export interface Delivery {
  readonly device: PeerId;
  /** Here alone; with somebody who holds it for them; on that device; read there. */
  readonly state: "waiting" | "held" | "delivered" | "read";
  /** Wall-clock time of that state; null for "waiting". */
  readonly sinceMs: number | null;
  /** Who holds it, and since when. */
  readonly holders: readonly { readonly holder: PeerId; readonly sinceMs: number }[];
}

/** A device to which letters go. */
export interface PostDevice {
  readonly peerId: PeerId;
  /** The device's Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
}

/** A person to whom messages may go, as the messages room needs them. */
export interface Correspondent {
  readonly personId: PersonId;
  readonly devices: readonly PostDevice[];
}

/** Somebody who became a contact by a letter. */
export interface Greeter {
  readonly device: PeerId;
  readonly personId: PersonId;
  /** What to write back. */
  readonly answer: Uint8Array;
}

/** Who may write to us and to whom we may write; `peer/` answers from the contacts. */
export interface Correspondents {
  byPerson(personId: PersonId): Correspondent | undefined;
  /** The person whose device this is, where they may write to us; our own id for our own devices. */
  personOf(device: PeerId): PersonId | undefined;
  /** The same of a device that shows its record, whose certificate vouches for it. */
  admit(record: PeerRecord): PersonId | undefined;
  all(): readonly Correspondent[];
  /** Our own other devices. */
  own(): readonly PostDevice[];
  /**
   * Somebody unknown says by letter who they are, with the token of an invite; `done` comes with
   * undefined where they may not write, and otherwise once they are a contact.
   * @param dhKey X25519 key of the device that sealed the letter
   */
  greeted?(content: Uint8Array, dhKey: Uint8Array, done: (who: Greeter | undefined) => void): void;
  /** A device has answered our greeting; on disk. */
  welcomed?(device: PeerId, content: Uint8Array): void;
}
