import { equalBytes, NO_BYTES } from "../base/bytes.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import { DiskError, type RecordStore } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { MessagesError } from "./errors.ts";
import type { Greetings, TakeDone } from "./greetings.ts";
import type { Bringer, Intake, Intaken, IntakeOptions } from "./intake.ts";
import type { Draft } from "./ledger.ts";
import { SEALED_PER_PASS_MAX } from "./limits.ts";
import { decodeEntry, type Entry, entryKey, type FullEntry, isUnsealed } from "./outbox.ts";
import type { Pair } from "./pair.ts";
import type { ChannelCount, Note } from "./protocol.ts";

type Done = (error: MessagesError | null) => void;

/** What the desk is made of. */
export interface DeskOptions extends IntakeOptions {
  readonly records: RecordStore;
  readonly intake: Intake;
  /** Takes what somebody unknown writes by an invite; it is passed over where there is none. */
  readonly greetings: () => Greetings;
  /** Something changed for a device: what waits for it may go on. */
  readonly onChanged: (device: PeerId) => void;
}

/** Who tells something of itself. */
export interface Teller {
  readonly device: PeerId;
  readonly personId: PersonId;
  readonly isProven: boolean;
}

/** What streams, carriers and anchors do with the post: every step durable before it is told. */
export class Desk {
  readonly #options: DeskOptions;
  /** Devices whose waiting letters are being read and sealed, and whether to look once more. */
  readonly #sealing = new Map<PeerId, boolean>();

  /** Wall-clock times at which devices were last heard of, since the start. */
  readonly #heard = new Map<PeerId, number>();

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** What this device tells of itself. */
  note(): Note {
    const { clock, identity, prekeys, invitePrekeys, hybridPrekeys } = this.#options;
    for (const one of [invitePrekeys, hybridPrekeys]) one.sweep();
    const bundle = prekeys.bundle() ?? NO_BYTES;
    return { wallMs: clock.wallMs(), dhKey: identity.dhKey.publicKey, bundle };
  }

  pair(device: PeerId): Pair | undefined {
    return this.#options.ledger.kept.pairs.get(device);
  }

  entries(device: PeerId): readonly Entry[] {
    return this.#options.ledger.kept.outbox(device).entries();
  }

  /** What waits for a device and only acknowledges. */
  acknowledgements(device: PeerId): Iterable<Entry> {
    return this.#options.ledger.kept.outbox(device).acknowledgements();
  }

  /** Whether an entry is sealed in a channel that lives: only such frames may leave. */
  isSealed({ device, sealed }: Entry): boolean {
    if (sealed === undefined) return false;
    return this.pair(device)?.channels.some(({ id }) => id === sealed.channelId) === true;
  }

  /** Wall-clock time at which something of a device was last opened or told by it; since the start. */
  heardAtMs(device: PeerId): number | undefined {
    return this.#heard.get(device);
  }

  /** Whether a prekey of the device is needed: there is no channel, and none can begin. */
  needsNote(device: PeerId): boolean {
    return !this.#options.post.canSeal(this.pair(device));
  }

  /**
   * Keeps what a device told of itself, where that is new. Errors: "protocol" for a key that is
   * another device's, whose letters would be taken for those of this one.
   * @param isProven whether the device has shown that the key is its own
   */
  takeNote({ device, personId, isProven }: Teller, note: Note, done: Done): void {
    const { ledger, clock } = this.#options;
    const skewMs = note.wallMs - clock.wallMs();
    const known = this.pair(device);
    const isKnown =
      known?.bundle !== undefined &&
      equalBytes(known.bundle, note.bundle) &&
      known.dhKey !== undefined &&
      equalBytes(known.dhKey, note.dhKey) &&
      Math.abs(known.skewMs - skewMs) < SKEW_KEPT_MS;
    if (isKnown || note.bundle.length === 0) {
      done(null);
      return;
    }
    const decide = (draft: Draft): void => {
      for (const { device: other, dhKey } of ledger.kept.pairs.values()) {
        if (other === device || !dhKey || !equalBytes(dhKey, note.dhKey)) continue;
        if (!isProven) throw new MessagesError("protocol", "This key is another device's.");
        const liar = draft.pairWith(other, "");
        draft.setPair({ ...liar, bundle: undefined, dhKey: undefined });
      }
      const pair = draft.pairWith(device, personId);
      draft.setPair({ ...pair, bundle: note.bundle, dhKey: note.dhKey, skewMs });
    };
    ledger.change(decide, done);
  }

  /**
   * How many frames of each channel the device must have: it has said so, and they are no longer
   * here. Less than that, and it was set back. Channels that it may not have seen yet are left out.
   */
  expectedCounts(device: PeerId): ReadonlyMap<string, number> {
    const expected = new Map<string, number>();
    for (const { id, opening, sealedCount } of this.pair(device)?.channels ?? []) {
      let count = sealedCount;
      for (const { sealed } of this.entries(device)) {
        if (sealed?.channelId === id) count = Math.min(count, sealed.index);
      }
      if (!opening || count > 0) expected.set(id, count);
    }
    return expected;
  }

  /**
   * The device says what it has; what it has lost is sealed anew, what it has is delivered.
   * @param expected what `expectedCounts` said when it was asked
   */
  takeHave(
    device: PeerId,
    channels: readonly ChannelCount[],
    expected: ReadonlyMap<string, number>,
    done: Done,
  ): void {
    const { ledger, post, letters } = this.#options;
    this.#heard.set(device, this.#wallMs());
    const counts = new Map(channels.map(({ channelId, count }) => [channelId, count]));
    const decide = (draft: Draft): void => {
      letters.delivered(draft, post.settle(draft, device, counts));
      for (const [id, count] of expected) {
        if ((counts.get(id) ?? -1) < count) post.abandon(draft, device, id);
      }
    };
    ledger.change(decide, (error) => {
      done(error);
      if (error === null) this.sealWaiting(device);
    });
  }

