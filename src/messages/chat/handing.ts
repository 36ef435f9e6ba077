import type { PeerId } from "../../identity/index.ts";
import type { RecordStore } from "../../ports/index.ts";
import type { Conversation } from "./conversation.ts";
import { type ChatFeed, entryKeyOf } from "./feed.ts";
import {
  CARDS_PER_FRAME_MAX,
  CHAT_ENTRY_BYTES_MAX,
  CHAT_FRAME_BYTES_MAX,
  ENTRIES_PER_FRAME_MAX,
  TAKEN_IN_FLIGHT_MAX,
} from "./limits.ts";
import { type ChatFrame, cardSeconds, type Theirs } from "./protocol.ts";

/** Bytes of entries or cards after which a frame holds no further one. */
const FRAME_FULL_BYTES = CHAT_FRAME_BYTES_MAX - CHAT_ENTRY_BYTES_MAX - 1_024;

/** What handing on needs of its stream. */
export interface HandingHost {
  isHeard(device: PeerId): boolean;
  /** False where the stream takes no more for now. */
  send(frame: ChatFrame): boolean;
  /** The disk failed. */
  failed(): void;
}

/**
 * Sends over one stream what the other side lacks: cards first, then each device's feeds in their
 * order, so that whoever has an entry has all before it.
 */
export class Handing {
  readonly #records: RecordStore;
  readonly #chat: Conversation;
  readonly #host: HandingHost;
  #theirs: Theirs | undefined;
  /** Frames that the other side has not dealt with yet. */
  #inFlight = 0;
  #isHeld = false;
  #isReading = false;

  constructor(records: RecordStore, chat: Conversation, host: HandingHost) {
    this.#records = records;
    this.#chat = chat;
    this.#host = host;
  }

  /** Whether nothing is under way. */
  get isResting(): boolean {
    return this.#inFlight === 0 && !this.#isHeld && !this.#isReading;
  }

  /** It is known what the other side has; kept up to date from here on. */
  begin(theirs: Theirs): void {
    this.#theirs = theirs;
    this.pump();
  }

  /** The other side has dealt with a frame. @returns false where none was under way */
  took(): boolean {
    if (this.#inFlight === 0) return false;
    this.#inFlight--;
    this.pump();
    return true;
  }

  /** The stream takes more again. */
  resume(): void {
    this.#isHeld = false;
    this.pump();
  }

  /** Sends on, as far as the other side and the stream take it. */
  pump(): void {
    const theirs = this.#theirs;
    if (theirs === undefined) return;
    while (!this.#isHeld && !this.#isReading && this.#inFlight < TAKEN_IN_FLIGHT_MAX) {
      const cards = this.#cards(theirs);
      if (cards.length > 0) {
        this.#send({ t: "cards", l: cards });
        continue;
      }
      const feed = this.#next(theirs);
      if (feed === undefined) return;
      this.#read(feed, theirs);
    }
  }

  #cards(theirs: Theirs): readonly Uint8Array[] {
    const found: Uint8Array[] = [];
    for (const { device, atMs, bytes } of this.#chat.cards.values()) {
      const end = cardSeconds(atMs);
      if (theirs.end(device, 0) >= end || !this.#host.isHeard(device)) continue;
      theirs.put({ device, generation: 0, end });
      found.push(bytes);
      if (found.length >= CARDS_PER_FRAME_MAX) break;
    }
    return found;
  }

  /** The oldest feed of some device of which the other side lacks something. */
  #next(theirs: Theirs): ChatFeed | undefined {
    let next: ChatFeed | undefined;
    for (const feed of this.#chat.feeds.values()) {
      if (feed.count <= theirs.end(feed.device, feed.generation)) continue;
      if (next !== undefined && next.generation <= feed.generation) continue;
      if (this.#host.isHeard(feed.device)) next = feed;
    }
    return next;
  }

  /** Reads entries until a frame is full, and sends it. */
  #read({ id, device, generation, count }: ChatFeed, theirs: Theirs): void {
    this.#isReading = true;
    const entries: Uint8Array[] = [];
    let sizeBytes = 0;
    let seq = theirs.end(device, generation);
    const isFull = (): boolean =>
      seq >= count || sizeBytes >= FRAME_FULL_BYTES || entries.length >= ENTRIES_PER_FRAME_MAX;
    const step = (): void => {
      if (isFull()) {
        this.#isReading = false;
        theirs.put({ device, generation, end: seq });
        if (entries.length > 0) this.#send({ t: "entries", l: entries });
        this.pump();
        return;
      }
      this.#records.scan(entryKeyOf(this.#chat.id, id, seq + 1), (error, [found]) => {
        if (error !== null) {
          this.#isReading = false;
          this.#host.failed();
          return;
        }
        seq++;
        // Dropped meanwhile, as there is too much: nothing of this feed is handed on any more.
        if (found === undefined) seq = count;
        else {
          entries.push(found.value);
          sizeBytes += found.value.length;
        }
        step();
      });
    };
    step();
  }

  #send(frame: ChatFrame): void {
    this.#inFlight++;
    if (!this.#host.send(frame)) this.#isHeld = true;
  }
}
