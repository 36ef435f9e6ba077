import type { PeerId, PersonId } from "../identity/index.ts";

/** One message of a conversation, as people see it. */
export interface Message {
  /** Unique on this peer and sortable as text: later messages have greater ids. */
  readonly id: string;
  /** The other side of the conversation. */
  readonly personId: PersonId;
  readonly direction: "in" | "out";
  /** What was written; a fixed notice where `readable` is false. */
  readonly text: string;
  /** False: an entry came whose body could not be opened; `text` is a notice saying so. */
  readonly readable: boolean;
  /** Wall-clock time of the sender's machine, milliseconds since 1970; not to be trusted. */
  readonly sentAtMs: number;
  /** Outgoing: waiting -> delivered. Incoming: unread -> read. */
  readonly state: "waiting" | "delivered" | "unread" | "read";
  /** Wall-clock time at which a device of the person said it has the message; null before. */
  readonly deliveredAtMs: number | null;
}

/** A person to whom messages may go, as the messages room needs them. */
export interface Correspondent {
  readonly personId: PersonId;
  /** The person's X25519 public key, 32 bytes. */
  readonly dhKey: Uint8Array;
  readonly devices: readonly { readonly peerId: PeerId; readonly signKey: Uint8Array }[];
}

/** Who may write to us and to whom we may write; `peer/` answers from the contacts. */
export interface Correspondents {
  byPerson(personId: PersonId): Correspondent | undefined;
  all(): readonly Correspondent[];
}
