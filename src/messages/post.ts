import { NO_BYTES } from "../base/bytes.ts";
import { CryptoError } from "../crypto/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../identity/index.ts";
import type { Clock, Log } from "../ports/index.ts";
import { type Content, encodeBody } from "./body.ts";
import { MessagesError } from "./errors.ts";
import type { Draft, Ledger } from "./ledger.ts";
import { WAITING_PER_DEVICE_MAX } from "./limits.ts";
import { type Entry, type FullEntry, isUnsealed, kept, sealedEntry } from "./outbox.ts";
import { type Pair, withChannel, withoutChannel } from "./pair.ts";
import { RatchetError } from "./ratchet/errors.ts";
import type { Channel, PrekeyBundle, RatchetDoor, RatchetKit, Seal } from "./ratchet/types.ts";
import type { Correspondents } from "./types.ts";

/** What the outgoing half of the post is made of. */
export interface PostOptions {
  readonly ratchet: RatchetDoor;
  readonly kit: RatchetKit;
  readonly identity: LocalIdentity;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly correspondents: Correspondents;
  /** How much is spent on the seal of a frame to a device; "full" where nothing is said. */
  readonly sealFor?: ((device: PeerId) => Seal) | undefined;
}

/** A letter to one device. */
export interface Outgoing extends Content {
  /** The message it belongs to, where it belongs to one. */
  readonly itemId?: string | undefined;
}

/** Empty frames of ours that may wait for the other side to acknowledge them. */
const EMPTY_WAITING_MAX = 32;

/**
 * Letters on their way out: numbered, sealed in the channel to their device, kept until that
 * device has acknowledged them.
 */
export class Post {
  readonly #options: PostOptions;
  /** How many frames of each channel may have left this device. */
  readonly #left = new Map<string, number>();

  constructor(options: PostOptions) {
    this.#options = options;
    for (const { channels } of options.ledger.kept.pairs.values()) {
      for (const { id, sealedCount } of channels) this.#left.set(id, sealedCount);
    }
  }

  /** A sealed entry is about to leave this device, in whatever way. */
  leaving({ sealed }: Entry): void {
    if (sealed === undefined) return;
    const { channelId, index } = sealed;
    this.#left.set(channelId, Math.max(this.#left.get(channelId) ?? 0, index + 1));
  }

  /**
   * Queues a letter for a device; sealed at once where that is possible.
   * @returns its number
   * @throws MessagesError("too-many-waiting")
   */
  enqueue(draft: Draft, device: PeerId, personId: PersonId, letter: Outgoing): number {
    const { ledger, clock } = this.#options;
    const pair = draft.pairWith(device, personId);
    const outbox = ledger.kept.outbox(device);
    if (outbox.size >= WAITING_PER_DEVICE_MAX) {
      const words = `${WAITING_PER_DEVICE_MAX} letters wait for one device. Let it come online first.`;
      throw new MessagesError("too-many-waiting", words);
    }
    const entry: Entry = {
      device,
      place: pair.nextPlace,
      number: pair.nextNumber,
      kind: letter.kind,
      itemId: letter.itemId,
      sealed: undefined,
      content: kept(letter.content),
      frame: undefined,
      frameBytes: 0,
      parcel: undefined,
      queuedAtMs: clock.wallMs(),
    };
    const numbered = { ...pair, nextPlace: pair.nextPlace + 1, nextNumber: pair.nextNumber + 1 };
    const full = { entry, content: letter.content, frame: undefined };
    const sealed = pair.unsealed === 0 && this.#seal(draft, numbered, full);
    if (!sealed) {
      draft.setPair({ ...numbered, unsealed: pair.unsealed + 1 });
      draft.setEntry(full);
    }
    return entry.number;
  }

  /** Queues frames that only acknowledge, in every channel in which something is to be acknowledged. */
  acknowledge(draft: Draft, device: PeerId): void {
    for (const channel of draft.pair(device)?.channels ?? []) {
      const pair = draft.pair(device);
      if (pair !== undefined && channel.owesAcknowledgement)
        this.#enqueueEmpty(draft, pair, channel);
    }
  }

  /** Seals an entry that waits; false where that is not possible now. */
  sealWaiting(draft: Draft, full: FullEntry): boolean {
    const pair = draft.pair(full.entry.device);
    if (pair === undefined) return false;
    return this.#seal(draft, { ...pair, unsealed: Math.max(0, pair.unsealed - 1) }, full);
  }

