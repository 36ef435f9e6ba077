import type { FeedId } from "../../feed/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { encodeCbor } from "../../wire/index.ts";
import { type Card, keptCard } from "./card.ts";
import type { Conversation, Seen } from "./conversation.ts";
import { type ChatFeed, entryKeyOf, FEEDS, feedWrite } from "./feed.ts";
import { type ChatItem, chatItemId, chatItemKey, chatItemWrite, chatTextKey } from "./item.ts";
import {
  CHAT_MESSAGES_MAX,
  DEVICE_BYTES_MAX,
  FEEDS_PER_DEVICE_MAX,
  GROUP_BYTES_MAX,
} from "./limits.ts";
import { OWN_FEEDS, type OwnFeed, ownWrite, TOLD, toldWrite } from "./own-feed.ts";
import { encodeSeen } from "./protocol.ts";

/** Prefix of members' cards. */
export const CARDS = "messages/chat/r/c/";
/** Prefix of generations up to which feeds were dropped. */
export const FLOORS = "messages/chat/r/p/";
/** Prefix of what others have opened. */
export const SEEN = "messages/chat/r/s/";

/**
 * A change of one chat that is decided but not on disk yet: all of it comes into being or nothing.
 * One at a time; memory follows once the disk has it.
 */
export class Change {
  readonly chat: Conversation;
  readonly #feeds = new Map<FeedId, ChatFeed | undefined>();
  readonly #cards = new Map<PeerId, Card>();
  readonly #dropped = new Set<PeerId>();
  readonly #floors = new Map<PeerId, number>();
  readonly #seen = new Map<PeerId, Seen>();
  readonly #items = new Map<string, ChatItem>();
  readonly #removed = new Set<string>();
  readonly #writes = new Map<string, Uint8Array | null>();
  readonly #commits: (() => void)[] = [];
  #own: OwnFeed | undefined;
  #isOwnChanged = false;
  #nextNumber: number;

  constructor(chat: Conversation) {
    this.chat = chat;
    this.#own = chat.own;
    this.#nextNumber = chat.nextNumber;
  }

