import { TypedError } from "../base/errors.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { Clock, DiskError, Log, RecordStore } from "../ports/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { KIND } from "./body.ts";
import type { MessagesError } from "./errors.ts";
import type { Item } from "./item.ts";
import type { Draft, Ledger } from "./ledger.ts";
import type { ForeignLetter } from "./letters.ts";
import { READ_MARKS_PER_LETTER_MAX, READ_PENDING_MAX, READ_UNTOLD_MAX } from "./limits.ts";
import type { Entry } from "./outbox.ts";
import type { Post } from "./post.ts";
import { decodeSections, encodeSections, type ReadPlace, type ReadSection } from "./read-letter.ts";

/** Prefix of what own devices have read that is not here yet. */
export const READ_PENDING = "messages/r/";
/** Prefix of what was read here and other own devices are yet to be told. */
export const READ_UNTOLD = "messages/y/";

/** What the telling of what was read is made of. */
export interface ReadMarksOptions {
  readonly ledger: Ledger;
  readonly post: Post;
  readonly clock: Clock;
  readonly log: Log;
  /** This person. */
  readonly self: PersonId;
  readonly ownDevices: () => readonly PeerId[];
  /** Messages are read now. */
  readonly changed: (draft: Draft, items: readonly Item[]) => void;
  /** A letter to this device is in the outbox. */
  readonly onQueued: (device: PeerId) => void;
}

/** What one own device is yet to be told, as one record. */
interface Chunk extends ReadSection {
  readonly key: string;
}

/** Somebody who keeps messages elsewhere, chats of groups, and what they make of marks. */
export interface ReadElsewhere {
  /** Whether a message is here and read. */
  isRead(id: string, mark: string): boolean;
  /** Marks of this group are pending; on disk. */
  look(id: string): void;
}

/**
 * What is read on one device of a person is read on all of them. Which messages are meant is said by
 * their marks, one by one: so it may come twice, in any order, and before the message itself.
 */
export class ReadMarks {
  readonly #options: ReadMarksOptions;
  #elsewhere: ReadElsewhere | undefined;
  /** Keys of marks whose messages are not here, the oldest first. */
  readonly #pending = new Set<string>();
  readonly #untold = new Map<PeerId, readonly Chunk[]>();
  #nextChunk = 1;

  constructor(options: ReadMarksOptions) {
    this.#options = options;
  }

  /** Who keeps the messages of groups. */
  joinGroups(elsewhere: ReadElsewhere): void {
    this.#elsewhere = elsewhere;
  }

  /** Takes what the disk has. */
  load(records: RecordStore, done: (error: DiskError | null) => void): void {
    records.scan(READ_PENDING, (error, pending) => {
      if (error !== null) {
        done(error);
        return;
      }
      const dated = pending.map(({ key, value }) => ({ key, atMs: timeOf(value) }));
      for (const { key } of dated.sort((a, b) => a.atMs - b.atMs)) this.#pending.add(key);
      records.scan(READ_UNTOLD, (problem, untold) => {
        for (const { key, value } of untold) this.#loadChunk(key, value);
        done(problem);
      });
    });
  }

  /** Messages were read here: the draft keeps that other own devices are to hear of it; then `pump`. */
  tell(draft: Draft, place: ReadPlace, marks: readonly string[]): void {
    for (let at = 0; at < marks.length; at += READ_MARKS_PER_LETTER_MAX) {
      const some = marks.slice(at, at + READ_MARKS_PER_LETTER_MAX);
      for (const device of this.#options.ownDevices()) this.#keep(draft, device, place, some);
    }
  }

  /** The same as a change of its own, and on its way. */
  announce(
    place: ReadPlace,
    marks: readonly string[],
    done: (error: MessagesError | null) => void,
  ): void {
    this.#options.ledger.change(
      (draft) => this.tell(draft, place, marks),
      (error) => {
        if (error === null) this.pump();
        done(error);
      },
    );
  }