  /** The device has kept frames of a channel up to a count. */
  takeAck(device: PeerId, { channelId, count }: ChannelCount, done: Done): void {
    const { ledger, post, letters } = this.#options;
    const decide = (draft: Draft): void => {
      letters.delivered(draft, post.settle(draft, device, new Map([[channelId, count]])));
    };
    ledger.change(decide, done);
  }

  /** The device cannot open frames of these channels. */
  takeUnreadable(device: PeerId, channelIds: readonly string[]): void {
    const { ledger, post } = this.#options;
    ledger.change(
      (draft) => {
        for (const id of channelIds) post.abandon(draft, device, id);
      },
      () => this.sealWaiting(device),
    );
  }

  /** A frame came in; `done` comes once what it brought is on disk. */
  takeFrame(frame: Uint8Array, from: Bringer | undefined, done: TakeDone): void {
    let intaken: Intaken | undefined;
    const decide = (draft: Draft): void => {
      intaken = this.#options.intake.open(draft, frame, from);
    };
    this.#options.ledger.change(decide, (error) => {
      if (error === null && intaken?.firstWords !== undefined) {
        this.#options.greetings().take(frame, intaken.firstWords, intaken, done);
        return;
      }
      const device = intaken?.device;
      if (error === null && device !== undefined) this.#heard.set(device, this.#wallMs());
      done(error, intaken);
      if (error === null && device !== undefined) this.sealWaiting(device);
    });
  }

  /** Acknowledges inside the channel, where something is to be acknowledged. */
  acknowledge(device: PeerId, done: () => void = () => undefined): void {
    const { ledger, post } = this.#options;
    ledger.change(
      (draft) => post.acknowledge(draft, device),
      () => {
        this.#options.onChanged(device);
        done();
      },
    );
  }

  /** Seals what waits for a device, as far as there is a channel and room in it. */
  sealWaiting(device: PeerId): void {
    if (this.#sealing.has(device)) {
      this.#sealing.set(device, true);
      return;
    }
    const pair = this.pair(device);
    const waiting = pair && this.#options.post.canSeal(pair) ? this.#unsealed(pair) : [];
    if (waiting.length === 0) {
      this.#options.onChanged(device);
      return;
    }
    this.#sealing.set(device, false);
    this.#readAll(waiting, (full) => this.#sealAll(device, full));
  }

  /** The frame of an entry that leaves now; undefined where it is gone or the disk fails. */
  frameOf(entry: Entry, done: (frame: Uint8Array | undefined) => void): void {
    this.#options.post.leaving(entry);
    if (entry.frame !== undefined) done(entry.frame);
    else this.#read(entry, (full) => done(full?.frame));
  }

  #wallMs(): number {
    return this.#options.clock.wallMs();
  }

  #unsealed({ device, channels }: Pair): readonly Entry[] {
    const ids = new Set(channels.map(({ id }) => id));
    return this.#options.ledger.kept.outbox(device).unsealed(ids, SEALED_PER_PASS_MAX);
  }

  #sealAll(device: PeerId, waiting: readonly FullEntry[]): void {
    const { ledger, post } = this.#options;
    let sealed = 0;
    const decide = (draft: Draft): void => {
      sealed = 0;
      for (const full of waiting) {
        const ids = new Set(draft.pair(device)?.channels.map(({ id }) => id));
        // As of this draft: it may have been acknowledged in the same breath.
        const now = draft.entry(device, full.entry.place);
        if (now === undefined || !isUnsealed(now, ids)) continue;
        if (!post.sealWaiting(draft, full)) break;
        sealed++;
      }
    };
    ledger.change(decide, (error) => {
      const isAskedAgain = this.#sealing.get(device) === true;
      this.#sealing.delete(device);
      if (error === null && (sealed > 0 || isAskedAgain)) this.sealWaiting(device);
      else this.#options.onChanged(device);
    });
  }

  #readAll(entries: readonly Entry[], done: (full: readonly FullEntry[]) => void): void {
    const found: FullEntry[] = [];
    let at = 0;
    const next = (): void => {
      const entry = entries[at++];
      if (entry === undefined) {
        done(found);
        return;
      }
      if (entry.content !== undefined) {
        found.push({ entry, content: entry.content, frame: undefined });
        next();
        return;
      }
      this.#read(entry, (full) => {
        if (full !== undefined) found.push(full);
        next();
      });
    };
    next();
  }

  #read({ device, place }: Entry, done: (full: FullEntry | undefined) => void): void {
    const key = entryKey(device, place);
    this.#options.records.scan(key, (error, [record]) => {
      if (error !== null || record === undefined) {
        if (error !== null) this.#options.log.warn("outbox not read", { code: error.code });
        done(undefined);
        return;
      }
      try {
        done(decodeEntry(this.#options.kit.suite, key, record.value));
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        this.#options.log.warn("outbox entry damaged", { device });
        done(undefined);
      }
    });
  }
}

/** A difference of clocks that is not worth a write to disk, in milliseconds. */
const SKEW_KEPT_MS = 3_600_000;

/** Whether an error says that there is no room now, and that a later try may work. */
export function isPassing(error: MessagesError): boolean {
  return error.code === "busy" || error.code === "disk-full" || error.cause instanceof DiskError;
}
