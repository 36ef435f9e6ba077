import { equalBytes } from "../../base/bytes.ts";
import type { Kem } from "../../crypto/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../../identity/index.ts";
import type { Clock, Log } from "../../ports/index.ts";
import { MessagesError } from "../errors.ts";
import type { Draft, Ledger } from "../ledger.ts";
import type { Post } from "../post.ts";
import type { Note } from "../protocol.ts";
import type { HybridPrekeys } from "./prekeys.ts";

/** With what channels are made hybrid, and where. */
export interface HybridPort {
  readonly kem: Kem;
  /** Whether the way to a device has no room for the 3 kB more that this takes once. */
  isNarrow(device: PeerId): boolean;
}

/** What the hybrid keys are made of. */
export interface HybridKeysOptions {
  /** Undefined: this device has no hybrid channels. */
  readonly port: HybridPort | undefined;
  readonly hybridPrekeys: HybridPrekeys;
  readonly identity: LocalIdentity;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly post: Post;
  /** Whether frames for a device had better be small. */
  readonly isThrifty: (device: PeerId) => boolean;
}

/** Decides with whom a hybrid channel is to begin, and begins it. */
export class HybridKeys {
  readonly #options: HybridKeysOptions;

  constructor(options: HybridKeysOptions) {
    this.#options = options;
  }

  /** Whether this device gives and takes hybrid prekeys on the way to that one. */
  isPossible(device: PeerId): boolean {
    const { port, isThrifty } = this.#options;
    return port !== undefined && !port.isNarrow(device) && !isThrifty(device);
  }

  /**
   * Whether this device is to begin a hybrid channel with that one: where letters wait and it has
   * never answered. Where there is a plain channel the device with the smaller id does it, so that not
   * both do. Between devices that have nothing to write to each other there is none.
   */
  isDue(device: PeerId): boolean {
    const { identity, ledger } = this.#options;
    if (!this.isPossible(device) || this.#isHybrid(device)) return false;
    const { channels = [] } = ledger.kept.pairs.get(device) ?? {};
    if (identity.id < device && channels.length > 0) return true;
    return channels.every(({ opening }) => opening) && ledger.kept.outbox(device).size > 0;
  }

  /** Whether letters to a device go by a hybrid channel in which it has answered. */
  isSafe(device: PeerId): boolean {
    const pair = this.#options.ledger.kept.pairs.get(device);
    const channel = pair && this.#options.post.preferred(pair);
    return channel?.hybrid === true && !channel.opening;
  }

  /** A note with a prekey for the device that asks; undefined where there is none to give. */
  give(device: PeerId, done: (note: Note | undefined) => void): void {
    const { hybridPrekeys, clock, identity, log } = this.#options;
    hybridPrekeys.give(device, (error, bundle) => {
      if (error !== null) log.warn("hybrid prekey not made", { code: error.code });
      const dhKey = identity.dhKey.publicKey;
      done(bundle && { wallMs: clock.wallMs(), dhKey, bundle });
    });
  }

  /**
   * A device gave its prekey: begins a channel with it, durable when `done` comes. Errors:
   * "protocol" where the prekey is none of that device's, or not hybrid; "busy", "disk-full", "disk".
   */
  take(
    device: PeerId,
    personId: PersonId,
    note: Note,
    done: (error: MessagesError | null) => void,
  ): void {
    const { ledger, post, clock } = this.#options;
    const decide = (draft: Draft): void => {
      for (const { device: other, dhKey } of ledger.kept.pairs.values()) {
        if (!dhKey || (other === device) === equalBytes(dhKey, note.dhKey)) continue;
        throw new MessagesError("protocol", "This key is not that of the device that gave it.");
      }
      const skewMs = note.wallMs - clock.wallMs();
      const pair = { ...draft.pairWith(device, personId), dhKey: note.dhKey, skewMs };
      post.beginHybrid(draft, pair, note.bundle);
    };
    ledger.change(decide, done);
  }

  /** No hybrid prekey came of a device. */
  missed(device: PeerId): void {
    if (this.#options.ledger.kept.pairs.get(device)?.hadHybrid !== true) return;
    this.#options.log.warn("letters are no longer safe from quantum computers", { device });
  }

  #isHybrid(device: PeerId): boolean {
    const pair = this.#options.ledger.kept.pairs.get(device);
    return pair !== undefined && this.#options.post.preferred(pair)?.hybrid === true;
  }
}
