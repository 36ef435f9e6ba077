import { toHex } from "../base/bytes.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { Clock } from "../ports/index.ts";
import type { Ledger } from "./ledger.ts";
import { PREKEY_FRESH_MS, PREKEY_LIFE_MS, PREKEYS_KEPT_MAX } from "./limits.ts";
import type { Prekey, RatchetDoor, RatchetKit } from "./ratchet/types.ts";

/** Prefix of the secrets of this device's prekeys. */
export const PREKEYS = "messages/k/";

/** Where prekeys are kept, and for how long. */
export interface PrekeyTerms {
  readonly prefix: string;
  /** How long one is given out before a new one takes its place. */
  readonly freshMs: number;
  /** How long it is good for whoever got it. */
  readonly lifeMs: number;
}

/** Those by which others begin channels. */
export const CHANNEL_PREKEYS: PrekeyTerms = {
  prefix: PREKEYS,
  freshMs: PREKEY_FRESH_MS,
  lifeMs: PREKEY_LIFE_MS,
};

/** The prekeys that this device gives out, and those that somebody may still use. */
export class Prekeys {
  readonly #ratchet: RatchetDoor;
  readonly #kit: RatchetKit;
  readonly #identity: LocalIdentity;
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #terms: PrekeyTerms;
  /** Oldest first. */
  #all: Prekey[] = [];
  #isRenewing = false;

  constructor(options: {
    readonly ratchet: RatchetDoor;
    readonly kit: RatchetKit;
    readonly identity: LocalIdentity;
    readonly clock: Clock;
    readonly ledger: Ledger;
    readonly terms: PrekeyTerms;
  }) {
    this.#ratchet = options.ratchet;
    this.#kit = options.kit;
    this.#identity = options.identity;
    this.#clock = options.clock;
    this.#ledger = options.ledger;
    this.#terms = options.terms;
  }

  /** Takes what the disk has. */
  load(prekeys: readonly Prekey[]): void {
    this.#all = [...prekeys].sort((a, b) => a.expiresAtMs - b.expiresAtMs);
  }

  /** All that somebody may still have used for a first frame. */
  get usable(): readonly Prekey[] {
    return this.#all;
  }

  /** The signed prekey to give out now; undefined while there is none on disk. */
  bundle(): Uint8Array | undefined {
    const newest = this.#all.findLast((prekey) => this.#isFresh(prekey)) ?? this.#all.at(-1);
    if (newest === undefined || !this.#isFresh(newest)) this.renew(() => undefined);
    return newest && this.#ratchet.writeBundle(newest, this.#identity.signKey);
  }

  /** Makes a new prekey where the newest is no longer fresh; `done` comes in any case. */
  renew(done: () => void): void {
    if (this.#isRenewing || this.#all.some((prekey) => this.#isFresh(prekey))) {
      done();
      return;
    }
    this.#isRenewing = true;
    const nowMs = this.#clock.wallMs();
    const fresh = this.#ratchet.makePrekey(this.#kit, nowMs, this.#terms.lifeMs, false);
    const living = this.#all.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    const kept = [...living.slice(1 - PREKEYS_KEPT_MAX), fresh];
    const decide: Parameters<Ledger["change"]>[0] = (draft) => {
      draft.write(this.#keyOf(fresh), this.#ratchet.encodePrekey(fresh));
      for (const prekey of this.#all) {
        if (!kept.includes(prekey)) draft.write(this.#keyOf(prekey), null);
      }
    };
    this.#ledger.change(decide, (error) => {
      this.#isRenewing = false;
      if (error === null) this.#all = kept;
      done();
    });
  }

  /** A clock that was set back makes prekeys that would live too long: those are not fresh either. */
  #isFresh({ expiresAtMs, oneTime }: Prekey): boolean {
    const { freshMs, lifeMs } = this.#terms;
    const leftMs = expiresAtMs - this.#clock.wallMs();
    return !oneTime && leftMs > lifeMs - freshMs && leftMs <= lifeMs + 1_000;
  }

  #keyOf(prekey: Prekey): string {
    return this.#terms.prefix + toHex(prekey.publicKey);
  }
}
