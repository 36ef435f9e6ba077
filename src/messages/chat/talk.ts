import { equalBytes } from "../../base/bytes.ts";
import { FrameSplitter } from "../../feed/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "../../session/index.ts";
import { MessagesError } from "../errors.ts";
import type { ChatContext } from "./context.ts";
import type { Conversation, Seen } from "./conversation.ts";
import { Handing } from "./handing.ts";
import {
  CHAT_FRAME_BYTES_MAX,
  CHAT_UNSENT_BYTES_MAX,
  LINES_MAX,
  TAKEN_IN_FLIGHT_MAX,
  TALK_ANSWER_MS,
  TALK_COMPARE_MS,
  TALK_IDLE_MS,
} from "./limits.ts";
import {
  type ChatFrame,
  chatHelloTag,
  decodeChatFrame,
  decodeSeen,
  digestOf,
  encodeChatFrame,
  encodeSeen,
  HELLO_BYTES,
  haveFrames,
  type Line,
  linesOf,
  readLines,
  seenOf,
  Theirs,
} from "./protocol.ts";

/** How a talk ended. */
export type TalkEnd = "idle" | "refused" | "failed";

/** Cards or entries that came. */
export interface Brought {
  readonly t: "cards" | "entries";
  readonly l: readonly Uint8Array[];
}

/** What became of it. */
export interface Outcome {
  /** Something before it is missing. */
  readonly hasGap: boolean;
  /** What is here now of what the other side has brought. */
  readonly lines: readonly Line[];
}

/** What a talk asks of the room. */
export interface TalkHost {
  /** The chat that a hello means, where the other side is a member; undefined otherwise. */
  chatOf(tag: Uint8Array, nonce: Uint8Array, talk: Talk): Conversation | undefined;
  /** Called when both know of the group and each other; false: another talk goes before. */
  opened(talk: Talk): boolean;
  isHeard(chat: Conversation, device: PeerId): boolean;
  /** Keeps what came. */
  take(
    talk: Talk,
    brought: Brought,
    done: (error: MessagesError | null, outcome: Outcome) => void,
  ): void;
  seen(talk: Talk, seen: Seen): void;
  /** Called once, last. */
  over(talk: Talk, end: TalkEnd): void;
}

/** With whom, and from which side. */
export interface TalkWho {
  readonly peer: PeerId;
  readonly person: PersonId;
  /** What the opener is about; undefined on the other side until the hello. */
  readonly chat: Conversation | undefined;
}

/** The exchange of one group's chat with one peer over one stream. */
export class Talk implements StreamEvents {
  readonly peer: PeerId;
  readonly person: PersonId;
  readonly isOpener: boolean;
  readonly #context: ChatContext;
  readonly #host: TalkHost;
  readonly #splitter = new FrameSplitter(CHAT_FRAME_BYTES_MAX);
  #chat: Conversation | undefined;
  #stream: Stream | undefined;
  #handing: Handing | undefined;
  #theirs = new Theirs();
  /** The other side is in the middle of saying what it has. */
  #hearing: Theirs | undefined;
  #isOpen = false;
  #isOver = false;
  #hasToldHave = false;
  #taking = 0;
  #comparedAtMs = Number.NEGATIVE_INFINITY;
  #compareDueMs = Number.POSITIVE_INFINITY;
  #deadlineMs: number;

  constructor(context: ChatContext, who: TalkWho, host: TalkHost) {
    this.#context = context;
    this.#host = host;
    this.peer = who.peer;
    this.person = who.person;
    this.#chat = who.chat;
    this.isOpener = who.chat !== undefined;
    this.#deadlineMs = this.#nowMs() + TALK_ANSWER_MS;
  }

