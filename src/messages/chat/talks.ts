import { equalBytes } from "../../base/bytes.ts";
import { Backoff, keepOne } from "../../feed/index.ts";
import type { PeerId, PeerRecord } from "../../identity/index.ts";
import type { Timed } from "../../ports/index.ts";
import type { Stream, StreamEvents } from "../../session/index.ts";
import type { ChatContext } from "./context.ts";
import type { Conversation } from "./conversation.ts";
import {
  CALLERS_MAX,
  FANOUT,
  LISTENERS_MAX,
  TALK_AGAIN_MS,
  TALKS_MAX,
  TALKS_PER_GROUP_MAX,
} from "./limits.ts";
import { CHAT_SERVICE, chatHelloTag } from "./protocol.ts";
import { Talk, type TalkEnd, type TalkHost } from "./talk.ts";

/** A member's device in reach. */
interface Listener {
  readonly backoff: Backoff;
  retryAtMs: number;
}

/** What talks ask of the room. */
export interface TalksDesk extends Pick<TalkHost, "take" | "seen"> {
  chats(): Iterable<Conversation>;
  /** Whether this person is in the group. */
  isIn(chat: Conversation): boolean;
  /** Whether what this device writes is taken. */
  isHeard(chat: Conversation, device: PeerId): boolean;
  /** Whether a peer in reach is a device of a member. */
  isMember(chat: Conversation, peer: PeerId): boolean;
}

/** Carries groups' chats between the devices of their members, whoever of them is in reach. */
export class Talks implements Timed {
  readonly #context: ChatContext;
  readonly #desk: TalksDesk;
  readonly #host: TalkHost;
  readonly #reachable = new Set<PeerId>();
  readonly #listeners = new Map<Conversation, Map<PeerId, Listener>>();
  readonly #talks = new Set<Talk>();

