import type { DhKey, SigningKey } from "../crypto/suite.ts";

/**
 * A peer's address in its canonical internal form: 32 lower-case hexadecimal digits, the first
 * two always "fd". It is a valid IPv6 address of fd00::/8 and derived from the device's sign key.
 */
export type PeerId = string;

/** A person's id: 32 lower-case hexadecimal digits derived from the person's sign key. */
export type PersonId = string;

/** A device that vouches for the next one in a certificate. */
export interface Voucher {
  /** The vouching device's Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
  /** Its signature over label, both keys of the person and the next device's sign key. */
  readonly signature: Uint8Array;
}

/**
 * The word of a person that a device acts for them: the person's own signature, or that of a
 * device which has the person's, and so on. It says nothing of revocations: see `devices`.
 */
export interface PersonCertificate {
  readonly personId: PersonId;
  /** The person's Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
  /** The person's X25519 public key, 32 bytes: what messages are sealed to. */
  readonly dhKey: Uint8Array;
  /**
   * The person's Ed25519 signature over label, both keys and the sign key of the device, or of the
   * first one of `via`.
   */
  readonly signature: Uint8Array;
  /** Devices between the person's signature and this device, at most 2. */
  readonly via: readonly Voucher[];
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

/** The keys of a person, from the 24 words; they exist only where those are known. */
export interface PersonKeys {
  readonly personId: PersonId;
  readonly signKey: SigningKey;
  readonly dhKey: DhKey;
}

/** A person as a device of theirs knows them. */
export interface LocalPerson {
  readonly personId: PersonId;
  /** Without its secret: see `root`. */
  readonly signKey: { readonly publicKey: Uint8Array };
  /** Part of what certificates are about; no device needs its secret. */
  readonly dhKey: { readonly publicKey: Uint8Array };
  /** The person's own signature, only on devices that hold the 24 words. */
  readonly root: SigningKey | undefined;
}

/** Everything a running peer needs to act as itself. */
export interface LocalIdentity {
  readonly id: PeerId;
  readonly signKey: SigningKey;
  readonly dhKey: DhKey;
  readonly person: LocalPerson;
  readonly certificate: PersonCertificate;
}
