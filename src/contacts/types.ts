import type { PeerId, PersonId } from "../identity/index.ts";

/** A device that acts for a contact, by the person's certificate. */
export interface ContactDevice {
  readonly peerId: PeerId;
  /** The device's Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
  /** Whether that device is known to have this person among its contacts. */
  readonly introduced: boolean;
}

/** A person we know or have asked. */
export interface Contact {
  readonly personId: PersonId;
  /** The person's Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
  /** The person's X25519 public key, 32 bytes: what messages are sealed to. */
  readonly dhKey: Uint8Array;
  /** What this person is called here; unique among the contacts, chosen here. */
  readonly petname: string;
  /** "asked": our request has not been answered yet; "met": both sides have each other. */
  readonly state: "asked" | "met";
  readonly devices: readonly ContactDevice[];
  /** Where the invite said that the person can be dialled; empty for those who came to us. */
  readonly endpoints: readonly string[];
  /** Wall-clock time, milliseconds since 1970. */
  readonly addedAtMs: number;
  /** Why the other side said no, while the contact is "asked"; undefined otherwise. */
  readonly refusal: ContactRefusal | undefined;
}

/** Why a contact request was not accepted. */
export type ContactRefusal = "unknown-token" | "expired" | "used-up" | "busy" | "full";
