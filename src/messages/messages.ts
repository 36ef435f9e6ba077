import { concatBytes, fromHex, fromUtf8, utf8 } from "../base/bytes.ts";
import { must, TypedError } from "../base/errors.ts";
import type { Draft, FeedEntry, FeedId, FollowedFeedEvents, OwnFeedEvents } from "../feed/index.ts";
import type { PersonId } from "../identity/index.ts";
import type { DiskError, Random, RecordWrite } from "../ports/index.ts";
import { explain, MessagesError } from "./errors.ts";
import { type Item, idOf, itemWrite, nextNumberWrite, textKey } from "./item.ts";
import {
  LIST_DEFAULT,
  LIST_MAX,
  MARKS_PER_BATCH_MAX,
  UNREAD_PER_PERSON_MAX,
  WAITING_PER_PERSON_MAX,
} from "./limits.ts";
import { loadItems } from "./load.ts";
import type { MessagesOptions, MessagesQuery } from "./options.ts";
import { type Letter, openLetter, sealLetter } from "./sealed.ts";
import { Shelf } from "./shelf.ts";
import { checkText } from "./text.ts";
import type { Correspondent, Message } from "./types.ts";

/** The kind of a feed entry that holds a sealed text. */
export const KIND_TEXT = 1;

const LABEL = utf8("message");
const UNREADABLE = "A message came that could not be read on this device.";

/** The label of the feed in which a device writes to a person. */
export function messageLabel(recipient: PersonId): Uint8Array {
  return concatBytes(LABEL, must(fromHex(recipient), "a person id is hexadecimal"));
}

/**
 * Conversations with contacts. What we send is an entry of a feed of this device, sealed to the
 * person; it waits there until one of the person's devices has it on disk.
 */
export class Messages {
  readonly #options: MessagesOptions;
  readonly #random: Random;
  readonly #shelf = new Shelf();
  readonly #ownEvents: OwnFeedEvents;
  /** Incoming items between their batch and its persistence, by feed and seq. */
  readonly #arriving = new Map<string, { readonly item: Item; readonly text: string }>();
  /** Times of delivery between their batch and its persistence, by feed and reader. */
  readonly #delivering = new Map<string, number>();
  #nextNumber = 1;

