import { utf8 } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import type { LocalIdentity, PeerId, PersonId } from "../identity/index.ts";
import type { Clock, Log } from "../ports/index.ts";
import {
  type Content,
  KIND,
  markOf,
  readCopy,
  readMoved,
  readReceipt,
  type Spoken,
  spokenOf,
} from "./body.ts";
import { MessagesError } from "./errors.ts";
import type { History } from "./history/history.ts";
import type { HistoryTaking } from "./history/taking.ts";
import { type Item, type Sending, textKey } from "./item.ts";
import type { Draft, Kept } from "./ledger.ts";
import { UNREAD_PER_PERSON_MAX } from "./limits.ts";
import type { Entry } from "./outbox.ts";
import type { Pair } from "./pair.ts";
import type { RatchetDoor, RatchetKit } from "./ratchet/types.ts";
import type { ReadMarks } from "./read-marks.ts";

/** Somebody's letter of a kind that another room understands. */
export interface ForeignLetter {
  readonly device: PeerId;
  readonly personId: PersonId;
  readonly content: Uint8Array;
}

/**
 * Takes letters of one kind. Called while a batch is being made: what it writes to the draft is on disk
 * together with the word that the letter is here, and `draft.onCommit` tells when. It must not
 * change anything else before that.
 */
export type LetterHandler = (draft: Draft, letter: ForeignLetter) => void;

/** What becomes of letters. */
export interface LettersEvents {
  /** A message is in the draft; told again once it is on disk. */
  onItem(item: Item, text: string): void;
  /** Messages have another state; on disk. */
  onStates(items: readonly Item[]): void;
}

/** Other parts that care what letters say, and which of ours have arrived. */
export interface LettersParts {
  readonly readMarks: ReadMarks;
  readonly history: History;
  readonly historyTaking: HistoryTaking;
}

/** What the meaning of letters is worked out with. */
export interface LettersOptions {
  readonly ratchet: RatchetDoor;
  readonly kit: RatchetKit;
  readonly identity: LocalIdentity;
  readonly clock: Clock;
  readonly log: Log;
  readonly kept: Kept;
  /** A new id, whose use the draft makes known. */
  readonly takeId: (draft: Draft) => string;
  readonly parts: () => LettersParts;
  readonly events: LettersEvents;
}

/** What letters that came mean: messages, receipts, copies of what my other devices sent. */
export class Letters {
  readonly #options: LettersOptions;
  readonly #handlers = new Map<number, LetterHandler>();

  constructor(options: LettersOptions) {
    this.#options = options;
  }

  /** Lets another part take letters of a kind. */
  handle(kind: number, handler: LetterHandler): void {
    this.#handlers.set(kind, handler);
  }

  /**
   * Keeps what a letter says; its number in the channel is the caller's to keep.
   * @throws MessagesError("busy") where there is no room for it
   */
  tell(draft: Draft, pair: Pair, content: Content, mark: string, number: number): void {
    const { identity, log } = this.#options;
    const handler = this.#handlers.get(content.kind);
    const { device, personId } = pair;
    if (handler !== undefined) {
      handler(draft, { device, personId, content: content.content });
    } else if (personId === identity.person.personId) {
      if (content.kind === KIND.copy) this.#copy(draft, content.content, { device, number });
      else log.warn("letter of an own device not understood", { kind: content.kind });
    } else if (content.kind === KIND.receipt) this.#receipt(draft, pair, content.content);
    else if (content.kind === KIND.moved) this.#moved(draft, pair, content.content, number);
    else this.#message(draft, pair, content, mark, number);
  }

  /** Messages have come further on their way. */
  changed(draft: Draft, items: readonly Item[]): void {
    for (const item of items) draft.setItem(item);
    this.#tellStates(draft, items);
  }

  /** Letters of ours have arrived: the messages they belong to are delivered. */
  delivered(draft: Draft, settled: readonly Entry[]): void {
    const atMs = this.#options.clock.wallMs();
    const changed: Item[] = [];
    for (const { itemId, device } of settled) {
      const item = itemId === undefined ? undefined : draft.item(itemId);
      if (item === undefined) continue;
      const sendings = item.sendings.map((sending) =>
        sending.device === device && sending.deliveredAtMs === undefined
          ? { ...sending, deliveredAtMs: atMs, holders: [] }
          : sending,
      );
      const first = item.state === "waiting" ? { state: "delivered", deliveredAtMs: atMs } : {};
      changed.push({ ...item, ...(first as Partial<Item>), sendings });
      draft.setItem({ ...item, ...(first as Partial<Item>), sendings });
    }
    this.#tellStates(draft, changed);
    const { readMarks, history } = this.#options.parts();
    readMarks.settled(draft, settled);
    history.settled(draft, settled);
  }

