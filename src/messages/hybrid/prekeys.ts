import { SerialChanges } from "../../base/serial-changes.ts";
import type { LocalIdentity, PeerId } from "../../identity/index.ts";
import type { Clock } from "../../ports/index.ts";
import { MessagesError } from "../errors.ts";
import type { Draft, Ledger } from "../ledger.ts";
import { PREKEYS } from "../prekeys.ts";
import type { Prekey, RatchetDoor, RatchetKit } from "../ratchet/types.ts";
import {
  HYBRID_PREKEY_FRESH_MS,
  HYBRID_PREKEY_LIFE_MS,
  HYBRID_PREKEYS_MAX,
  HYBRID_STREAMS_MAX,
} from "./limits.ts";

/** Prefix of the secrets of hybrid prekeys, by the device that has one; within that of all prekeys. */
export const HYBRID_PREKEYS: string = `${PREKEYS}h/`;

/** What hybrid prekeys are made with. */
export interface HybridPrekeysOptions {
  readonly ratchet: RatchetDoor;
  /** It has the KEM. */
  readonly kit: RatchetKit;
  readonly identity: LocalIdentity;
  readonly clock: Clock;
  readonly ledger: Ledger;
}

/** A hybrid prekey and the device that it was made for. */
export type HybridPrekeyFor = readonly [device: PeerId, prekey: Prekey];

/**
 * Hybrid prekeys of this device: each made for one device that asked, good for one channel, and
 * erased in the batch that keeps that channel.
 */
export class HybridPrekeys {
  readonly #options: HybridPrekeysOptions;
  /** By device, the oldest first. */
  readonly #all = new Map<PeerId, Prekey>();
  readonly #making = new SerialChanges<MessagesError>({
    waitingMax: HYBRID_STREAMS_MAX,
    busy: () => new MessagesError("busy", "Too many devices ask for a prekey; try again later."),
    isRefusal: (error) => error instanceof MessagesError,
  });

  constructor(options: HybridPrekeysOptions) {
    this.#options = options;
  }

  /** Takes what the disk has. */
  load(found: readonly HybridPrekeyFor[]): void {
    const oldestFirst = [...found].sort(([, a], [, b]) => a.expiresAtMs - b.expiresAtMs);
    for (const [device, prekey] of oldestFirst) this.#all.set(device, prekey);
  }

  /** All by which somebody may still begin a channel. */
  get usable(): readonly Prekey[] {
    return [...this.#all.values()];
  }

  /**
   * The prekey of a device, the same as long as it was not used and is fresh: whoever asks again and
   * again makes no work. `done` comes with it, signed, once its secret is on disk. Errors: "busy",
   * "disk-full", "disk".
   */
  give(
    device: PeerId,
    done: (error: MessagesError | null, bundle: Uint8Array | undefined) => void,
  ): void {
    const { ratchet, kit, identity, clock, ledger } = this.#options;
    let given: Prekey | undefined;
    const decide = (draft: Draft): void => {
      const nowMs = clock.wallMs();
      given = this.#all.get(device);
      if (given !== undefined && isFresh(given, nowMs)) return;
      this.#makeRoom(draft, device, nowMs);
      const made = ratchet.makeHybridPrekey(kit, nowMs, HYBRID_PREKEY_LIFE_MS);
      draft.write(HYBRID_PREKEYS + device, ratchet.encodePrekey(made));
      draft.onCommit(() => {
        this.#all.delete(device);
        this.#all.set(device, made);
      });
      given = made;
    };
    this.#making.make(
      () => (settled) => ledger.change(decide, settled),
      (error) => {
        const isGiven = error === null && given !== undefined;
        done(error, isGiven && given ? ratchet.writeBundle(given, identity.signKey) : undefined);
      },
    );
  }

  /** Erases those whose time is over. */
  sweep(): void {
    const nowMs = this.#options.clock.wallMs();
    if (![...this.#all.values()].some((prekey) => isOver(prekey, nowMs))) return;
    this.#options.ledger.change(
      (draft) => this.#dropOver(draft, nowMs),
      () => undefined,
    );
  }

  /** A channel began by this prekey: it opens nothing else from now on. */
  used(draft: Draft, prekey: Prekey): void {
    for (const [device, one] of this.#all) if (one === prekey) this.#drop(draft, device, one);
  }

  #makeRoom(draft: Draft, device: PeerId, nowMs: number): void {
    this.#dropOver(draft, nowMs);
    const kept = [...this.#all].filter(([one, prekey]) => one !== device && !isOver(prekey, nowMs));
    const excess = kept.length + 1 - HYBRID_PREKEYS_MAX;
    for (const [oldest, prekey] of kept.slice(0, Math.max(0, excess))) {
      this.#drop(draft, oldest, prekey);
    }
  }

  #dropOver(draft: Draft, nowMs: number): void {
    for (const [device, prekey] of this.#all) {
      if (isOver(prekey, nowMs)) this.#drop(draft, device, prekey);
    }
  }

  #drop(draft: Draft, device: PeerId, prekey: Prekey): void {
    draft.write(HYBRID_PREKEYS + device, null);
    draft.onCommit(() => {
      if (this.#all.get(device) === prekey) this.#all.delete(device);
    });
  }
}

function isFresh(prekey: Prekey, nowMs: number): boolean {
  const bornMs = prekey.expiresAtMs - HYBRID_PREKEY_LIFE_MS;
  return !isOver(prekey, nowMs) && nowMs - bornMs < HYBRID_PREKEY_FRESH_MS;
}

/** Ended, or made by a clock that was ahead: it would live too long. */
function isOver({ expiresAtMs }: Prekey, nowMs: number): boolean {
  return expiresAtMs <= nowMs || expiresAtMs > nowMs + HYBRID_PREKEY_LIFE_MS + 1_000;
}
