import { SerialChanges } from "../../base/serial-changes.ts";
import type { PeerId } from "../../identity/index.ts";
import type { DiskError, Timed } from "../../ports/index.ts";
import { checkFile, contentOf, type Words } from "../body.ts";
import { explain, MessagesError } from "../errors.ts";
import { LIST_DEFAULT, LIST_MAX } from "../limits.ts";
import { Packing } from "../packing.ts";
import { checkSaid, checkText } from "../text.ts";
import type { Card } from "./card.ts";
import { Care } from "./care.ts";
import { Change } from "./change.ts";
import { Clerk } from "./clerk.ts";
import type { ChatContext } from "./context.ts";
import { type ChatRange, Conversation } from "./conversation.ts";
import { clearChat } from "./forgetting.ts";
import type { ChatItem } from "./item.ts";
import { CARD_CHECK_MS, CHAT_CHANGES_MAX, CHAT_MARKS_MAX } from "./limits.ts";
import { loadChats } from "./load.ts";
import { Reader, readersOf } from "./reader.ts";
import { Talks } from "./talks.ts";
import { ChatTexts } from "./texts.ts";
import type { ChatGroup, ChatInfo, GroupMessage } from "./types.ts";
import { notInGroup, Writer } from "./writer.ts";

type Done<T> = (error: MessagesError | null, value: T | undefined) => void;

