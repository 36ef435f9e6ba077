import type { PersonId } from "../../identity/index.ts";

/** The id of an operation: 64 hexadecimal digits of the SHA-256 of its bytes. */
export type OpId = string;

/** What a member may do: `admin` adds, removes, invites and names; `member` takes part. */
export type Role = "member" | "admin";

/** Whom a name of the group means. */
export interface NameTarget {
  readonly t: "person" | "device";
  /** 32 hexadecimal digits. */
  readonly id: string;
}

/** Somebody who is added, and what the adder calls them. */
export interface AddTarget {
  readonly person: PersonId;
  readonly label: string;
}

/**
 * What owners decide together. `handover` is decided by the heirs, when owners are silent; a
 * decision of the owners on the same base goes before it.
 */
export type Decision =
  | {
      readonly t: "owners" | "handover";
      readonly owners: readonly PersonId[];
      /** Owners who decide together: more than half of them. */
      readonly quorum: number;
      readonly heirs: readonly PersonId[];
    }
  | { readonly t: "remove"; readonly targets: readonly PersonId[] };

/** Settings of a group that its admins may change. */
export type PolicyKey = "title" | "folder";

/** What an operation says. */
export type Body =
  | {
      readonly t: "genesis";
      readonly title: string;
      readonly nonce: Uint8Array;
      readonly owners: readonly PersonId[];
      readonly quorum: number;
      /** What the founder is called. */
      readonly label: string;
    }
  | { readonly t: "add"; readonly role: Role; readonly targets: readonly AddTarget[] }
  | { readonly t: "remove"; readonly targets: readonly PersonId[] }
  | { readonly t: "leave" }
  | {
      readonly t: "invite";
      /** The Ed25519 key whose secret is in the link, 32 bytes. */
      readonly key: Uint8Array;
      readonly uses: number;
      /** Wall-clock time, milliseconds since 1970. */
      readonly expiresAtMs: number;
      readonly role: Role;
    }
  | {
      readonly t: "join";
      readonly invite: OpId;
      readonly label: string;
      /** The invite key's signature over group, invite and the device that joins. */
      readonly signature: Uint8Array;
    }
  | { readonly t: "revoke"; readonly invite: OpId }
  | { readonly t: "role"; readonly person: PersonId; readonly role: Role }
  /** Without a target the name is free again. */
  | { readonly t: "name"; readonly label: string; readonly target: NameTarget | undefined }
  | { readonly t: "policy"; readonly key: PolicyKey; readonly value: string }
  | { readonly t: "vote"; readonly base: OpId; readonly decision: Decision }
  /** New keys for what the group encrypts, without a removal. */
  | { readonly t: "epoch" };

/** A signed operation as it travels. */
export interface Op {
  readonly id: OpId;
  /** The group: 32 hexadecimal digits, the beginning of the genesis' id; empty in the genesis. */
  readonly group: string;
  /** The author's device: its Ed25519 key, 64 hexadecimal digits. */
  readonly author: string;
  /** Counts the author's operations from 1. */
  readonly seq: number;
  /** What the author had seen last; the author's own operation before this one comes first. */
  readonly deps: readonly OpId[];
  /** Vouches for the device in its first operation; empty in later ones. */
  readonly proof: Uint8Array;
  readonly body: Body;
  /** The whole as it was received: canonical CBOR and the author's signature. */
  readonly bytes: Uint8Array;
}

/** An operation in its place in a log. */
export interface Entry {
  readonly op: Op;
  /** Place in the order of arrival; everything it depends on has a smaller one. */
  readonly index: number;
  readonly person: PersonId;
  /** Places of `op.deps`. */
  readonly deps: readonly number[];
  /** Places of operations in the author's own past that name the person and were pointed at. */
  readonly named: readonly number[];
}

/** Whose device an operation's author is. */
export interface Vouching {
  /**
   * The person for whom the device with this sign key (32 bytes) acts, as the proof says; undefined
   * where it proves nothing. Must depend on nothing else, or logs would not converge.
   */
  personOf(deviceKey: Uint8Array, proof: Uint8Array): PersonId | undefined;
}
