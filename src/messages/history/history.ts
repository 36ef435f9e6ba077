import { TypedError } from "../../base/errors.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { Clock, DiskError, Log, RecordStore } from "../../ports/index.ts";
import { KIND } from "../body.ts";
import { explain, MessagesError } from "../errors.ts";
import { type Item, idOf } from "../item.ts";
import type { Draft, Ledger } from "../ledger.ts";
import {
  HISTORY_FOLLOW_MS,
  HISTORY_FORWARDS_MAX,
  HISTORY_ITEMS_PER_LETTER_MAX,
  HISTORY_LETTER_BYTES,
  HISTORY_LETTERS_MAX,
} from "../limits.ts";
import type { Entry } from "../outbox.ts";
import type { Post } from "../post.ts";
import type { LateTexts } from "../texts.ts";
import { withTexts } from "../texts.ts";
import type { Correspondents, Message } from "../types.ts";
import {
  decodeGiving,
  encodeGiving,
  type Giving,
  HISTORY_GIVEN,
  isGivable,
  planOf,
} from "./giving.ts";
import { encodeOld, encodePage, type OldMessage } from "./page.ts";

/** What the giving of messages of the past is made of. */
export interface HistoryOptions {
  readonly records: RecordStore;
  readonly ledger: Ledger;
  readonly post: Post;
  readonly clock: Clock;
  readonly log: Log;
  /** This person. */
  readonly self: PersonId;
  readonly correspondents: Correspondents;
  readonly late: LateTexts;
  /** The number of the next message here. */
  readonly nextNumber: () => number;
  /** Whether letters to a device had better be small: nothing of the past goes there now. */
  readonly isThrifty: (device: PeerId) => boolean;
  /** A letter to this device is in the outbox. */
  readonly onQueued: (device: PeerId) => void;
  /** More is on its way to a device. */
  readonly onGiven: (device: PeerId) => void;
}

/** How far a device has been given what was written before it was there, as people see it. */
export interface HistoryGiven {
  readonly device: PeerId;
  readonly givenCount: number;
  readonly totalCount: number;
  readonly startedAtMs: number;
  /** Whether all of it is on that device. */
  readonly isDone: boolean;
}

type Done = (error: MessagesError | null) => void;

/**
 * Gives a new device of this person what was written of late: letters like all others, a few at a time,
 * the newest messages first. For some days it also gets what comes from those who may not know it yet.
 */