/** Chats of groups: what members write is sealed once, and handed on by whoever has it. */
export class GroupChats implements Timed {
  readonly #context: ChatContext;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #care: Care;
  readonly #clerk: Clerk;
  readonly #talks: Talks;
  readonly #packing: Packing;
  readonly #texts: ChatTexts;
  #chats = new Map<string, Conversation>();
  #checkAtMs = Number.POSITIVE_INFINITY;
  readonly #changes: SerialChanges<MessagesError> = new SerialChanges({
    waitingMax: CHAT_CHANGES_MAX,
    busy: () => new MessagesError("busy", "Too much waits for the disk; try again in a moment."),
    isRefusal: (error) => error instanceof MessagesError,
  });

  constructor(context: ChatContext) {
    this.#context = context;
    this.#reader = new Reader(context);
    this.#writer = new Writer(context, this.#reader);
    this.#care = new Care(context, this.#reader, this.#writer);
    this.#packing = new Packing(context.ratchet, context.clock);
    this.#texts = new ChatTexts(context);
    this.#talks = new Talks(context, {
      chats: () => this.#chats.values(),
      isIn: ({ id }) => context.people.group(id)?.isIn === true,
      isHeard: (chat, device) => this.#isHeard(chat, device),
      isMember: (chat, peer) => this.#isMember(chat, peer),
      take: (talk, brought, done) => this.#clerk.take(talk, brought, done),
      seen: (talk, seen) => this.#clerk.seen(talk, seen),
    });
    context.readMarks.joinGroups({
      isRead: (groupId, mark) => this.#chats.get(groupId)?.byMark(mark)?.isUnread === false,
      look: (groupId) => this.#takeReads(groupId),
    });
    this.#clerk = new Clerk(context, this.#reader, this.#texts, {
      change: (groupId, decide, done) => this.#change(groupId, decide, done),
      changeAny: (chat, decide, done) => this.#changeAny(chat, decide, done),
      news: (chat, from) => this.#talks.news(chat, from),
      tellSeen: (chat, { feeds }) =>
        this.#talks.tellSeen(chat, new Set(feeds.map(({ device }) => device))),
      lookAfter: (chat) => this.#lookAfter(chat),
      tellStates: (chat, items) => this.#tellStates(chat, items),
    });
  }

  /** Reads what is on disk; everything else works only after `done`. */
  load(done: (error: DiskError | null) => void): void {
    loadChats(this.#context, (error, chats) => {
      if (error !== null) {
        done(error);
        return;
      }
      this.#chats = new Map(chats);
      // A crash may have come between what an own device told and what follows from it.
      for (const id of this.#chats.keys()) this.#takeReads(id);
      this.#talks.serve();
      this.#checkAtMs = this.#context.clock.monotonicMs();
      done(null);
    });
  }

  /**
   * Writes to a group. `done` comes without error once the message is on disk here. Errors: those of
   * texts and files, "not-member", "unknown-message", "busy", "disk-full", "disk".
   * @param said `replyTo` is the id of the message that it answers
   */
  send(groupId: string, said: Words, done: Done<GroupMessage>): void {
    let item: ChatItem | undefined;
    const decide = (change: Change, group: ChatGroup): void => {
      const { text, file } = said;
      if (file === undefined) checkSaid(text);
      else if (text !== "") checkText(text);
      if (file !== undefined) checkFile(file);
      const replyTo = this.#markOf(change.chat, said.replyTo);
      const sentAtMs = Math.max(0, Math.floor(this.#context.clock.wallMs() / 1_000) * 1_000);
      const content = contentOf(this.#packing.packer(), { text, file, replyTo }, sentAtMs);
      const kind = file === undefined ? "text" : "file";
      item = this.#writer.write(change, group, content, { kind, file, replyTo, sentAtMs, text });
    };
    this.#change(groupId, decide, (error, change) => {
      if (error !== null || item === undefined || change === undefined) {
        done(error, undefined);
        return;
      }
      done(null, this.#texts.message(change.chat, item, said.text));
      this.#talks.news(change.chat, undefined);
    });
  }

  /** Messages of a group, oldest first: those after an id, or the newest; those before one alone. */
  list(
    groupId: string,
    query: ChatRange & { readonly limit?: number | undefined },
    done: (error: DiskError | null, messages: readonly GroupMessage[]) => void,
  ): void {
    const chat = this.#chats.get(groupId);
    const limit = Math.max(1, Math.min(query.limit ?? LIST_DEFAULT, LIST_MAX));
    if (chat === undefined) done(null, []);
    else this.#texts.messages(chat, chat.page(query, limit), done);
  }

  /** Marks all that others have written in a group as read, here and on other own devices. */
  markRead(groupId: string, done: (error: MessagesError | null) => void): void {
    const chat = this.#chats.get(groupId);
    const unread = chat?.items.filter(({ isUnread }) => isUnread).slice(0, CHAT_MARKS_MAX) ?? [];
    if (chat === undefined || unread.length === 0) {
      done(null);
      return;
    }
    const marks = unread.map(({ mark }) => mark);
    const announced = (problem: MessagesError | null): void => {
      if (problem !== null) {
        done(problem);
        return;
      }
      this.#setRead(chat, unread, (error) => {
        if (error === null) this.markRead(groupId, done);
        else done(error);
      });
    };
    this.#context.readMarks.announce({ of: "group", id: groupId }, marks, announced);
  }

  /** Unread messages, of one group or of all. */
  unreadCount(groupId?: string): number {
    if (groupId !== undefined) return this.#chats.get(groupId)?.unreadCount ?? 0;
    let count = 0;
    for (const chat of this.#chats.values()) count += chat.unreadCount;
    return count;
  }

  /** A group's chat as a whole. */
  info(groupId: string): ChatInfo {
    const { people, identity } = this.#context;
    const group = people.group(groupId);
    const chat = this.#chats.get(groupId) ?? new Conversation(groupId);
    const isHeard = (card: Card): boolean =>
      group !== undefined && this.#reader.isHeard(group, card);
    const cards = readersOf({ cards: () => chat.cards.values() }, isHeard, identity.id);
    const able = new Set(cards.map(({ person }) => person)).add(identity.person.personId);
    const forked = [...chat.feeds.values()].filter(({ isForked }) => isForked);
    return {
      groupId,
      messages: chat.items.length,
      unread: chat.unreadCount,
      devices: cards.length,
      withoutKeys: [...(group?.members() ?? [])].filter((person) => !able.has(person)),
      forked: [...new Set(forked.map(({ device }) => device))],
    };
  }

  /** A group is new here, its members have changed, or it is gone. */
  groupChanged(groupId: string): void {
    const group = this.#context.people.group(groupId);
    if (group === undefined) {
      this.#forget(groupId);
      return;
    }
    if (group.isIn) this.#chatOf(groupId);
    const chat = this.#chats.get(groupId);
    if (chat === undefined) return;
    this.#talks.membersChanged(chat);
    this.#lookAfter(chat);
  }

  peerReachable(peer: PeerId): void {
    this.#talks.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.#talks.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    const checkAtMs = this.#hasGroups() ? this.#checkAtMs : Number.POSITIVE_INFINITY;
    return Math.min(checkAtMs, this.#talks.nextDeadlineMs());
  }

  tick(): void {
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs >= this.#checkAtMs) {
      this.#checkAtMs = nowMs + CARD_CHECK_MS;
      // A crash in the middle of forgetting a group leaves some of its chat.
      for (const id of [...this.#chats.keys()]) {
        if (this.#context.people.group(id) === undefined) this.#forget(id);
      }
      for (const group of this.#context.people.groups()) {
        if (!group.isIn) continue;
        // Of a home that an older Peernet wrote there is no chat yet.
        if (!this.#chats.has(group.id)) this.groupChanged(group.id);
        const chat = this.#chatOf(group.id);
        this.#lookAfter(chat);
        for (const feed of chat.feeds.values()) this.#clerk.openWaiting(chat, feed);
      }
    }
    this.#talks.tick();
  }

  /** What own devices have read of a group's chat is read here too. */
  #takeReads(groupId: string): void {
    const chat = this.#chats.get(groupId);
    const place = { of: "group", id: groupId } as const;
    const read = chat?.items.filter(({ mark }) => this.#context.readMarks.isPending(place, mark));
    if (chat === undefined || read === undefined || read.length === 0) return;
    this.#setRead(chat, read, (error) => {
      if (error !== null) this.#context.log.warn("not marked read", { code: error.code });
    });
  }

  /** Another own device may have told of messages while they were on their way to the disk. */
  #readLate(chat: Conversation, added: readonly ChatItem[]): void {
    const place = { of: "group", id: chat.id } as const;
    const late = added.filter(({ mark }) => this.#context.readMarks.isPending(place, mark));
    if (late.length > 0) this.#setRead(chat, late, () => undefined);
  }

  #setRead(
    chat: Conversation,
    items: readonly ChatItem[],
    done: (error: MessagesError | null) => void,
  ): void {
    const place = { of: "group", id: chat.id } as const;
    let read: ChatItem[] = [];
    const decide = (change: Change): void => {
      read = [];
      for (const { id, mark } of items) {
        const item = change.chat.item(id);
        this.#context.readMarks.settle(change, place, mark);
        if (item?.isUnread !== true) continue;
        read.push({ ...item, isUnread: false });
      }
      for (const item of read) change.setItem(item);
    };
    this.#changeAny(chat, decide, (error) => {
      if (error === null) this.#tellStates(chat, read);
      done(error);
    });
  }

  #hasGroups(): boolean {
    for (const _ of this.#context.people.groups()) return true;
    return this.#chats.size > 0;
  }

  /** Others can write to this device, and read what it wrote. */
  #lookAfter(chat: Conversation): void {
    const { people, prekeys } = this.#context;
    const group = people.group(chat.id);
    if (group?.isIn !== true) return;
    if (prekeys.usable.length === 0) {
      // Nobody without a group needs any. Where the disk fails, the next look tries again.
      prekeys.renew(() => {
        if (prekeys.usable.length > 0) this.#lookAfter(chat);
      });
      return;
    }
    const due = this.#care.due(chat, group);
    if (due === undefined) return;
    this.#changeAny(chat, due, (error) => {
      if (error === null) this.#talks.news(chat, undefined);
    });
  }

  #change(
    groupId: string,
    decide: (change: Change, group: ChatGroup) => void,
    done: Done<Change>,
  ): void {
    const chat = this.#context.people.group(groupId)?.isIn ? this.#chatOf(groupId) : undefined;
    if (chat === undefined) {
      done(notInGroup(), undefined);
      return;
    }
    this.#changeAny(
      chat,
      (change) => {
        const group = this.#context.people.group(groupId);
        if (group?.isIn !== true) throw notInGroup();
        decide(change, group);
      },
      done,
    );
  }

  /** Decides, writes as one batch, and lets memory follow. */
  #changeAny(chat: Conversation, decide: (change: Change) => void, done: Done<Change>): void {
    let change: Change | undefined;
    this.#changes.make(
      () => {
        if (this.#chats.get(chat.id) !== chat) throw notInGroup();
        const made = new Change(chat);
        change = made;
        try {
          decide(made);
        } catch (error) {
          throw explain(error);
        }
        if (made.isEmpty) return undefined;
        const { added } = made;
        return (carried) =>
          this.#context.records.write(made.batch(), (error) => {
            if (error === null) made.commit();
            carried(error === null ? null : explain(error));
            if (error === null) this.#readLate(chat, added);
          });
      },
      (error) => done(error, error === null ? change : undefined),
    );
  }

  #forget(groupId: string): void {
    const chat = this.#chats.get(groupId);
    if (chat === undefined) return;
    this.#talks.removed(chat);
    this.#chats.delete(groupId);
    const { records, log } = this.#context;
    this.#changes.make(
      () => (carried) =>
        clearChat(records, groupId, (error) => carried(error === null ? null : explain(error))),
      (error) => {
        if (error !== null) log.warn("a group's chat was not removed", { code: error.code });
      },
    );
  }

  #chatOf(groupId: string): Conversation {
    const known = this.#chats.get(groupId);
    if (known !== undefined) return known;
    const chat = new Conversation(groupId);
    this.#chats.set(groupId, chat);
    return chat;
  }

  #isHeard(chat: Conversation, device: PeerId): boolean {
    const group = this.#context.people.group(chat.id);
    const card = chat.cards.get(device);
    return group !== undefined && card !== undefined && this.#reader.isHeard(group, card);
  }

  #isMember(chat: Conversation, peer: PeerId): boolean {
    const { people } = this.#context;
    const person = people.personOf(peer);
    if (person === undefined || !people.stands(peer, person)) return false;
    return people.group(chat.id)?.has(person) === true;
  }

  #markOf(chat: Conversation, id: string | undefined): string | undefined {
    if (id === undefined) return undefined;
    const mark = chat.item(id)?.mark;
    if (mark !== undefined) return mark;
    const words =
      "There is no such message to answer. 'peernet inbox --all --ids' shows their ids.";
    throw new MessagesError("unknown-message", words);
  }

  #tellStates(chat: Conversation, items: readonly ChatItem[]): void {
    this.#texts.messages(chat, items, (error, messages) => {
      if (error !== null) this.#context.log.warn("texts not found", { code: error.code });
      for (const message of messages) this.#context.events.onGroupMessageState?.(message);
    });
  }
}
