import type { Coop, Fellow } from "../../../test/support/coop.ts";
import { suite } from "../../../test/support/hamlet.ts";
import { concatBytes } from "../../base/bytes.ts";
import {
  decodeEntry,
  type FeedEntry,
  FrameSplitter,
  NO_PREVIOUS,
  signEntry,
} from "../../feed/index.ts";
import type { SessionPort, Stream } from "../../session/index.ts";
import { type Card, readKeptCard } from "./card.ts";
import { CARDS } from "./change.ts";
import { chatFeedId, ENTRY, encodeKeys, headOf, hexBytes } from "./entries.ts";
import { ENTRIES } from "./feed.ts";
import {
  CHAT_SERVICE,
  type ChatFrame,
  chatHelloTag,
  decodeChatFrame,
  encodeChatFrame,
  HELLO_BYTES,
} from "./protocol.ts";

/** Somebody whose program does not keep to the protocol, in the place of one whose own has ended. */
export class Intruder {
  readonly who: Fellow;
  readonly heard: ChatFrame[] = [];
  isOver = false;
  readonly #coop: Coop;
  readonly #port: SessionPort;
  #stream: Stream | undefined;

  constructor(coop: Coop, who: Fellow) {
    this.#coop = coop;
    this.who = who;
    coop.crash(who, Number.MAX_SAFE_INTEGER);
    this.#port = coop.net.join(who.record);
  }

  /** Opens a stream about a group; with a hello where nothing else is said. */
  call(to: Fellow, group: string, hello = true): void {
    const splitter = new FrameSplitter(1 << 20);
    this.isOver = false;
    this.#stream = this.#port.openStream(to.identity.id, CHAT_SERVICE, {
      onData: (bytes) => splitter.push(bytes, (frame) => this.heard.push(decodeChatFrame(frame))),
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: () => {
        this.isOver = true;
      },
    });
    if (hello) {
      const n = new Uint8Array(HELLO_BYTES).fill(7);
      const place = { from: this.who.identity.id, to: to.identity.id, nonce: n };
      this.send({ t: "hello", v: 1, n, g: chatHelloTag(suite, group, place) });
    }
    this.#coop.pass(1_000);
  }

  /** Sends a frame, or bytes that are none, and lets it be read. */
  send(frame: ChatFrame | Uint8Array): void {
    this.write(frame);
    this.#coop.pass(1_500);
  }

  write(frame: ChatFrame | Uint8Array): void {
    this.#stream?.write(frame instanceof Uint8Array ? frame : encodeChatFrame(frame));
  }
}

/** Entries on somebody's disk that a device wrote in a group, oldest first. */
export function entriesBy(on: Fellow, group: string, author: Fellow): readonly FeedEntry[] {
  const found: FeedEntry[] = [];
  for (const [key, value] of [...on.disk.kept].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!key.startsWith(`${ENTRIES}${group}/`)) continue;
    const entry = decodeEntry(value);
    if (entry.author.every((byte, at) => byte === author.identity.signKey.publicKey[at])) {
      found.push(entry);
    }
  }
  return found;
}

/** The card of a device as somebody has it. */
export function cardOf(on: Fellow, group: string, of: Fellow): Card {
  const kept = on.disk.kept.get(`${CARDS}${group}/${of.identity.id}`);
  return readKeptCard(suite, kept ?? new Uint8Array(0));
}

/** A feed of whoever signs, with these bodies behind a first entry that gives nobody a key. */
export function feedBy(
  author: Fellow,
  group: string,
  generation: number,
  bodies: readonly Uint8Array[],
): Uint8Array[] {
  const { signKey } = author.identity;
  const feedId = chatFeedId(suite, signKey.publicKey, group, generation);
  const first = encodeKeys(generation, { epoch: new Uint8Array(32), boxes: [] });
  const entries: Uint8Array[] = [];
  let previous = NO_PREVIOUS;
  for (const [at, body] of [first, ...bodies].entries()) {
    const kind = at === 0 ? ENTRY.keys : ENTRY.message;
    const { bytes } = signEntry(signKey, { feedId, seq: at + 1, previous, kind, body });
    entries.push(bytes);
    previous = hexBytes(headOf(suite, bytes));
  }
  return entries;
}

/** Bytes with one changed. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const place = (at + bytes.length) % bytes.length;
  const changed = Uint8Array.of((bytes[place] ?? 0) ^ 1);
  return concatBytes(bytes.subarray(0, place), changed, bytes.subarray(place + 1));
}
