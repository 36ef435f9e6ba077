import type { FeedId } from "../../feed/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { Card } from "./card.ts";
import type { ChatFeed } from "./feed.ts";
import type { ChatItem } from "./item.ts";
import type { OwnFeed } from "./own-feed.ts";

/** Which entries of a feed a device has opened. */
export interface SeenRange {
  readonly from: number;
  readonly to: number;
}

/** Which messages are meant, by their ids; neither of the two is among them. */
export interface ChatRange {
  readonly afterId?: string | undefined;
  readonly beforeId?: string | undefined;
}

/** What a device has opened of what this one wrote, by the feed's generation. */
export type Seen = ReadonlyMap<number, SeenRange>;

/** The chat of one group in memory; what is here is on disk. Changed by `Change` alone. */
export class Conversation {
  /** The group's id. */
  readonly id: string;
  readonly cards: Map<PeerId, Card> = new Map();
  readonly feeds: Map<FeedId, ChatFeed> = new Map();
  /** Feeds of a device up to this generation were dropped here and are not taken again. */
  readonly floors: Map<PeerId, number> = new Map();
  /** What others have opened of what this device wrote. */
  readonly seen: Map<PeerId, Seen> = new Map();
  own: OwnFeed | undefined;
  nextNumber = 1;
  readonly #items: ChatItem[] = [];
  readonly #marks = new Map<string, string>();
  readonly #byAuthor = new Map<PersonId, number>();
  readonly #byDevice = new Map<PeerId, Map<FeedId, ChatFeed>>();
  #unread = 0;
  #sizeBytes = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** Messages, oldest first; not to be kept over changes. */
  get items(): readonly ChatItem[] {
    return this.#items;
  }

  get unreadCount(): number {
    return this.#unread;
  }

  /** Bytes of all feeds. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** How many messages of each person are kept. */
  get authors(): ReadonlyMap<PersonId, number> {
    return this.#byAuthor;
  }

  item(id: string): ChatItem | undefined {
    const found = this.#items[this.#placeOf(id)];
    return found?.id === id ? found : undefined;
  }

  /** The newest message with this mark. */
  byMark(mark: string): ChatItem | undefined {
    const id = this.#marks.get(mark);
    return id === undefined ? undefined : this.item(id);
  }

  /**
   * The first `limit` messages after `afterId`; without it the newest ones. Those from `beforeId` on
   * are left out. Oldest first.
   */
  page(range: ChatRange, limit: number): ChatItem[] {
    const { afterId, beforeId } = range;
    const end = beforeId === undefined ? this.#items.length : this.#placeOf(beforeId);
    if (afterId === undefined) return this.#items.slice(Math.max(0, end - limit), end);
    let from = this.#placeOf(afterId);
    if (this.#items[from]?.id === afterId) from++;
    return this.#items.slice(from, Math.min(end, from + limit));
  }

  feedsOf(device: PeerId): Iterable<ChatFeed> {
    return this.#byDevice.get(device)?.values() ?? [];
  }

  putFeed(feed: ChatFeed): void {
    this.#sizeBytes += feed.sizeBytes - (this.feeds.get(feed.id)?.sizeBytes ?? 0);
    this.feeds.set(feed.id, feed);
    const known = this.#byDevice.get(feed.device) ?? new Map<FeedId, ChatFeed>();
    this.#byDevice.set(feed.device, known.set(feed.id, feed));
  }

  removeFeed(id: FeedId): void {
    const feed = this.feeds.get(id);
    if (feed === undefined) return;
    this.#sizeBytes -= feed.sizeBytes;
    this.feeds.delete(id);
    this.#byDevice.get(feed.device)?.delete(id);
  }

  putItem(item: ChatItem): void {
    const place = this.#placeOf(item.id);
    const before = this.#items[place];
    if (before?.id === item.id) {
      this.#count(before, -1);
      this.#items[place] = item;
    } else this.#items.splice(place, 0, item);
    this.#count(item, 1);
    this.#marks.set(item.mark, item.id);
  }

  removeItem(id: string): void {
    const place = this.#placeOf(id);
    const item = this.#items[place];
    if (item?.id !== id) return;
    this.#items.splice(place, 1);
    this.#count(item, -1);
    if (this.#marks.get(item.mark) === id) this.#marks.delete(item.mark);
  }

  #count({ author, isUnread }: ChatItem, change: 1 | -1): void {
    if (isUnread) this.#unread += change;
    const count = (this.#byAuthor.get(author) ?? 0) + change;
    if (count === 0) this.#byAuthor.delete(author);
    else this.#byAuthor.set(author, count);
  }

  #placeOf(id: string): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#items[middle]?.id ?? "") < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