  /** What is exchanged; undefined before the hello. */
  get chat(): Conversation | undefined {
    return this.#chat;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Monotonic time at which `tick` wants to be called. */
  get deadlineMs(): number {
    return Math.min(this.#deadlineMs, this.#compareDueMs);
  }

  start(stream: Stream): void {
    this.#stream = stream;
    if (this.#chat === undefined) return;
    const nonce = this.#context.random.bytes(HELLO_BYTES);
    const place = { from: this.#context.identity.id, to: this.peer, nonce };
    const tag = chatHelloTag(this.#context.suite, this.#chat.id, place);
    this.#send({ t: "hello", v: 1, n: nonce, g: tag });
  }

  tick(): void {
    const nowMs = this.#nowMs();
    if (nowMs >= this.#compareDueMs) this.#compare();
    if (nowMs < this.#deadlineMs || this.#isOver) return;
    if (this.#isOpen && this.#handing?.isResting === true) this.#endAs("idle");
    else this.drop("failed");
  }

  /** Ends it at once. */
  drop(end: TalkEnd): void {
    if (this.#isOver) return;
    this.#finish(end);
    this.#stream?.reset();
  }

  /** There is something new here. */
  news(): void {
    if (this.#isOpen && !this.#isOver) this.#handing?.pump();
  }

  /** More may be taken now than before: says again what is here. */
  compareAgain(): void {
    if (this.#isOpen && !this.#isOver) this.#compare();
  }

  /** This device has opened more of what the other side wrote. */
  tellSeen(): void {
    const chat = this.#chat;
    if (chat === undefined || !this.#isOpen || this.#isUnread()) return;
    const seen = seenOf(chat, this.peer);
    if (seen.size > 0) this.#send({ t: "seen", l: encodeSeen(seen) });
  }

  onData(bytes: Uint8Array): void {
    this.#stream?.consume(bytes.length);
    if (this.#isOver) return;
    const take = (content: Uint8Array): void => {
      if (!this.#isOver) this.#take(decodeChatFrame(content));
    };
    this.#splitter.read(bytes, take, ({ code }) => {
      this.#context.log.warn("group chat stream refused", { peer: this.peer, code });
      this.drop("failed");
    });
  }

  onEnd(): void {
    this.#endAs(this.#isOpen ? "idle" : "failed");
  }

  onDrain(): void {
    this.#handing?.resume();
  }

  onClose(_reason: StreamCloseReason): void {
    this.#finish("failed");
  }

  #take(frame: ChatFrame): void {
    this.#deadlineMs = this.#nowMs() + (this.#isOpen ? TALK_IDLE_MS : TALK_ANSWER_MS);
    if (frame.t === "hello") {
      this.#hear(frame);
      return;
    }
    if (frame.t === "refused") {
      this.#must(this.isOpener && !this.#isOpen);
      this.#endAs("refused");
      return;
    }
    if (frame.t === "state" && this.isOpener && !this.#isOpen) this.#open();
    if (this.#isOver) return;
    const chat = this.#chat;
    if (chat === undefined || !this.#isOpen) throw protocol();
    if (frame.t === "state") this.#heard(chat, frame.d);
    else if (frame.t === "have") this.#learn(frame.l, frame.e);
    else if (frame.t === "took") {
      this.#must(this.#handing?.took() === true);
    } else if (frame.t === "seen") this.#host.seen(this, decodeSeen(frame.l));
    else this.#accept(frame);
  }

  #hear({ n, g }: Extract<ChatFrame, { readonly t: "hello" }>): void {
    this.#must(this.#chat === undefined && !this.isOpener);
    const chat = this.#host.chatOf(g, n, this);
    if (chat === undefined) {
      this.#send({ t: "refused" });
      this.#endAs("refused");
      return;
    }
    this.#chat = chat;
    this.#open();
  }

  #open(): void {
    const chat = this.#chat;
    if (chat === undefined) return;
    this.#isOpen = true;
    this.#deadlineMs = this.#nowMs() + TALK_IDLE_MS;
    if (!this.#host.opened(this)) {
      this.drop("failed");
      return;
    }
    const { records } = this.#context;
    this.#handing = new Handing(records, chat, {
      isHeard: (device) => this.#host.isHeard(chat, device),
      send: (frame) => this.#send(frame),
      failed: () => this.drop("failed"),
    });
    // The other side knows by this that it is open, so it comes first.
    this.#compare();
    this.tellSeen();
  }

  /** Says what is here, so that both find out what differs. */
  #compare(): void {
    const chat = this.#chat;
    if (chat === undefined || !this.#isOpen || this.#isOver) return;
    const nowMs = this.#nowMs();
    const earliestMs = this.#comparedAtMs + TALK_COMPARE_MS;
    if (nowMs < earliestMs) {
      this.#compareDueMs = earliestMs;
      return;
    }
    this.#compareDueMs = Number.POSITIVE_INFINITY;
    this.#comparedAtMs = nowMs;
    this.#hasToldHave = false;
    this.#send({ t: "state", d: this.#digest(chat) });
  }

  #heard(chat: Conversation, digest: Uint8Array): void {
    if (equalBytes(digest, this.#digest(chat))) {
      // They have what is here: what comes later is all that they lack.
      const theirs = new Theirs();
      for (const line of this.#lines(chat)) theirs.put(line);
      this.#know(theirs);
    } else this.#tellHave(chat);
  }

  /** Each needs what the other has, whoever found out that it differs. */
  #tellHave(chat: Conversation): void {
    if (this.#hasToldHave) return;
    if (this.#isUnread()) {
      this.#compareDueMs = this.#nowMs() + TALK_COMPARE_MS;
      return;
    }
    this.#hasToldHave = true;
    for (const frame of haveFrames(this.#lines(chat))) this.#send(frame);
  }

  #learn(bytes: Uint8Array, isLast: boolean): void {
    this.#hearing ??= new Theirs();
    for (const line of readLines(bytes)) this.#hearing.put(line);
    if (this.#hearing.size > LINES_MAX) throw protocol();
    if (!isLast || this.#chat === undefined) return;
    const heard = this.#hearing;
    this.#hearing = undefined;
    this.#tellHave(this.#chat);
    this.#know(heard);
  }

  #know(theirs: Theirs): void {
    this.#theirs = theirs;
    this.#handing?.begin(theirs);
  }

  #accept(brought: Brought): void {
    if (++this.#taking > TAKEN_IN_FLIGHT_MAX) throw protocol();
    this.#host.take(this, brought, (error, { hasGap, lines }) => {
      this.#taking--;
      if (this.#isOver) return;
      if (error !== null) {
        this.drop("failed");
        return;
      }
      // What they brought they have: it is not handed back to them.
      for (const line of lines) this.#theirs.put(line);
      this.#send({ t: "took" });
      if (hasGap) this.#compare();
      this.tellSeen();
    });
  }

  #lines(chat: Conversation): readonly Line[] {
    return linesOf(chat, (device) => this.#host.isHeard(chat, device));
  }

  #digest(chat: Conversation): Uint8Array {
    const { suite } = this.#context;
    return digestOf(suite, chat, (device) => this.#host.isHeard(chat, device));
  }

  #must(condition: boolean): void {
    if (!condition) throw protocol();
  }

  /** False where the stream takes no more for now. */
  #send(frame: ChatFrame): boolean {
    if (this.#stream === undefined || this.#isOver) return false;
    return this.#stream.write(encodeChatFrame(frame));
  }

  /** The other side asks and does not read: answers would pile up, and wait instead. */
  #isUnread(): boolean {
    return (this.#stream?.unacknowledgedBytes ?? 0) > CHAT_UNSENT_BYTES_MAX;
  }

  #endAs(end: TalkEnd): void {
    this.#finish(end);
    this.#stream?.end();
  }

  #finish(end: TalkEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.over(this, end);
  }

  #nowMs(): number {
    return this.#context.clock.monotonicMs();
  }
}

const protocol = (): MessagesError =>
  new MessagesError("protocol", "A frame of a group's chat came that was not due.");
