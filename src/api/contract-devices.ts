import type { ApiReasonBody } from "./contract-reasons.ts";

/** A device of this person or of a contact. */
export interface DeviceBody {
  readonly peerId: string;
  /** Address as people see it. */
  readonly address: string;
  readonly name: string;
  /** "void": only a device that was revoked had added it. */
  readonly state: "standing" | "revoked" | "void";
  readonly origin: "first" | "paired" | "words" | "friends";
  /** Name of the device that added it; empty: the person's own key. */
  readonly addedBy: string;
  /** Milliseconds since 1970, by the adding device's clock. */
  readonly addedAtMs: number;
  /** Petnames of contacts who helped to bring it back, as far as they are known here. */
  readonly vouchedBy: readonly string[];
  readonly isSelf: boolean;
  readonly reachable: boolean;
  /** It signed two histories: its disk was copied, or set back to an older copy. */
  readonly isForked: boolean;
  /** Whether this device may revoke it. */
  readonly mayRevoke: boolean;
  /** How far this device has given it messages of the past, where it does. */
  readonly history?: DeviceHistoryBody;
}

/** Messages of the past that this device gives another one. */
export interface DeviceHistoryBody {
  readonly given: number;
  readonly total: number;
  readonly startedAtMs: number;
  /** All of it is on that device. */
  readonly isDone: boolean;
}

/** Something that happened to somebody's devices. */
export interface DeviceNewsBody {
  readonly kind: "added" | "revoked" | "renamed" | "forked";
  /** Petname; empty: this person. */
  readonly contact: string;
  readonly personId: string;
  readonly peerId: string;
  readonly name: string;
  readonly atMs: number;
  /** A whole sentence for people. */
  readonly text: string;
}

/** GET /v1/devices[?of=contact], the most senior first */
export interface DevicesBody {
  /** Petname; empty: this person. */
  readonly contact: string;
  /** Whether this device holds the person's key, the 24 words. */
  readonly holdsWords: boolean;
  readonly devices: readonly DeviceBody[];
  /** Oldest first. */
  readonly news: readonly DeviceNewsBody[];
}

/** GET and POST /v1/devices/adding */
export interface AddingBody {
  readonly state: "closed" | "open" | "comparing" | "granting" | "added" | "failed";
  /** What the new device calls itself. */
  readonly name: string;
  /** Why it failed; empty where it has not. */
  readonly reason: string;
  /** The same for programs; null where only the words tell. */
  readonly reasonCode: ApiReasonBody["code"] | null;
  /** For the new device; a secret. */
  readonly link: string;
  readonly expiresAtMs: number;
}

/** A friend who keeps a share of this person's words. */
export interface FriendBody {
  /** Petname; the person's id where they are no contact any more. */
  readonly contact: string;
  readonly personId: string;
  /** Devices of theirs that have the share on disk; 0: it is on its way. */
  readonly keepers: number;
}

/** Somebody for whom this peer keeps a share. */
export interface KeptForBody {
  readonly contact: string;
  readonly personId: string;
  readonly need: number;
  readonly total: number;
}

/** GET /v1/recovery, and what its other calls answer */
export interface RecoveryBody {
  /** Whether this device holds the 24 words. */
  readonly holdsWords: boolean;
  /** Whether somebody has shown that they know them. */
  readonly isConfirmed: boolean;
  /** Places of the words that `POST /v1/recovery/confirm` asks for, from 1. */
  readonly asks: readonly number[];
  /** So many of `friends` bring this person back; 0: none were chosen on this device. */
  readonly need: number;
  readonly friends: readonly FriendBody[];
  /** Whether this device was restored: friends that were chosen before are not known on it, and keep their shares. */
  readonly isRestored: boolean;
  readonly keptFor: readonly KeptForBody[];
  /** A friend's request that is being answered here. */
  readonly approval: {
    readonly state: "none" | "reaching" | "comparing" | "sending" | "done" | "failed";
    readonly reason: string;
    readonly reasonCode: ApiReasonBody["code"] | null;
    readonly have: number;
    readonly need: number;
  };
}

/** POST /v1/recovery/words: in order; refused once somebody has shown that they know them. */
export interface RecoveryWordsBody {
  readonly words: readonly string[];
}
