import { toHex } from "../base/bytes.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { Clock } from "../ports/index.ts";
import type { MessagesError } from "./errors.ts";
import type { Draft, Ledger } from "./ledger.ts";
import { INVITE_PREKEYS_MAX } from "./limits.ts";
import type { Prekey, RatchetDoor, RatchetKit } from "./ratchet/types.ts";

/** Prefix of the secrets of prekeys in invites; within that of all prekeys, whose end is theirs too. */
export const INVITE_PREKEYS = "messages/k/i/";

/** What prekeys of invites are made with. */
export interface InvitePrekeysOptions {
  readonly ratchet: RatchetDoor;
  readonly kit: RatchetKit;
  readonly identity: LocalIdentity;
  readonly clock: Clock;
  readonly ledger: Ledger;
}

/**
 * Prekeys that went into invites: each ends with its invite, and that of an invite for one person
 * with the first letter that came by it.
 */
export class InvitePrekeys {
  readonly #options: InvitePrekeysOptions;
  #all: readonly Prekey[] = [];

  constructor(options: InvitePrekeysOptions) {
    this.#options = options;
  }

  /** Takes what the disk has. */
  load(prekeys: readonly Prekey[]): void {
    this.#all = prekeys;
  }

  /** All that somebody may still use. */
  get usable(): readonly Prekey[] {
    return this.#all;
  }

  /** Whether a prekey went into an invite. */
  has(prekey: Prekey): boolean {
    return this.#all.includes(prekey);
  }

  /**
   * Makes a prekey; `done` comes with the signed prekey once its secret is on disk, with undefined
   * where so many are out already. Errors: "busy", "disk-full", "disk".
   */
  make(
    lifeMs: number,
    isForOne: boolean,
    done: (error: MessagesError | null, bundle: Uint8Array | undefined) => void,
  ): void {
    const { ratchet, kit, identity, clock, ledger } = this.#options;
    let fresh: Prekey | undefined;
    const decide = (draft: Draft): void => {
      const nowMs = clock.wallMs();
      this.#dropExpired(draft, nowMs);
      const living = this.#all.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
      if (living.length >= INVITE_PREKEYS_MAX) return;
      const made = ratchet.makePrekey(kit, nowMs, lifeMs, isForOne);
      draft.write(keyOf(made), ratchet.encodePrekey(made));
      draft.onCommit(() => {
        this.#all = [...this.#all, made];
      });
      fresh = made;
    };
    ledger.change(decide, (error) => {
      const isMade = error === null && fresh !== undefined;
      done(error, isMade && fresh ? ratchet.writeBundle(fresh, identity.signKey) : undefined);
    });
  }

  /** Erases those whose time is over. */
  sweep(): void {
    const { clock, ledger } = this.#options;
    const nowMs = clock.wallMs();
    if (!this.#all.some(({ expiresAtMs }) => expiresAtMs <= nowMs)) return;
    ledger.change(
      (draft) => this.#dropExpired(draft, nowMs),
      () => undefined,
    );
  }

  /** A channel began by this prekey: that for one person opens nothing else from now on. */
  used(draft: Draft, prekey: Prekey): void {
    if (prekey.oneTime && this.has(prekey)) this.#drop(draft, prekey);
  }

  #dropExpired(draft: Draft, nowMs: number): void {
    for (const prekey of this.#all) if (prekey.expiresAtMs <= nowMs) this.#drop(draft, prekey);
  }

  #drop(draft: Draft, prekey: Prekey): void {
    draft.write(keyOf(prekey), null);
    draft.onCommit(() => {
      this.#all = this.#all.filter((one) => one !== prekey);
    });
  }
}

function keyOf({ publicKey }: Prekey): string {
  return INVITE_PREKEYS + toHex(publicKey);
}