  /** Whether letters to that device can be sealed now, be it in a channel that is yet to begin. */
  canSeal(pair: Pair | undefined): boolean {
    if (pair === undefined) return false;
    return pair.channels.length > 0 || (!!pair.dhKey && this.#bundleOf(pair) !== undefined);
  }

  /** The channel that is sealed with. */
  preferred(pair: Pair): Channel | undefined {
    const { ratchet } = this.#options;
    let best: Channel | undefined;
    for (const channel of pair.channels) {
      if (best === undefined || ratchet.isPreferred(channel, best)) best = channel;
    }
    return best;
  }

  /**
   * The other device has everything up to some frame: what waits no longer leaves the outbox.
   * @param counts how many frames of each channel have arrived there
   * @returns the letters that are delivered thereby
   */
  settle(draft: Draft, device: PeerId, counts: ReadonlyMap<string, number>): readonly Entry[] {
    const settled: Entry[] = [];
    const clones = new Set<string>();
    for (const [channelId, count] of counts) {
      if (count <= (this.#left.get(channelId) ?? 0)) continue;
      // It has what never left here: this home was set back, and sealed with keys of before.
      this.#options.log.warn("an old copy of this home", { device });
      this.abandon(draft, device, channelId);
      clones.add(channelId);
    }
    for (const entry of this.#options.ledger.kept.outbox(device).entries()) {
      const { sealed } = entry;
      if (sealed === undefined || sealed.index >= (counts.get(sealed.channelId) ?? 0)) continue;
      if (clones.has(sealed.channelId)) continue;
      const now = draft.entry(device, entry.place);
      // Two acknowledgements may come to disk together.
      if (now === undefined) continue;
      this.#forgetUnsealed(draft, now);
      draft.removeEntry(entry);
      settled.push(entry);
    }
    return settled;
  }

  /** The other side cannot open what a channel seals: all that waits in it is to be sealed anew. */
  abandon(draft: Draft, device: PeerId, channelId: string): void {
    const pair = draft.pair(device);
    if (!pair?.channels.some(({ id }) => id === channelId)) return;
    let unsealed = pair.unsealed;
    const waiting = this.#options.ledger.kept.outbox(device).entries();
    for (const { place } of [...waiting, ...draft.newEntries(device)]) {
      const now = draft.entry(device, place);
      if (now?.sealed?.channelId !== channelId) continue;
      if (now.number === 0) draft.removeEntry(now);
      else unsealed++;
    }
    draft.setPair({ ...withoutChannel(pair, channelId), unsealed });
    this.#options.log.info("channel given up", { device });
  }

  /**
   * Begins a hybrid channel, and tells the other device of it by a frame that says nothing else. What
   * a plain channel has sealed in which nobody ever answered is sealed anew in it.
   * @param bytes the signed prekey that the device gave for this
   * @throws MessagesError("protocol") where it is not that device's, not good, or not hybrid
   */
  beginHybrid(draft: Draft, pair: Pair, bytes: Uint8Array): void {
    const { device, dhKey } = pair;
    const bundle = this.#bundleOf({ ...pair, bundle: bytes });
    const isHybrid = bundle?.kemKey !== undefined && bundle.oneTime;
    if (!isHybrid || dhKey === undefined) {
      throw new MessagesError("protocol", "A device gave no hybrid prekey where one was due.");
    }
    draft.setPair(pair);
    for (const { id, opening, hybrid } of pair.channels) {
      if (opening && !hybrid) this.abandon(draft, device, id);
    }
    try {
      const begun = this.#begin(draft.pairWith(device, pair.personId), dhKey, bundle);
      draft.setPair(begun.pair);
      this.#enqueueEmpty(draft, begun.pair, begun.channel);
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause;
      throw new MessagesError("protocol", "The prekey of a device is of no use.", { cause });
    }
  }

  /**
   * An entry is about to leave the outbox: where it was still to be sealed, that is one less. Counted
   * too often, it would keep all letters after it from being sealed as they are written.
   */
  #forgetUnsealed(draft: Draft, entry: Entry): void {
    const pair = draft.pair(entry.device);
    if (pair === undefined || pair.unsealed === 0) return;
    if (!isUnsealed(entry, new Set(pair.channels.map(({ id }) => id)))) return;
    draft.setPair({ ...pair, unsealed: pair.unsealed - 1 });
  }

  /** A channel to the device, begun where there is none and a prekey of theirs is good. */
  #channelFor(pair: Pair): { pair: Pair; channel: Channel } | undefined {
    const known = this.preferred(pair);
    if (known !== undefined) return { pair, channel: known };
    const bundle = this.#bundleOf(pair);
    if (bundle === undefined || pair.dhKey === undefined) return undefined;
    return this.#begin(pair, pair.dhKey, bundle);
  }

  /** @throws CryptoError where the prekey cannot be used */
  #begin(
    pair: Pair,
    theirDhKey: Uint8Array,
    bundle: PrekeyBundle,
  ): { pair: Pair; channel: Channel } {
    const { ratchet, kit, identity, clock } = this.#options;
    const channel = ratchet.beginChannel(kit, {
      ...{ ourDhKey: identity.dhKey, theirDhKey, bundle },
      ...{ nowMs: clock.wallMs(), afterGeneration: pair.generation },
    });
    return { pair: withChannel(pair, channel), channel };
  }

