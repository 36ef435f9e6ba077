import type { MessagesError } from "../errors.ts";
import type { Change } from "./change.ts";
import type { ChatContext } from "./context.ts";
import type { Conversation, Seen } from "./conversation.ts";
import { type ChatFeed, entriesPrefix } from "./feed.ts";
import type { ChatItem } from "./item.ts";
import { cardSeconds, type Line } from "./protocol.ts";
import type { Reader, Told } from "./reader.ts";
import type { Brought, Outcome, Talk } from "./talk.ts";
import type { ChatTexts } from "./texts.ts";
import type { ChatGroup } from "./types.ts";

type Done = (error: MessagesError | null, change: Change | undefined) => void;

/** What the clerk asks of the room. */
export interface ClerkHost {
  /** A change of a group's chat, made where this person is in the group. */
  change(groupId: string, decide: (change: Change, group: ChatGroup) => void, done: Done): void;
  /** A change that needs no membership. */
  changeAny(chat: Conversation, decide: (change: Change) => void, done: Done): void;
  /** Others should hear what is new. */
  news(chat: Conversation, from: Talk): void;
  /** Devices should hear that more of what they wrote was opened. */
  tellSeen(chat: Conversation, change: Change): void;
  /** Members' cards are new. */
  lookAfter(chat: Conversation): void;
  tellStates(chat: Conversation, items: readonly ChatItem[]): void;
}

/** Takes what members bring, tells what it was once it is on disk, and opens what had to wait. */
export class Clerk {
  readonly #context: ChatContext;
  readonly #reader: Reader;
  readonly #texts: ChatTexts;
  readonly #host: ClerkHost;

  constructor(context: ChatContext, reader: Reader, texts: ChatTexts, host: ClerkHost) {
    this.#context = context;
    this.#reader = reader;
    this.#texts = texts;
    this.#host = host;
  }

  /** Cards or entries that a member brought. */
  take(
    talk: Talk,
    { t, l }: Brought,
    done: (error: MessagesError | null, outcome: Outcome) => void,
  ): void {
    const { chat } = talk;
    const told: Told[] = [];
    const lines: Line[] = [];
    let hasGap = false;
    const decide = (change: Change, group: ChatGroup): void => {
      for (const bytes of l) {
        if (t === "cards") this.#reader.takeCard(change, group, bytes);
        else if (this.#reader.takeEntry(change, group, bytes, told) === "gap") hasGap = true;
      }
      for (const { device, generation, count } of change.feeds) {
        lines.push({ device, generation, end: count });
      }
      for (const { device, atMs } of change.newCards) {
        lines.push({ device, generation: 0, end: cardSeconds(atMs) });
      }
    };
    if (chat === undefined) return;
    this.#host.change(chat.id, decide, (error, change) => {
      done(error, { hasGap, lines });
      if (error === null && change !== undefined && !change.isEmpty) {
        this.#took(change, told, talk);
      }
    });
  }

  #took(change: Change, told: readonly Told[], talk: Talk): void {
    const { chat } = change;
    this.#opened(change, told);
    this.#host.news(chat, talk);
    if (change.newCards.length > 0) this.#host.lookAfter(chat);
    for (const feed of change.feeds) this.openWaiting(chat, feed);
    // Somebody has more of what this device wrote than this device: it was set back.
    const own = change.feeds.find(({ id }) => id === chat.own?.id);
    if (own === undefined) return;
    this.#context.log.warn("an old copy of this home", { group: chat.id });
    this.#host.changeAny(
      chat,
      (next) => next.endOwn(),
      () => undefined,
    );
  }

  /** Opens what came before its key did, in its order. */
  openWaiting(chat: Conversation, { id, key, openedTo, count }: ChatFeed): void {
    if (key === undefined || openedTo >= count) return;
    this.#context.records.scan(entriesPrefix(chat.id, id), (problem, found) => {
      if (problem !== null) return;
      const told: Told[] = [];
      const decide = (change: Change, group: ChatGroup): void => {
        for (const { value } of found) {
          const feed = change.feed(id);
          if (feed !== undefined) this.#reader.openKept(change, group, feed, value, told);
        }
      };
      this.#host.change(chat.id, decide, (error, change) => {
        if (error === null && change !== undefined && !change.isEmpty) this.#opened(change, told);
      });
    });
  }

  #opened(change: Change, told: readonly Told[]): void {
    const { chat } = change;
    for (const { item, text } of told) {
      this.#context.events.onGroupMessage?.(this.#texts.message(chat, item, text));
    }
    this.#host.tellSeen(chat, change);
  }

  /** A device has said what it has opened of what this one wrote. */
  seen({ chat, peer }: Talk, told: Seen): void {
    const before = chat?.seen.get(peer);
    const isNews = [...told].some(([generation, { from, to }]) => {
      const known = before?.get(generation);
      return known === undefined || known.to < to || known.from !== from;
    });
    // Of devices without a card there is no end.
    if (chat === undefined || !isNews || !chat.cards.has(peer)) return;
    this.#host.changeAny(
      chat,
      (change) => change.setSeen(peer, told),
      (error) => {
        if (error !== null) return;
        const { id } = this.#context.identity;
        const further = chat.items.filter(({ device, generation, seq }) => {
          const range = device === id ? told.get(generation) : undefined;
          if (range === undefined || seq < range.from || seq > range.to) return false;
          return seq > (before?.get(generation)?.to ?? 0);
        });
        this.#host.tellStates(chat, further);
      },
    );
  }
}
