import type { CryptoSuite } from "../crypto/index.ts";
import {
  encodePeerRecord,
  type LocalIdentity,
  type PeerId,
  peerIdToBytes,
} from "../identity/index.ts";
import { OwnChain } from "./chain.ts";
import { CHAIN_LENGTH } from "./limits.ts";
import type { Mesh } from "./mesh.fixture.ts";
import { ENTRY, type Entry, encodeControl, REF, type Update } from "./messages.ts";

/** What a forged announcement says; what is left out is harmless. */
export interface Claimed {
  readonly seqno?: number | undefined;
  readonly link?: Uint8Array | undefined;
  readonly metric?: number;
  readonly hops?: number;
  readonly viaYou?: boolean;
  readonly spare?: boolean;
  readonly generation?: number;
  /** The honest router's own handle, to speak of what that one has told. */
  readonly handle?: number;
}

const HARMLESS = { seqno: 1, link: undefined, metric: 5, hops: 2, viaYou: false, spare: false };
/** Handles of honest routers in small meshes are far below. */
const FIRST_HANDLE = 40_000;

/** An origin that no router speaks for. */
export interface ChainedOrigin {
  readonly id: PeerId;
  /** Its record of number 1. */
  readonly record: Uint8Array;
  /** The link of a later number. */
  readonly link: (seqno: number) => Uint8Array | undefined;
}

/** An origin with a record of number 1 and links for those after it. */
export function chainedOrigin(suite: CryptoSuite, identity: LocalIdentity): ChainedOrigin {
  const idBytes = peerIdToBytes(identity.id);
  const chain = new OwnChain(suite, idBytes, new Uint8Array(12).fill(7), CHAIN_LENGTH);
  const about = { name: "", seqno: 1, chain: chain.link(0) ?? new Uint8Array(0) };
  const link = (seqno: number): Uint8Array | undefined => chain.link(seqno - 1);
  return { id: identity.id, record: encodePeerRecord(identity, about), link };
}

/**
 * A neighbour that says what it likes: its messages come to `to` as if the honest router at `from`
 * had sent them. The honest one knows none of the forger's handles and stays out of it.
 */
export class Forger {
  readonly #mesh: Mesh;
  readonly #from: number;
  readonly #to: number;
  readonly #handles = new Map<PeerId, number>();
  readonly #claims = new Map<PeerId, Uint8Array>();

  constructor(mesh: Mesh, from: number, to: number) {
    this.#mesh = mesh;
    this.#from = from;
    this.#to = to;
  }

  /** Delivers these entries in one message. */
  say(...entries: readonly Entry[]): void {
    this.#mesh.inject(this.#from, this.#to, encodeControl(...entries));
  }

  /** The forger's handle of an origin. */
  handle(origin: PeerId): number {
    const handle = this.#handles.get(origin) ?? FIRST_HANDLE + this.#handles.size;
    this.#handles.set(origin, handle);
    return handle;
  }

  /** Introduces a handle for an origin. */
  introduction(origin: PeerId, claimed: Claimed = {}): Update {
    return {
      ...{ kind: ENTRY.update, ref: REF.introduce, handle: this.handle(origin), generation: 0 },
      ...{ origin: peerIdToBytes(origin), ...HARMLESS, ...claimed },
    };
  }

  /** Speaks of an origin introduced before. */
  news(origin: PeerId, claimed: Claimed = {}): Update {
    return {
      ...this.introduction(origin, claimed),
      ref: REF.mine,
      generation: 0,
      origin: undefined,
    };
  }

  /** What answers the pull of an origin's record. */
  answer(origin: PeerId, record: Uint8Array): Entry {
    return {
      kind: ENTRY.record,
      ref: REF.mine,
      generation: 0,
      handle: this.handle(origin),
      record,
    };
  }

  /** Takes an origin back. */
  retraction(origin: PeerId): Entry {
    return { kind: ENTRY.retract, ref: REF.mine, generation: 0, handle: this.handle(origin) };
  }

  /** Introduces an origin, and answers the pull that follows with this record. */
  claim(origin: PeerId, record: Uint8Array, claimed: Claimed = {}): void {
    this.#claims.set(origin, record);
    this.say(this.introduction(origin, claimed));
    this.say(this.answer(origin, record));
  }

  /** Answers whatever is pulled of all that it has claimed: full tables pull late. */
  insist(forMs = 3_000, stepMs = 50): void {
    for (let ms = 0; ms < forMs; ms += stepMs) {
      for (const [origin, record] of this.#claims) this.say(this.answer(origin, record));
      this.#mesh.settle(stepMs);
    }
  }
}