  /** Their prekey, judged by their clock: ours may be years off. */
  #bundleOf(pair: Pair): PrekeyBundle | undefined {
    const { ratchet, kit, clock, log } = this.#options;
    const signKey = this.#signKeyOf(pair);
    if (pair.bundle === undefined || signKey === undefined) return undefined;
    try {
      const theirNowMs = Math.max(0, clock.wallMs() + pair.skewMs);
      return ratchet.readBundle(kit.suite, pair.bundle, signKey, theirNowMs);
    } catch (error) {
      if (!(error instanceof RatchetError)) throw error;
      log.info("prekey of no use", { device: pair.device, code: error.code });
      return undefined;
    }
  }

  #signKeyOf({ device, personId }: Pair): Uint8Array | undefined {
    const { correspondents, identity } = this.#options;
    const isOwn = personId === identity.person.personId;
    const devices = isOwn ? correspondents.own() : correspondents.byPerson(personId)?.devices;
    return devices?.find(({ peerId }) => peerId === device)?.signKey;
  }

  /** Seals and keeps pair and entry in the draft; false where nothing was done. */
  #seal(draft: Draft, pair: Pair, full: FullEntry, chosen?: Channel): boolean {
    const { clock, log } = this.#options;
    const ready = chosen === undefined ? this.#channelFor(pair) : { pair, channel: chosen };
    if (ready === undefined) return false;
    const { entry, content } = full;
    const body =
      entry.number === 0
        ? NO_BYTES
        : encodeBody({ ...entry, content, isFirst: this.#isFirst(entry) });
    try {
      const { frame, index, next } = ready.channel.seal(
        body,
        clock.wallMs(),
        this.#options.sealFor?.(entry.device),
      );
      const sealed = { channelId: next.id, index };
      draft.setPair(withChannel(ready.pair, next));
      draft.setEntry({
        entry: sealedEntry(this.#options.kit.suite, entry, sealed, frame),
        content,
        frame,
      });
      return true;
    } catch (error) {
      if (!(error instanceof RatchetError)) throw error;
      if (error.code !== "window-full") log.warn("letter not sealed", { code: error.code });
      return false;
    }
  }

  /** Whether every letter with a lower number has been acknowledged. */
  #isFirst({ device, number }: Entry): boolean {
    const { kept } = this.#options.ledger;
    for (const entry of kept.outbox(device).entries()) {
      if (entry.number > 0) return entry.number >= number;
    }
    return number === (kept.pairs.get(device)?.nextNumber ?? 1);
  }

  #enqueueEmpty(draft: Draft, pair: Pair, channel: Channel): void {
    const { ledger, clock } = this.#options;
    const { device } = pair;
    if (ledger.kept.outbox(device).acknowledgementCount >= EMPTY_WAITING_MAX) return;
    const entry: Entry = {
      device,
      place: pair.nextPlace,
      number: 0,
      kind: 0,
      itemId: undefined,
      sealed: undefined,
      content: undefined,
      frame: undefined,
      frameBytes: 0,
      parcel: undefined,
      queuedAtMs: clock.wallMs(),
    };
    const placed = { ...pair, nextPlace: pair.nextPlace + 1 };
    this.#seal(draft, placed, { entry, content: NO_BYTES, frame: undefined }, channel);
  }
}