  /** Queues what other own devices are to be told: one letter at a time to each. */
  pump(): void {
    for (const device of this.#untold.keys()) this.pumpTo(device);
  }

  /**
   * Queues what one device is to be told. Where that fails, it is tried again when the device comes into
   * reach, or with what is read next.
   */
  pumpTo(device: PeerId): void {
    const { ledger, post, self, onQueued, log } = this.#options;
    let queued: readonly Chunk[] = [];
    const decide = (draft: Draft): void => {
      const chunks = this.#untold.get(device) ?? [];
      const entries = ledger.kept.outbox(device).entries();
      if (chunks.length === 0 || entries.some(({ kind }) => kind === KIND.seen)) return;
      const some = firstOf(chunks);
      const content = encodeSections(some);
      post.enqueue(draft, device, self, { kind: KIND.seen, content });
      for (const { key } of some) draft.write(key, null);
      this.#setUntold(draft, device, chunks.slice(some.length));
      queued = some;
    };
    ledger.change(decide, (error) => {
      if (error === null) {
        if (queued.length > 0) onQueued(device);
        return;
      }
      log.warn("what was read is not told yet", { code: error.code });
    });
  }

  /** Letters have arrived: after one of these the next may go. */
  settled(draft: Draft, entries: readonly Entry[]): void {
    for (const { kind, device } of entries) {
      if (kind === KIND.seen && this.#untold.has(device)) {
        draft.onCommit(() => this.pumpTo(device));
      }
    }
  }

  /** A device is not ours any more. */
  forget(draft: Draft, device: PeerId): void {
    for (const { key } of this.#untold.get(device) ?? []) draft.write(key, null);
    this.#setUntold(draft, device, []);
  }

  /** A letter that says what another own device has read. */
  take(draft: Draft, { device, personId, content }: ForeignLetter): void {
    const { self, log } = this.#options;
    if (personId !== self) {
      log.warn("somebody tells what this person has read", { device });
      return;
    }
    try {
      for (const { place, marks } of decodeSections(content)) {
        if (place.of === "person") this.#takeOfPerson(draft, place, new Set(marks));
        else this.#takeOfGroup(draft, place, marks);
      }
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      log.warn("word of what was read malformed", { device, code: error.code });
    }
  }

  /** Whether a message that comes now was read on another own device. */
  isPending(place: ReadPlace, mark: string): boolean {
    return this.#pending.has(keyOf(place, mark));
  }

  /**
   * The message of a pending mark is here: the mark goes with the batch that keeps the message.
   * @returns whether there was such a mark
   */
  settle(
    batch: { write(key: string, value: null): void; onCommit(call: () => void): void },
    place: ReadPlace,
    mark: string,
  ): boolean {
    const key = keyOf(place, mark);
    if (!this.#pending.has(key)) return false;
    batch.write(key, null);
    batch.onCommit(() => this.#pending.delete(key));
    return true;
  }

  #keep(draft: Draft, device: PeerId, place: ReadPlace, marks: readonly string[]): void {
    const key = `${READ_UNTOLD}${device}/${this.#nextChunk.toString(16).padStart(12, "0")}`;
    this.#nextChunk++;
    draft.write(key, encodeSections([{ place, marks }]));
    const chunks = [...(this.#untold.get(device) ?? []), { key, place, marks }];
    let count = chunks.reduce((sum, chunk) => sum + chunk.marks.length, 0);
    while (count > READ_UNTOLD_MAX) {
      // Such a message stays unread there until it is read there.
      const oldest = chunks.shift();
      if (oldest === undefined) break;
      count -= oldest.marks.length;
      draft.write(oldest.key, null);
    }
    this.#setUntold(draft, device, chunks);
  }

  /** In memory at once: changes that are decided together must see each other's. */
  #setUntold(draft: Draft, device: PeerId, chunks: readonly Chunk[]): void {
    const before = this.#untold.get(device);
    const set = (now: readonly Chunk[] | undefined): void => {
      if (now === undefined || now.length === 0) this.#untold.delete(device);
      else this.#untold.set(device, now);
    };
    set(chunks);
    draft.onUndone(() => set(before));
  }

  #takeOfPerson(draft: Draft, place: ReadPlace, marks: Set<string>): void {
    const { ledger, changed } = this.#options;
    const { shelf } = ledger.kept;
    const read = new Map<string, Item>();
    const known = new Set<string>();
    const drafted = [...draft.items()].filter(({ personId }) => personId === place.id);
    for (const { id } of [...shelf.unread(place.id), ...drafted]) {
      const item = draft.item(id);
      if (item?.mark === undefined || item.direction !== "in" || !marks.has(item.mark)) continue;
      known.add(item.mark);
      if (item.state === "unread") read.set(id, { ...item, state: "read" });
    }
    if (read.size > 0) changed(draft, [...read.values()]);
    const isHere = (mark: string): boolean =>
      known.has(mark) || shelf.byMark(mark)?.personId === place.id;
    const missing = [...marks].filter((mark) => !isHere(mark));
    this.#await(draft, place, missing);
    draft.onCommit(() => this.#lookAgain(place, missing));
  }

  /** Messages that came in the same batch as the word that they were read. */
  #lookAgain(place: ReadPlace, marks: readonly string[]): void {
    const { ledger, changed } = this.#options;
    const isLate = (item: Item | undefined): item is Item =>
      item?.personId === place.id && item.state === "unread";
    const late = marks.filter((mark) => isLate(ledger.kept.shelf.byMark(mark)));
    if (late.length === 0) return;
    const decide = (draft: Draft): void => {
      for (const mark of late) {
        const item = draft.item(ledger.kept.shelf.byMark(mark)?.id ?? "");
        if (isLate(item)) changed(draft, [{ ...item, state: "read" }]);
        this.settle(draft, place, mark);
      }
    };
    ledger.change(decide, () => undefined);
  }

  #takeOfGroup(draft: Draft, place: ReadPlace, marks: readonly string[]): void {
    const unread = marks.filter((mark) => this.#elsewhere?.isRead(place.id, mark) !== true);
    this.#await(draft, place, unread);
    draft.onCommit(() => this.#elsewhere?.look(place.id));
  }

  /** Keeps marks until their messages come; the oldest of too many go, and their messages stay unread. */
  #await(draft: Draft, place: ReadPlace, marks: readonly string[]): void {
    const keys = marks.map((mark) => keyOf(place, mark)).filter((key) => !this.#pending.has(key));
    const atMs = Math.max(0, Math.floor(this.#options.clock.wallMs()));
    let over = this.#pending.size + keys.length - READ_PENDING_MAX;
    for (const oldest of this.#pending) {
      if (over-- <= 0) break;
      draft.write(oldest, null);
      draft.onCommit(() => this.#pending.delete(oldest));
    }
    for (const key of keys) {
      draft.write(key, new Writer(6).u48(atMs).done());
      draft.onCommit(() => this.#pending.add(key));
    }
  }

  #loadChunk(key: string, value: Uint8Array): void {
    const [device = "", number = ""] = key.slice(READ_UNTOLD.length).split("/");
    try {
      const [section] = decodeSections(value);
      if (section === undefined) return;
      this.#untold.set(device, [...(this.#untold.get(device) ?? []), { key, ...section }]);
      this.#nextChunk = Math.max(this.#nextChunk, Number.parseInt(number, 16) + 1);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#options.log.warn("word of what was read damaged", { code: error.code });
    }
  }
}

/** The first chunks that fit one letter. */
function firstOf(chunks: readonly Chunk[]): readonly Chunk[] {
  let count = 0;
  const end = chunks.findIndex(({ marks }) => {
    count += marks.length;
    return count > READ_MARKS_PER_LETTER_MAX;
  });
  return end < 0 ? chunks : chunks.slice(0, end);
}

function keyOf({ of, id }: ReadPlace, mark: string): string {
  return `${READ_PENDING}${of}/${id}/${mark}`;
}

function timeOf(value: Uint8Array): number {
  return value.length === 6 ? new Reader(value).u48() : 0;
}
