import type { DhKey, SigningKey } from "../crypto/suite.ts";

/**
 * A peer's address in its canonical internal form: 32 lower-case hexadecimal digits, the first
 * two always "fd". It is a valid IPv6 address of fd00::/8 and derived from the device's sign key.
 */
export type PeerId = string;

/** A person's id: 32 lower-case hexadecimal digits derived from the person's sign key. */
export type PersonId = string;

/** A person's vow that a device acts for them. */
export interface PersonCertificate {
  readonly personId: PersonId;
  /** The person's Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
  /** The person's X25519 public key, 32 bytes: what messages are sealed to. */
  readonly dhKey: Uint8Array;
  /** The person's Ed25519 signature over label, both keys and the device's sign key. */
  readonly signature: Uint8Array;
}

/** What a peer says of itself to everybody: signed, with a sequence number that only grows. */
export interface PeerRecord {
  readonly id: PeerId;
  /** The device's Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
  /** The device's X25519 public key for Noise, 32 bytes. */
  readonly dhKey: Uint8Array;
  /** Grows with every new announcement; 0 … 2^48-1. */
  readonly seqno: number;
  /** The name it gives itself; not unique, not trusted. */
  readonly name: string;
  /** End of the hash chain that vouches for the sequence numbers after this one, 12 bytes. */
  readonly chain: Uint8Array | undefined;
  readonly person: PersonCertificate;
  /** The encoded, signed form, as received. */
  readonly bytes: Uint8Array;
}

/** The keys of a person; exists only on the person's own devices. */
export interface PersonKeys {
  readonly personId: PersonId;
  readonly signKey: SigningKey;
  readonly dhKey: DhKey;
}

/** Everything a running peer needs to act as itself. */
export interface LocalIdentity {
  readonly id: PeerId;
  readonly signKey: SigningKey;
  readonly dhKey: DhKey;
  readonly person: PersonKeys;
  readonly certificate: PersonCertificate;
}
