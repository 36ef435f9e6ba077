import { equalBytes, toHex, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { NO_PREVIOUS, signEntry } from "../../feed/index.ts";
import { type Content, markOf } from "../body.ts";
import { MessagesError } from "../errors.ts";
import { SENDER_KEY_FRAMES_MAX } from "../ratchet/limits.ts";
import type { Card } from "./card.ts";
import type { Change } from "./change.ts";
import type { ChatContext } from "./context.ts";
import {
  chatFeedId,
  ENTRY,
  encodeKeys,
  encodeSpoken,
  headOf,
  hexBytes,
  type KeyBox,
  scopeEpoch,
} from "./entries.ts";
import type { ChatFeed } from "./feed.ts";
import type { ChatItem } from "./item.ts";
import {
  CHAIN_LIFE_MS,
  CHAT_ENTRY_BYTES_MAX,
  ENTRIES_PER_FEED_MAX,
  FEED_BYTES_MAX,
  KEYS_PER_ENTRY_MAX,
} from "./limits.ts";
import type { OwnFeed } from "./own-feed.ts";
import { type Reader, readersOf } from "./reader.ts";
import type { ChatGroup } from "./types.ts";

/** Room that a feed keeps for entries that give the key to devices that come later. */
const KEY_ENTRIES_KEPT = 64;

/** A feed of this device, and what it writes it with. */
interface Pen {
  readonly own: OwnFeed;
  readonly feed: ChatFeed;
}

/** Writes what this person says to a group: one entry, sealed once, whatever the group's size. */
export class Writer {
  readonly #context: ChatContext;
  readonly #reader: Pick<Reader, "isHeard">;

  constructor(context: ChatContext, reader: Pick<Reader, "isHeard">) {
    this.#context = context;
    this.#reader = reader;
  }

  /**
   * Seals and keeps what is said, in a feed whose key nobody has who is no member any more.
   * @throws MessagesError("not-member")
   */
  write(
    change: Change,
    group: ChatGroup,
    content: Content,
    said: Pick<ChatItem, "kind" | "file" | "replyTo" | "sentAtMs"> & { readonly text: string },
  ): ChatItem {
    const { identity, suite } = this.#context;
    if (!group.isIn) throw notInGroup();
    const pen = this.#tellAll(change, group, this.#penFor(change, group), () => true);
    const sealed = pen.own.key.seal(encodeSpoken(content));
    const own = { ...pen.own, key: sealed.next };
    const feed = this.#append(change, pen.feed, ENTRY.message, sealed.frame);
    change.setOwn(own);
    const self = identity.person.personId;
    const { text, ...rest } = said;
    return change.addItem(
      {
        ...rest,
        ...{ author: self, device: identity.id, generation: feed.generation, seq: feed.count },
        mark: markOf(suite, self, content),
        isUnread: false,
        memberCount: [...group.members()].filter((person) => person !== self).length,
      },
      utf8(text),
    );
  }

  /** Gives the key to devices of those who were members when it was begun, and came into sight since. */
  tellLate(change: Change, group: ChatGroup): void {
    const pen = this.#current(change, group);
    if (pen === undefined || pen.own.key.sealedCount === 0 || !group.isIn) return;
    this.#tellAll(change, group, pen, ({ person }) => pen.own.people.has(person));
  }

  /** The feed that is written in, where its key may still be used. */
  #current(change: Change, group: ChatGroup): Pen | undefined {
    const { own } = change;
    const feed = own && change.feed(own.id);
    if (own === undefined || feed === undefined || feed.isForked) return undefined;
    const ageMs = this.#context.clock.wallMs() - own.begunAtMs;
    const isFull =
      own.key.sealedCount >= SENDER_KEY_FRAMES_MAX ||
      feed.count > ENTRIES_PER_FEED_MAX - KEY_ENTRIES_KEPT ||
      feed.sizeBytes > FEED_BYTES_MAX - KEY_ENTRIES_KEPT * CHAT_ENTRY_BYTES_MAX;
    if (isFull || ageMs < 0 || ageMs >= CHAIN_LIFE_MS) return undefined;
    if (!equalBytes(feed.epoch, hexBytes(group.epoch))) return undefined;
    // Who was given the key and is a member no more would read on, whatever the epoch says.
    for (const device of own.told) {
      const card = change.card(device);
      if (card === undefined || !this.#reader.isHeard(group, card)) return undefined;
    }
    return { own, feed };
  }

  #penFor(change: Change, group: ChatGroup): Pen {
    return this.#current(change, group) ?? this.#begin(change, group);
  }

  /** A new sender key, and the feed that is written with it. */
  #begin(change: Change, group: ChatGroup): Pen {
    const { identity, suite, ratchet, kit, clock } = this.#context;
    const epoch = hexBytes(group.epoch);
    const { publicKey } = identity.signKey;
    const key = ratchet.makeSenderKey(kit, {
      epoch: scopeEpoch(group.id, epoch),
      senderSignKey: publicKey,
    });
    const begunAtMs = Math.max(1, Math.floor(clock.wallMs()));
    let generation = Math.max(begunAtMs, change.floor(identity.id) + 1);
    for (const feed of change.feedsOf(identity.id)) {
      generation = Math.max(generation, feed.generation + 1);
    }
    const own: OwnFeed = {
      id: chatFeedId(suite, publicKey, group.id, generation),
      ...{ key, begunAtMs, firstShare: key.share() },
      people: new Set(group.members()),
      told: new Set(),
    };
    const none: ChatFeed = {
      ...{ id: own.id, device: identity.id, generation, epoch, count: 0, sizeBytes: 0 },
      ...{ head: toHex(NO_PREVIOUS), isForked: false },
      ...{ key: undefined, readsFrom: 0, openedTo: 0 },
    };
    return this.#tell(change, { own, feed: none }, this.#others(change, group));
  }

  /** Gives the key to those who lack it. */
  #tellAll(change: Change, group: ChatGroup, pen: Pen, isMeant: (card: Card) => boolean): Pen {
    const lacking = this.#others(change, group).filter(
      (card) => !pen.own.told.has(card.device) && isMeant(card),
    );
    return lacking.length === 0 ? pen : this.#tell(change, pen, lacking);
  }

  #others(change: Change, group: ChatGroup): readonly Card[] {
    const { identity } = this.#context;
    return readersOf(change, (card) => this.#reader.isHeard(group, card), identity.id);
  }

  /** Appends the entries that give the key to these devices; at least one to a new feed. */
  #tell(change: Change, { own, feed }: Pen, cards: readonly Card[]): Pen {
    const boxes = cards.flatMap((card) => this.#boxFor(own, card));
    const told = new Set(own.told);
    let grown = feed;
    for (let at = 0; at < boxes.length || grown.count === 0; at += KEYS_PER_ENTRY_MAX) {
      if (grown.count >= ENTRIES_PER_FEED_MAX) break;
      const some = boxes.slice(at, at + KEYS_PER_ENTRY_MAX);
      const body = encodeKeys(feed.generation, { epoch: feed.epoch, boxes: some });
      grown = this.#append(change, grown, ENTRY.keys, body);
      for (const { device } of some) told.add(device);
    }
    const now = { ...own, told };
    change.setOwn(now);
    return { own: now, feed: grown };
  }

  #boxFor(own: OwnFeed, { device, person, bundle, signKey, dhKey, atMs }: Card): KeyBox[] {
    const { ratchet, kit, identity, log } = this.#context;
    try {
      // Judged by the clock of the device whose it is: ours may be years off.
      const prekey = ratchet.readBundle(kit.suite, bundle, signKey, atMs);
      const terms = { ourDhKey: identity.dhKey, theirDhKey: dhKey, bundle: prekey, nowMs: atMs };
      const channel = ratchet.beginChannel(kit, terms);
      // Who came later reads from now on; who was a member then, from the first message on.
      const share = own.people.has(person) ? own.firstShare : own.key.share();
      return [{ device, box: channel.seal(share, atMs).frame }];
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      log.info("no sender key for a device", { peer: device, code: error.code });
      return [];
    }
  }

  #append(change: Change, feed: ChatFeed, kind: number, body: Uint8Array): ChatFeed {
    const { identity, suite } = this.#context;
    const { bytes } = signEntry(identity.signKey, {
      ...{ feedId: feed.id, seq: feed.count + 1, previous: hexBytes(feed.head), kind, body },
    });
    const grown = {
      ...{ ...feed, count: feed.count + 1, sizeBytes: feed.sizeBytes + bytes.length },
      head: headOf(suite, bytes),
    };
    change.addEntry(grown, bytes);
    return grown;
  }
}

/** What somebody hears who is no member. */
export function notInGroup(): MessagesError {
  return new MessagesError(
    "not-member",
    "You are not in this group (yet). 'peernet group show' tells how you stand.",
  );
}