  constructor(context: ChatContext, desk: TalksDesk) {
    this.#context = context;
    this.#desk = desk;
    this.#host = {
      chatOf: (tag, nonce, talk) => this.#chatOf(tag, nonce, talk),
      opened: (talk) => this.#opened(talk),
      isHeard: (chat, device) => desk.isHeard(chat, device),
      take: (talk, brought, done) => desk.take(talk, brought, done),
      seen: (talk, seen) => desk.seen(talk, seen),
      over: (talk, end) => this.#over(talk, end),
    };
  }

  /** From now on others may come. */
  serve(): void {
    this.#context.sessions.serve(CHAT_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  peerReachable(peer: PeerId): void {
    if (peer === this.#context.identity.id) return;
    this.#reachable.add(peer);
    for (const chat of this.#desk.chats()) this.#consider(chat, peer, true);
    this.tick();
  }

  peerUnreachable(peer: PeerId): void {
    this.#reachable.delete(peer);
    for (const listeners of this.#listeners.values()) listeners.delete(peer);
    for (const talk of [...this.#talks]) if (talk.peer === peer) talk.drop("failed");
  }

  /** Members have come or gone: who is none any more hears nothing, and more may be taken than before. */
  membersChanged(chat: Conversation): void {
    for (const talk of [...this.#talks]) {
      if (talk.chat !== chat || !talk.isOpen) continue;
      if (!this.#desk.isIn(chat) || !this.#desk.isMember(chat, talk.peer)) talk.drop("refused");
      else talk.compareAgain();
    }
    for (const peer of this.#reachable) this.#consider(chat, peer, false);
    this.tick();
  }

  /** The chat is gone. */
  removed(chat: Conversation): void {
    this.#listeners.delete(chat);
    for (const talk of [...this.#talks]) if (talk.chat === chat) talk.drop("refused");
  }

  /**
   * Something new is here.
   * @param from who brought it; undefined where this device wrote it, which tells all who are in reach
   */
  news(chat: Conversation, from: Talk | undefined): void {
    const told = new Set<PeerId>(from === undefined ? [] : [from.peer]);
    for (const talk of [...this.#talks]) {
      if (talk.chat !== chat || !talk.isOpen) continue;
      told.add(talk.peer);
      talk.news();
    }
    const others = [...(this.#listeners.get(chat) ?? [])].filter(([peer]) => !told.has(peer));
    for (const [, listener] of from === undefined ? others : this.#some(others)) {
      listener.backoff.reset();
      listener.retryAtMs = 0;
    }
    this.tick();
  }

  /** This device has opened more of what these devices wrote. */
  tellSeen(chat: Conversation, devices: ReadonlySet<PeerId>): void {
    for (const talk of [...this.#talks]) {
      if (talk.chat === chat && devices.has(talk.peer)) talk.tellSeen();
    }
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#talks) next = Math.min(next, deadlineMs);
    for (const [chat, listeners] of this.#listeners) {
      if (!this.#mayCall(chat)) continue;
      for (const [peer, { retryAtMs }] of listeners) {
        if (!this.#isBusyWith(chat, peer)) next = Math.min(next, retryAtMs);
      }
    }
    return next;
  }

  tick(): void {
    for (const talk of [...this.#talks]) talk.tick();
    const nowMs = this.#context.clock.monotonicMs();
    for (const [chat, listeners] of this.#listeners) {
      for (const [peer, listener] of listeners) {
        if (!this.#mayCall(chat)) break;
        if (nowMs < listener.retryAtMs || this.#isBusyWith(chat, peer)) continue;
        this.#call(chat, peer, listener);
      }
    }
  }

  /** A few of them, drawn by lot: they tell others. */
  #some<T>(all: readonly T[]): readonly T[] {
    if (all.length <= FANOUT) return all;
    const from = this.#context.random.u32() % all.length;
    return [...all.slice(from), ...all.slice(0, from)].slice(0, FANOUT);
  }

  #consider(chat: Conversation, peer: PeerId, isNews: boolean): void {
    const listeners = this.#listeners.get(chat) ?? new Map<PeerId, Listener>();
    this.#listeners.set(chat, listeners);
    if (!this.#desk.isIn(chat) || !this.#desk.isMember(chat, peer)) {
      listeners.delete(peer);
      return;
    }
    const known = listeners.get(peer);
    if (known === undefined && listeners.size < LISTENERS_MAX) {
      listeners.set(peer, { backoff: new Backoff(this.#context.random), retryAtMs: 0 });
    } else if (known !== undefined && isNews) {
      known.backoff.reset();
      known.retryAtMs = 0;
    }
  }

  #mayCall(chat: Conversation): boolean {
    if (this.#talks.size >= TALKS_MAX) return false;
    let ours = 0;
    for (const talk of this.#talks) if (talk.chat === chat && talk.isOpener) ours++;
    return ours < TALKS_PER_GROUP_MAX;
  }

  #isBusyWith(chat: Conversation, peer: PeerId): boolean {
    for (const talk of this.#talks) if (talk.chat === chat && talk.peer === peer) return true;
    return false;
  }

  #call(chat: Conversation, peer: PeerId, listener: Listener): void {
    const person = this.#context.people.personOf(peer);
    listener.retryAtMs = this.#context.clock.monotonicMs() + listener.backoff.nextMs();
    if (person === undefined) return;
    const talk = new Talk(this.#context, { peer, person, chat }, this.#host);
    const stream = this.#context.sessions.openStream(peer, CHAT_SERVICE, talk);
    if (stream === undefined) return;
    this.#talks.add(talk);
    talk.start(stream);
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    let callers = 0;
    for (const talk of this.#talks) {
      if (talk.isOpen || talk.isOpener) continue;
      callers++;
      if (talk.peer === from.id) return undefined;
    }
    if (callers >= CALLERS_MAX || this.#talks.size >= TALKS_MAX + CALLERS_MAX) return undefined;
    const who = { peer: from.id, person: from.person.personId, chat: undefined };
    const talk = new Talk(this.#context, who, this.#host);
    this.#talks.add(talk);
    talk.start(stream);
    return talk;
  }

  #chatOf(tag: Uint8Array, nonce: Uint8Array, { peer, person }: Talk): Conversation | undefined {
    const { suite, identity, people } = this.#context;
    const place = { from: peer, to: identity.id, nonce };
    for (const chat of this.#desk.chats()) {
      if (!equalBytes(tag, chatHelloTag(suite, chat.id, place))) continue;
      const isMember = people.group(chat.id)?.has(person) === true && people.stands(peer, person);
      return isMember && this.#desk.isIn(chat) ? chat : undefined;
    }
    return undefined;
  }

  #opened(talk: Talk): boolean {
    const about = [...this.#talks].filter(({ chat }) => chat === talk.chat);
    return keepOne(this.#context.identity.id, talk, about, (other) => other.drop("idle"));
  }

  #over(talk: Talk, end: TalkEnd): void {
    this.#talks.delete(talk);
    const { chat, peer, isOpener } = talk;
    const listener = chat === undefined ? undefined : this.#listeners.get(chat)?.get(peer);
    if (listener === undefined) return;
    // That somebody came and was refused says nothing about whether this peer will be.
    if (!isOpener && end === "refused") return;
    if (end === "idle") listener.backoff.reset();
    const waitMs = end === "idle" ? TALK_AGAIN_MS : listener.backoff.nextMs();
    listener.retryAtMs = this.#context.clock.monotonicMs() + waitMs;
  }
}