  constructor(options: MessagesOptions) {
    this.#options = options;
    this.#random = options.random.fork("messages");
    this.#ownEvents = {
      onAcknowledging: (feedId, reader, seq) => this.#onAcknowledging(feedId, reader, seq),
      onAcknowledged: (feedId, reader, seq) => this.#onAcknowledged(feedId, reader, seq),
      onTrouble: (feedId, peer, { code }) => {
        options.log.warn("messages do not go out", { feedId, peer, code });
      },
    };
  }

  /** Reads what is stored and takes up every conversation; every other call comes after it. */
  load(done: (error: DiskError | null) => void): void {
    loadItems(this.#options.records, (error, items, nextNumber) => {
      if (error === null) {
        for (const item of items) this.#shelf.add(item);
        this.#nextNumber = nextNumber;
        for (const person of this.#options.correspondents.all()) this.#takeUp(person);
      }
      done(error);
    });
  }

  /** A correspondent is new, was met, or has another device. */
  correspondentChanged(personId: PersonId): void {
    const person = this.#options.correspondents.byPerson(personId);
    if (person !== undefined) this.#takeUp(person);
  }

  /**
   * Sends a text. `done` comes without error once the message is on disk here, "waiting".
   * Errors: MessagesError with any code but "unreadable".
   */
  send(
    personId: PersonId,
    text: string,
    done: (error: MessagesError | null, message: Message | undefined) => void,
  ): void {
    let feedId: FeedId;
    let person: Correspondent;
    try {
      checkText(text);
      person = this.#person(personId);
      feedId = this.#outbox(person);
      this.#checkWaiting(feedId);
    } catch (error) {
      done(explain(error), undefined);
      return;
    }
    const letter = { text, sentAtMs: this.#options.clock.wallMs() };
    let item: Item | undefined;
    const compose = (seq: number): Draft => {
      const draft = this.#compose(person, feedId, seq, letter);
      item = draft.item;
      return draft;
    };
    this.#options.feeds.append(feedId, KIND_TEXT, compose, (error) => {
      if (error !== null || item === undefined) {
        done(explain(error), undefined);
        return;
      }
      this.#shelf.add(item);
      done(null, messageOf(item, text));
    });
  }

  /** Messages, oldest first. */
  list(
    query: MessagesQuery,
    done: (error: DiskError | null, messages: readonly Message[]) => void,
  ): void {
    const limit = Math.max(1, Math.min(query.limit ?? LIST_DEFAULT, LIST_MAX));
    const items = this.#shelf.page(query.withPerson, query.afterId, limit);
    this.#withTexts(items, done);
  }

  /** Marks all that a person has sent as read; `done` comes after persistence. */
  markRead(personId: PersonId, done: (error: DiskError | null) => void): void {
    const items = this.#shelf.unread(personId).slice(0, MARKS_PER_BATCH_MAX);
    const read = items.map((item): Item => ({ ...item, state: "read" }));
    if (read.length === 0) {
      done(null);
      return;
    }
    this.#options.records.write(read.map(itemWrite), (error) => {
      if (error !== null) {
        done(error);
        return;
      }
      for (const item of read) this.#shelf.replace(item);
      this.#tellStates(read);
      this.markRead(personId, done);
    });
  }

  /** Unread messages, of one person or of all. */
  unreadCount(personId?: PersonId): number {
    return this.#shelf.unreadCount(personId);
  }

  /** Messages of ours that no device of their recipient has yet. */
  waitingCount(): number {
    return this.#shelf.waitingCount;
  }

  /** Offers our feed to every device of the person and follows theirs. */
  #takeUp(person: Correspondent): void {
    const { feeds, identity, log } = this.#options;
    const label = messageLabel(identity.person.personId);
    try {
      const outbox = this.#outbox(person);
      for (const { peerId, signKey } of person.devices) {
        feeds.follow(signKey, label, this.#followedEvents(person.personId));
        feeds.offer(outbox, peerId);
      }
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      log.warn("conversation not taken up", { personId: person.personId, code: error.code });
    }
  }

  #followedEvents(personId: PersonId): FollowedFeedEvents {
    const { log } = this.#options;
    return {
      onEntry: (entry) => this.#onEntry(personId, entry),
      onPersisted: (entry) => this.#onPersisted(entry),
      onFork: ({ feedId, seq }) => log.warn("sender forked its messages", { feedId, seq }),
      onTrouble: (feedId, { code }) => log.warn("messages do not come in", { feedId, code }),
    };
  }

  #outbox(person: Correspondent): FeedId {
    const own = {
      author: this.#options.identity.signKey,
      label: messageLabel(person.personId),
    };
    return this.#options.feeds.own(own, this.#ownEvents);
  }

  #person(personId: PersonId): Correspondent {
    const person = this.#options.correspondents.byPerson(personId);
    if (person !== undefined) return person;
    throw new MessagesError(
      "unknown-person",
      "This person is not among your contacts. Send them an invite first.",
    );
  }

  #checkWaiting(feedId: FeedId): void {
    if (this.#shelf.waitingIn(feedId) < WAITING_PER_PERSON_MAX) return;
    throw new MessagesError(
      "too-many-waiting",
      `${WAITING_PER_PERSON_MAX} messages wait for this person. Let them come online first.`,
    );
  }

  #compose(
    person: Correspondent,
    feedId: FeedId,
    seq: number,
    letter: Letter,
  ): Draft & { item: Item } {
    const { suite, identity } = this.#options;
    const keys = { suite, random: this.#random, from: identity.person.dhKey };
    const body = sealLetter(keys, person.dhKey, { feedId, seq }, letter);
    const item: Item = {
      id: this.#takeId(),
      personId: person.personId,
      direction: "out",
      feedId,
      seq,
      readable: true,
      sentAtMs: letter.sentAtMs,
      state: "waiting",
      deliveredAtMs: null,
    };
    return { body, item, writes: this.#writesOf(item, letter.text) };
  }

  #onEntry(personId: PersonId, entry: FeedEntry): readonly RecordWrite[] | undefined {
    // Somebody who was deleted or blocked meanwhile: nothing more is taken of theirs.
    if (this.#options.correspondents.byPerson(personId) === undefined) return undefined;
    if (!this.#hasRoomFor(personId, placeName(entry))) return undefined;
    const letter = this.#open(personId, entry);
    const text = letter?.text ?? UNREADABLE;
    const item: Item = {
      id: this.#takeId(),
      personId,
      direction: "in",
      feedId: entry.feedId,
      seq: entry.seq,
      readable: letter !== undefined,
      sentAtMs: letter?.sentAtMs ?? this.#options.clock.wallMs(),
      state: "unread",
      deliveredAtMs: null,
    };
    this.#arriving.set(placeName(entry), { item, text });
    return this.#writesOf(item, text);
  }

  /** Counts also what is on its way to the disk, `name` itself left out. */
  #hasRoomFor(personId: PersonId, name: string): boolean {
    let unread = this.#shelf.unreadCount(personId);
    for (const [other, { item }] of this.#arriving) {
      if (item.personId === personId && other !== name) unread++;
    }
    return unread < UNREAD_PER_PERSON_MAX;
  }

  #open(personId: PersonId, entry: FeedEntry): Letter | undefined {
    const { suite, identity, log } = this.#options;
    const keys = { suite, random: this.#random, to: identity.person.dhKey };
    const { feedId, seq } = entry;
    try {
      if (entry.kind !== KIND_TEXT) throw new MessagesError("unreadable", "An unknown kind came.");
      return openLetter(keys, this.#person(personId).dhKey, entry, entry.body);
    } catch (error) {
      if (!(error instanceof MessagesError)) throw error;
      log.warn("message unreadable", { feedId, seq });
      return undefined;
    }
  }

  #onPersisted(entry: FeedEntry): void {
    const name = placeName(entry);
    const { item, text } = must(this.#arriving.get(name), "a message is prepared, then persisted");
    this.#arriving.delete(name);
    this.#shelf.add(item);
    this.#options.events.onMessage(messageOf(item, text));
  }

  #onAcknowledging(feedId: FeedId, reader: string, seq: number): readonly RecordWrite[] {
    const atMs = this.#options.clock.wallMs();
    this.#delivering.set(`${feedId}/${reader}`, atMs);
    return this.#shelf.waiting(feedId, seq).map((item) => itemWrite(delivered(item, atMs)));
  }

  #onAcknowledged(feedId: FeedId, reader: string, seq: number): void {
    const name = `${feedId}/${reader}`;
    const atMs = must(this.#delivering.get(name), "a delivery is written down, then told");
    this.#delivering.delete(name);
    const items = this.#shelf.waiting(feedId, seq).map((item) => delivered(item, atMs));
    for (const item of items) this.#shelf.replace(item);
    this.#tellStates(items);
  }

  #takeId(): string {
    return idOf(this.#nextNumber++);
  }

  #writesOf(item: Item, text: string): readonly RecordWrite[] {
    return [
      itemWrite(item),
      { key: textKey(item.id), value: utf8(text) },
      nextNumberWrite(this.#nextNumber),
    ];
  }

  #tellStates(items: readonly Item[]): void {
    this.#withTexts(items, (error, messages) => {
      if (error !== null) this.#options.log.warn("message texts not found", { code: error.code });
      for (const message of messages) this.#options.events.onMessageState(message);
    });
  }

  /** Answers the messages of these items in their order, reading the texts one after another. */
  #withTexts(
    items: readonly Item[],
    done: (error: DiskError | null, messages: readonly Message[]) => void,
  ): void {
    const messages: Message[] = [];
    const next = (): void => {
      const item = items[messages.length];
      if (item === undefined) {
        done(null, messages);
        return;
      }
      this.#options.records.scan(textKey(item.id), (error, found) => {
        const text = fromUtf8(found[0]?.value ?? utf8(UNREADABLE));
        if (error !== null) done(error, []);
        else {
          messages.push(messageOf(item, text ?? UNREADABLE));
          next();
        }
      });
    };
    next();
  }
}

function delivered(item: Item, atMs: number): Item {
  return { ...item, state: "delivered", deliveredAtMs: atMs };
}

function placeName({ feedId, seq }: FeedEntry): string {
  return `${feedId}/${seq}`;
}

function messageOf(item: Item, text: string): Message {
  const { id, personId, direction, readable, sentAtMs, state, deliveredAtMs } = item;
  return { id, personId, direction, text, readable, sentAtMs, state, deliveredAtMs };
}