  /** Messages that are new. */
  get added(): readonly ChatItem[] {
    return [...this.#items.values()].filter(({ id }) => this.chat.item(id) === undefined);
  }

  /** Feeds that are new or longer. */
  get feeds(): readonly ChatFeed[] {
    return [...this.#feeds.values()].filter((feed) => feed !== undefined);
  }

  /** Cards that are new. */
  get newCards(): readonly Card[] {
    return [...this.#cards.values()];
  }

  get isEmpty(): boolean {
    return this.#writes.size === 0;
  }

  feed(id: FeedId): ChatFeed | undefined {
    return this.#feeds.has(id) ? this.#feeds.get(id) : this.chat.feeds.get(id);
  }

  feedsOf(device: PeerId): readonly ChatFeed[] {
    const found = [...this.chat.feedsOf(device)].filter(({ id }) => !this.#feeds.has(id));
    for (const feed of this.#feeds.values()) if (feed?.device === device) found.push(feed);
    return found;
  }

  setFeed(feed: ChatFeed): void {
    this.#feeds.set(feed.id, feed);
    this.#put(feedWrite(this.chat.id, feed));
  }

  /** Keeps an entry; `feed` is the feed with it. */
  addEntry(feed: ChatFeed, bytes: Uint8Array): void {
    this.#put({ key: entryKeyOf(this.chat.id, feed.id, feed.count), value: bytes });
    this.setFeed(feed);
  }

  card(device: PeerId): Card | undefined {
    if (this.#dropped.has(device)) return this.#cards.get(device);
    return this.#cards.get(device) ?? this.chat.cards.get(device);
  }

  *cards(): Iterable<Card> {
    for (const card of this.chat.cards.values()) {
      if (!this.#cards.has(card.device) && !this.#dropped.has(card.device)) yield card;
    }
    yield* this.#cards.values();
  }

  setCard(card: Card): void {
    this.#cards.set(card.device, card);
    this.#put({ key: `${CARDS}${this.chat.id}/${card.device}`, value: keptCard(card) });
  }

  /** Forgets a device and all that it wrote; messages that were opened stay. */
  dropDevice(device: PeerId): void {
    for (const feed of this.feedsOf(device)) this.#dropFeed(feed);
    this.#cards.delete(device);
    this.#floors.delete(device);
    this.#dropped.add(device);
    for (const prefix of [CARDS, FLOORS, SEEN]) {
      this.#put({ key: `${prefix}${this.chat.id}/${device}`, value: null });
    }
  }

  floor(device: PeerId): number {
    return this.#floors.get(device) ?? this.chat.floors.get(device) ?? -1;
  }

  setSeen(device: PeerId, seen: Seen): void {
    this.#seen.set(device, seen);
    this.#put({ key: `${SEEN}${this.chat.id}/${device}`, value: encodeSeen(seen) });
  }

  get own(): OwnFeed | undefined {
    return this.#own;
  }

  /** The feed in which this device writes. */
  setOwn(own: OwnFeed): void {
    if (own.told !== this.#own?.told || own.people !== this.#own.people) {
      this.#put(toldWrite(this.chat.id, own));
    }
    this.#own = own;
    this.#isOwnChanged = true;
    this.#put(ownWrite(this.chat.id, own));
  }

  /** This device writes in that feed no more. */
  endOwn(): void {
    this.#own = undefined;
    this.#isOwnChanged = true;
    this.#put({ key: OWN_FEEDS + this.chat.id, value: null });
    this.#put({ key: TOLD + this.chat.id, value: null });
  }

  addItem(item: Omit<ChatItem, "id">, text: Uint8Array): ChatItem {
    const made = { ...item, id: chatItemId(this.#nextNumber++) };
    this.setItem(made);
    this.#put({ key: chatTextKey(this.chat.id, made.id), value: text });
    return made;
  }

  setItem(item: ChatItem): void {
    this.#items.set(item.id, item);
    this.#put(chatItemWrite(this.chat.id, item));
  }

  /** Writes a record of another part with this change. */
  write(key: string, value: Uint8Array | null): void {
    this.#put({ key, value });
  }

  /** Calls back once all of this is on disk. */
  onCommit(call: () => void): void {
    this.#commits.push(call);
  }

  /** Everything as one batch; what is over the bounds goes with it. */
  batch(): RecordWrite[] {
    for (const device of new Set(this.feeds.map((feed) => feed.device))) this.#boundDevice(device);
    this.#boundGroup();
    this.#boundItems();
    return [...this.#writes].map(([key, value]) => ({ key, value }));
  }

  /** It is on disk. */
  commit(): void {
    const { chat } = this;
    for (const [id, feed] of this.#feeds) {
      if (feed === undefined) chat.removeFeed(id);
      else chat.putFeed(feed);
    }
    for (const device of this.#dropped) {
      chat.cards.delete(device);
      chat.floors.delete(device);
      chat.seen.delete(device);
    }
    for (const card of this.#cards.values()) chat.cards.set(card.device, card);
    for (const [device, floor] of this.#floors) chat.floors.set(device, floor);
    for (const [device, seen] of this.#seen) chat.seen.set(device, seen);
    for (const item of this.#items.values()) chat.putItem(item);
    for (const id of this.#removed) chat.removeItem(id);
    if (this.#isOwnChanged) chat.own = this.#own;
    chat.nextNumber = this.#nextNumber;
    for (const call of this.#commits) call();
  }

  #boundDevice(device: PeerId): void {
    const feeds = [...this.feedsOf(device)].sort((a, b) => a.generation - b.generation);
    let sizeBytes = feeds.reduce((sum, feed) => sum + feed.sizeBytes, 0);
    while (feeds.length > 1) {
      if (feeds.length <= FEEDS_PER_DEVICE_MAX && sizeBytes <= DEVICE_BYTES_MAX) return;
      const oldest = feeds.shift();
      if (oldest === undefined) return;
      sizeBytes -= oldest.sizeBytes;
      this.#dropFeed(oldest);
    }
  }

  /** Whoever takes most gives way, so that a device that floods does not push others out. */
  #boundGroup(): void {
    let sizeBytes = this.chat.sizeBytes;
    for (const [id, feed] of this.#feeds) {
      sizeBytes += (feed?.sizeBytes ?? 0) - (this.chat.feeds.get(id)?.sizeBytes ?? 0);
    }
    while (sizeBytes > GROUP_BYTES_MAX) {
      const sizes = new Map<PeerId, number>();
      const all = [...this.chat.feeds.values()].filter(({ id }) => !this.#feeds.has(id));
      for (const { device, sizeBytes: size } of [...all, ...this.feeds]) {
        sizes.set(device, (sizes.get(device) ?? 0) + size);
      }
      const [heaviest] = [...sizes].sort((a, b) => b[1] - a[1]);
      if (heaviest === undefined) return;
      const [oldest] = [...this.feedsOf(heaviest[0])].sort((a, b) => a.generation - b.generation);
      if (oldest === undefined) return;
      sizeBytes -= oldest.sizeBytes;
      this.#dropFeed(oldest);
    }
  }

  #boundItems(): void {
    const added = this.added;
    let over = this.chat.items.length + added.length - CHAT_MESSAGES_MAX;
    if (over <= 0) return;
    const counts = new Map<PersonId, number>(this.chat.authors);
    for (const { author } of added) counts.set(author, (counts.get(author) ?? 0) + 1);
    const all = [...this.chat.items, ...added];
    for (; over > 0; over--) {
      const [most] = [...counts].sort((a, b) => b[1] - a[1]);
      const oldest = all.find(({ id, author }) => author === most?.[0] && !this.#removed.has(id));
      if (most === undefined || oldest === undefined) return;
      counts.set(most[0], most[1] - 1);
      this.#removed.add(oldest.id);
      this.#put({ key: chatItemKey(this.chat.id, oldest.id), value: null });
      this.#put({ key: chatTextKey(this.chat.id, oldest.id), value: null });
    }
  }

  #dropFeed({ id, device, generation, count }: ChatFeed): void {
    this.#feeds.set(id, undefined);
    this.#put({ key: `${FEEDS}${this.chat.id}/${id}`, value: null });
    for (let seq = 1; seq <= count; seq++) {
      this.#put({ key: entryKeyOf(this.chat.id, id, seq), value: null });
    }
    const floor = Math.max(generation, this.floor(device));
    this.#floors.set(device, floor);
    this.#put({ key: `${FLOORS}${this.chat.id}/${device}`, value: encodeCbor(floor) });
  }

  #put({ key, value }: RecordWrite): void {
    this.#writes.set(key, value);
  }
}