  #message(draft: Draft, pair: Pair, content: Content, mark: string, number: number): void {
    const { readMarks, history, historyTaking } = this.#options.parts();
    const known = historyTaking.known(draft, pair.personId, mark);
    if (known !== undefined) {
      // Another device of mine was faster than the sender.
      draft.setItem({ ...known, from: { device: pair.device, number } });
      return;
    }
    this.#checkRoom(draft, pair.personId);
    const { spoken, kind } = this.#understood(content);
    const text = spoken?.text ?? noticeOf(kind);
    const place = { of: "person", id: pair.personId } as const;
    const isRead = readMarks.settle(draft, place, mark);
    const item: Item = {
      id: this.#options.takeId(draft),
      personId: pair.personId,
      direction: "in",
      kind,
      sentAtMs: spoken?.sentAtMs ?? this.#options.clock.wallMs(),
      state: isRead ? "read" : "unread",
      mark,
      replyTo: spoken?.replyTo,
      file: spoken?.file,
      from: { device: pair.device, number },
      sendings: [],
      deliveredAtMs: null,
      oldPlace: undefined,
    };
    this.#keep(draft, item, kind === "newer" ? rawText(content) : utf8(text), text);
    history.forward(draft, item, text);
  }

  #understood(content: Content): { spoken: Spoken | undefined; kind: Item["kind"] } {
    try {
      const spoken = spokenOf(this.#options.ratchet, content);
      if (spoken === undefined) return { spoken, kind: "newer" };
      return { spoken, kind: spoken.file === undefined ? "text" : "file" };
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#options.log.warn("message unreadable", { code: error.code });
      return { spoken: undefined, kind: "unreadable" };
    }
  }

  /** Another device of mine has sent something: it is part of that conversation here too. */
  #copy(draft: Draft, bytes: Uint8Array, from: NonNullable<Item["from"]>): void {
    const { kit, identity, log } = this.#options;
    try {
      const copied = readCopy(bytes);
      const { spoken, kind } = this.#understood(copied);
      const text = spoken?.text ?? noticeOf(kind);
      const mark = markOf(kit.suite, identity.person.personId, copied);
      const { historyTaking } = this.#options.parts();
      if (historyTaking.known(draft, copied.to, mark) !== undefined) return;
      const item: Item = {
        id: this.#options.takeId(draft),
        personId: copied.to,
        direction: "out",
        kind,
        sentAtMs: spoken?.sentAtMs ?? this.#options.clock.wallMs(),
        state: "sent",
        mark,
        replyTo: spoken?.replyTo,
        file: spoken?.file,
        from,
        sendings: [],
        deliveredAtMs: null,
        oldPlace: undefined,
      };
      this.#keep(draft, item, kind === "newer" ? rawText(copied) : utf8(text), text);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      log.warn("copy malformed", { code: error.code });
    }
  }

  /** A text that waited in a feed when its sender was given this Peernet. */
  #moved(draft: Draft, pair: Pair, bytes: Uint8Array, number: number): void {
    const { kept, kit, log } = this.#options;
    try {
      const { place, content } = readMoved(bytes);
      const isHere = kept.shelf
        .of(pair.personId)
        .some(({ oldPlace }) => oldPlace?.feedId === place.feedId && oldPlace.seq === place.seq);
      if (isHere) return;
      const inner = { kind: KIND.text, content };
      this.#message(draft, pair, inner, markOf(kit.suite, pair.personId, inner), number);
    } catch (error) {
      if (!(error instanceof TypedError) || error instanceof MessagesError) throw error;
      log.warn("moved message malformed", { code: error.code });
    }
  }

  /** The other side allows us to know what it has read. */
  #receipt(draft: Draft, { device, personId }: Pair, bytes: Uint8Array): void {
    let upTo: number;
    try {
      upTo = readReceipt(bytes);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      return;
    }
    const atMs = this.#options.clock.wallMs();
    const changed: Item[] = [];
    for (const item of this.#options.kept.shelf.of(personId)) {
      const isMeant = item.sendings.some((one) => isReadNow(one, device, upTo));
      if (!isMeant) continue;
      const newest = draft.item(item.id) ?? item;
      const sendings = newest.sendings.map((one) =>
        isReadNow(one, device, upTo) ? { ...one, readAtMs: atMs } : one,
      );
      changed.push({ ...newest, sendings });
      draft.setItem({ ...newest, sendings });
    }
    this.#tellStates(draft, changed);
  }

  #keep(draft: Draft, item: Item, kept: Uint8Array, text: string): void {
    draft.setItem(item);
    draft.write(textKey(item.id), kept);
    draft.onCommit(() => this.#options.events.onItem(item, text));
  }

  #tellStates(draft: Draft, items: readonly Item[]): void {
    if (items.length > 0) draft.onCommit(() => this.#options.events.onStates(items));
  }

  #checkRoom(draft: Draft, personId: PersonId): void {
    const kept = this.#options.kept.shelf.unreadCount(personId);
    if (kept + draft.countItems(personId, "unread") < UNREAD_PER_PERSON_MAX) return;
    throw new MessagesError("busy", "There are too many unread messages of one person.");
  }
}

function isReadNow(sending: Sending, device: PeerId, upTo: number): boolean {
  return sending.device === device && sending.number <= upTo && sending.readAtMs === undefined;
}

/** The kind and content as they came, for a newer Peernet to read. */
function rawText({ kind, content }: Content): Uint8Array {
  const raw = new Uint8Array(content.length + 1);
  raw[0] = kind;
  raw.set(content, 1);
  return raw;
}

/** What is shown in place of a text. */
export function noticeOf(kind: Item["kind"]): string {
  if (kind === "newer") {
    return "Something came that needs a newer Peernet. It is kept: update, and it will be shown.";
  }
  return "A message came that could not be read on this device.";
}