export class History {
  /** Whether devices that this one takes in are given messages of the past without being asked. */
  isForAdded = true;
  readonly #options: HistoryOptions;
  readonly #givings = new Map<PeerId, Giving>();
  readonly #plans = new Map<PeerId, readonly Item[]>();
  readonly #reading = new Set<PeerId>();

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Takes what the disk has. */
  load(done: (error: DiskError | null) => void): void {
    this.#options.records.scan(HISTORY_GIVEN, (error, found) => {
      for (const { key, value } of found ?? []) {
        try {
          const device = key.slice(HISTORY_GIVEN.length);
          this.#givings.set(device, decodeGiving(device, value));
        } catch (cause) {
          if (!(cause instanceof TypedError)) throw cause;
          // The device keeps what it has; whoever wants to gives it again.
          this.#options.log.warn("history given is damaged", { code: cause.code });
        }
      }
      done(error);
    });
  }

  /**
   * Gives an own device what was written of late, from the beginning. Errors: "unknown-person" where it is no
   * device of this person's, and those of the disk.
   */
  give(device: PeerId, done: Done): void {
    const { correspondents, clock, ledger, nextNumber } = this.#options;
    if (!correspondents.own().some(({ peerId }) => peerId === device)) {
      const words = "This is none of your other devices. 'peernet device list' shows them.";
      done(new MessagesError("unknown-person", words));
      return;
    }
    const decide = (draft: Draft): void => {
      const beginId = idOf(nextNumber());
      const startedAtMs = Math.max(0, Math.floor(clock.wallMs()));
      const begun = { device, beginId, cursorId: beginId, startedAtMs };
      this.#set(draft, { ...begun, givenCount: 0, isDone: false });
      draft.onCommit(() => this.#plans.delete(device));
    };
    ledger.change(decide, (error) => {
      if (error === null) this.pumpTo(device);
      done(error);
    });
  }

  /** How far devices have been given what was written before they were there. */
  given(): readonly HistoryGiven[] {
    return [...this.#givings.values()].map(({ device, givenCount, startedAtMs, isDone }) => {
      const left = this.#leftFor(device).length;
      const isUnderWay = this.#lettersTo(device) > 0;
      return {
        ...{ device, givenCount, startedAtMs, totalCount: givenCount + left },
        isDone: isDone && !isUnderWay,
      };
    });
  }

  /** Goes on with all devices. */
  pump(): void {
    for (const device of this.#givings.keys()) this.pumpTo(device);
  }

  /** Queues what may go to a device now. */
  pumpTo(device: PeerId): void {
    const { isThrifty, records, ledger, late, log } = this.#options;
    const giving = this.#givings.get(device);
    if (giving === undefined || giving.isDone || this.#reading.has(device)) return;
    if (isThrifty(device) || this.#lettersTo(device) >= HISTORY_LETTERS_MAX) return;
    const some = this.#leftFor(device).slice(0, HISTORY_ITEMS_PER_LETTER_MAX);
    this.#reading.add(device);
    withTexts(records, ledger.kept.shelf, late, some, (error, messages) => {
      if (error !== null) {
        this.#reading.delete(device);
        log.warn("messages of the past not read", { code: error.code });
        return;
      }
      this.#give(giving, some, messages);
    });
  }

  /** Letters have arrived: the next may go. */
  settled(draft: Draft, entries: readonly Entry[]): void {
    for (const { kind, device } of entries) {
      if (kind === KIND.history && this.#givings.get(device)?.isDone === false) {
        draft.onCommit(() => this.pumpTo(device));
      }
    }
  }

  /** A message came in: new devices get it from here too, since its sender may not know them yet. */
  forward(draft: Draft, item: Item, text: string): void {
    const { post, clock, ledger, self, onQueued } = this.#options;
    if (!isGivable(item)) return;
    for (const { device, startedAtMs } of this.#givings.values()) {
      const ageMs = clock.wallMs() - startedAtMs;
      const isOver = ageMs < 0 || ageMs > HISTORY_FOLLOW_MS;
      const isFull = ledger.kept.outbox(device).size >= HISTORY_FORWARDS_MAX;
      if (isOver || isFull || device === item.from?.device) continue;
      const messages = [oldOf(item, text)];
      const content = encodePage({ isLast: false, isLive: true, messages });
      post.enqueue(draft, device, self, { kind: KIND.history, content });
      draft.onCommit(() => onQueued(device));
    }
  }

  /** A device is not ours any more. */
  forget(draft: Draft, device: PeerId): void {
    if (!this.#givings.has(device)) return;
    draft.write(HISTORY_GIVEN + device, null);
    draft.onCommit(() => {
      this.#givings.delete(device);
      this.#plans.delete(device);
    });
  }

  #give(before: Giving, items: readonly Item[], messages: readonly Message[]): void {
    const { device } = before;
    const page: OldMessage[] = [];
    let sizeBytes = 0;
    for (const [at, item] of items.entries()) {
      const old = oldOf(item, messages[at]?.text ?? "");
      const bytes = encodeOld(old).length;
      if (page.length > 0 && sizeBytes + bytes > HISTORY_LETTER_BYTES) break;
      sizeBytes += bytes;
      page.push(old);
    }
    const isLast = page.length === this.#leftFor(device).length;
    const cursorId = items[page.length - 1]?.id ?? before.cursorId;
    const givenCount = before.givenCount + page.length;
    const decide = (draft: Draft): void => {
      // It may have been begun anew, or ended, while texts were read.
      if (this.#givings.get(device) !== before) return;
      const content = encodePage({ isLast, isLive: false, messages: page });
      const { post, self } = this.#options;
      post.enqueue(draft, device, self, { kind: KIND.history, content });
      this.#set(draft, { ...before, cursorId, givenCount, isDone: isLast });
    };
    this.#options.ledger.change(decide, (error) => {
      this.#reading.delete(device);
      if (error !== null) {
        this.#options.log.warn("messages of the past not given yet", { code: explain(error).code });
        return;
      }
      this.#options.onQueued(device);
      this.#options.onGiven(device);
      this.pumpTo(device);
    });
  }

  #set(draft: Draft, giving: Giving): void {
    draft.write(HISTORY_GIVEN + giving.device, encodeGiving(giving));
    draft.onCommit(() => this.#givings.set(giving.device, giving));
  }

  /** What is still to be given, the newest first. */
  #leftFor(device: PeerId): readonly Item[] {
    const giving = this.#givings.get(device);
    if (giving === undefined || giving.isDone) return [];
    let plan = this.#plans.get(device);
    if (plan === undefined) {
      const { ledger, correspondents } = this.#options;
      const isMeant = ({ personId }: Item): boolean =>
        correspondents.byPerson(personId) !== undefined;
      plan = planOf(ledger.kept.shelf, giving, isMeant);
      this.#plans.set(device, plan);
    }
    const from = plan.findIndex(({ id }) => id < giving.cursorId);
    return from < 0 ? [] : plan.slice(from);
  }

  #lettersTo(device: PeerId): number {
    const entries = this.#options.ledger.kept.outbox(device).entries();
    return entries.reduce((count, { kind }) => count + (kind === KIND.history ? 1 : 0), 0);
  }
}

function oldOf(item: Item, text: string): OldMessage {
  const { personId, direction, sentAtMs, state, mark = "", replyTo, file } = item;
  const isRead = state !== "unread";
  return { personId, direction, sentAtMs, isRead, mark, replyTo, file, text };
}
