import { equalBytes, toHex, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { decodeEntry, type FeedId, hasValidSignature, NO_PREVIOUS } from "../../feed/index.ts";
import { type PeerId, peerIdOf } from "../../identity/index.ts";
import { type Content, markOf, type Spoken, spokenOf } from "../body.ts";
import { noticeOf } from "../letters.ts";
import { type Card, readCard } from "./card.ts";
import type { Change } from "./change.ts";
import { type ChatContext, readingKit } from "./context.ts";
import {
  chatFeedId,
  decodeKeys,
  decodeSpoken,
  ENTRY,
  encodeSpoken,
  headOf,
  type KeyBox,
  scopeEpoch,
} from "./entries.ts";
import type { ChatFeed } from "./feed.ts";
import type { ChatItem } from "./item.ts";
import {
  CARD_AHEAD_MS,
  CHAT_DEVICES_MAX,
  CHAT_DEVICES_PER_PERSON_MAX,
  CHAT_ENTRY_BYTES_MAX,
  ENTRIES_PER_FEED_MAX,
  FEED_BYTES_MAX,
} from "./limits.ts";
import type { ChatGroup } from "./types.ts";

/** What came of an entry: only "gap" is worth another try soon. */
export type Taken = "new" | "known" | "gap" | "refused";

/** A message that is told once it is on disk. */
export interface Told {
  readonly item: ChatItem;
  readonly text: string;
}

/** A sender key for this device, and the first entry that it may open. */
type Given = { readonly key: Uint8Array } & Pick<ChatFeed, "readsFrom" | "openedTo">;

/** An entry as it came, its signature checked. */
interface Checked {
  readonly bytes: Uint8Array;
  readonly feedId: FeedId;
  readonly seq: number;
  readonly kind: number;
  readonly body: Uint8Array;
  readonly card: Card;
}

/** Takes what members' devices wrote, whoever brings it: checks, keeps, opens. */
export class Reader {
  readonly #context: ChatContext;

  constructor(context: ChatContext) {
    this.#context = context;
  }

  /**
   * Takes up a card. @returns whether it is news
   * @throws WireError for what no honest peer sends
   */
  takeCard(change: Change, group: ChatGroup, bytes: Uint8Array): boolean {
    const { suite, people, clock } = this.#context;
    const card = readCard(suite, people.vouch, group.id, bytes);
    if (!this.isHeard(group, card) || card.atMs > clock.wallMs() + CARD_AHEAD_MS) return false;
    const known = change.card(card.device);
    if (known !== undefined && known.atMs >= card.atMs) return false;
    if (known === undefined && !this.#makeRoom(change, group, card)) return false;
    change.setCard(card);
    return true;
  }

  /** Whether what a device writes is taken: it is a member's and stands. */
  isHeard(group: ChatGroup, { device, person }: Pick<Card, "device" | "person">): boolean {
    return group.has(person) && this.#context.people.stands(device, person);
  }

  /**
   * Takes up an entry; messages that it brings are added to `told`.
   * @throws WireError for what is no entry
   */
  takeEntry(change: Change, group: ChatGroup, bytes: Uint8Array, told: Told[]): Taken {
    const { suite } = this.#context;
    const entry = decodeEntry(bytes);
    const card = change.card(peerIdOf(suite, entry.author));
    if (card === undefined || !this.isHeard(group, card)) return "refused";
    if (bytes.length > CHAT_ENTRY_BYTES_MAX) return "refused";
    const feed = change.feed(entry.feedId);
    const { seq } = entry;
    // Only its own device writes a feed on: another one's signature under its id says nothing.
    if (feed !== undefined && (feed.isForked || feed.device !== card.device)) return "refused";
    if (feed !== undefined && (seq < feed.count || seq > feed.count + 1)) {
      return seq < feed.count ? "known" : "gap";
    }
    const isSame = feed !== undefined && seq === feed.count && headOf(suite, bytes) === feed.head;
    if (isSame) return "known";
    if (!hasValidSignature(suite, entry)) return "refused";
    const checked: Checked = { ...entry, bytes, card };
    if (feed === undefined) return this.#begin(change, group, checked, entry.previous);
    // Signed, and not what follows here: the device has told others something else.
    if (seq === feed.count || toHex(entry.previous) !== feed.head) {
      change.setFeed({ ...feed, isForked: true });
      return "new";
    }
    const grown = this.#grow(feed, checked);
    if (grown === undefined) return "refused";
    this.#take(change, group, grown, checked, told);
    return "new";
  }

  /** The first entry of a feed gives out the key, and says what the feed is. */
  #begin(change: Change, group: ChatGroup, checked: Checked, previous: Uint8Array): Taken {
    const { suite } = this.#context;
    const { seq, kind, body, card, feedId, bytes } = checked;
    if (seq !== 1) return "gap";
    if (kind !== ENTRY.keys || !equalBytes(previous, NO_PREVIOUS)) return "refused";
    const { generation, epoch } = decodeKeys(body);
    if (generation <= change.floor(card.device)) return "refused";
    if (chatFeedId(suite, card.signKey, group.id, generation) !== feedId) return "refused";
    const feed: ChatFeed = {
      ...{ id: feedId, device: card.device, generation, epoch, count: 1, isForked: false },
      ...{ head: headOf(suite, bytes), sizeBytes: bytes.length },
      ...{ key: undefined, readsFrom: 0, openedTo: 0 },
    };
    this.#take(change, group, feed, checked, []);
    return "new";
  }

  #grow(feed: ChatFeed, { bytes, seq }: Checked): ChatFeed | undefined {
    const sizeBytes = feed.sizeBytes + bytes.length;
    if (seq > ENTRIES_PER_FEED_MAX || sizeBytes > FEED_BYTES_MAX) return undefined;
    return { ...feed, count: seq, sizeBytes, head: headOf(this.#context.suite, bytes) };
  }

  /** @param feed with the entry */
  #take(change: Change, group: ChatGroup, feed: ChatFeed, checked: Checked, told: Told[]): void {
    const { kind, body, bytes, card, seq } = checked;
    if (kind === ENTRY.keys && feed.key === undefined) {
      change.addEntry({ ...feed, ...this.#keyIn(group, feed, body, card) }, bytes);
    } else if (feed.key === undefined || feed.openedTo < seq - 1) change.addEntry(feed, bytes);
    else change.addEntry(this.#open(change, group, feed, checked, told), bytes);
  }

  /** Opens an entry that has waited on the disk for its key. */
  openKept(
    change: Change,
    group: ChatGroup,
    feed: ChatFeed,
    bytes: Uint8Array,
    told: Told[],
  ): void {
    const card = change.card(feed.device);
    const entry = decodeEntry(bytes);
    if (card === undefined || feed.key === undefined || entry.seq !== feed.openedTo + 1) return;
    change.setFeed(this.#open(change, group, feed, { ...entry, bytes, card }, told));
  }

  /** The sender key, where the entry has it for this device and it is what it should be. */
  #keyIn(group: ChatGroup, feed: ChatFeed, body: Uint8Array, card: Card): Given | undefined {
    const { identity, log } = this.#context;
    try {
      const { boxes, generation, epoch } = decodeKeys(body);
      if (generation !== feed.generation || !equalBytes(epoch, feed.epoch)) return undefined;
      const mine = boxes.find(({ device }) => device === identity.id);
      return mine && this.#unbox(group, feed, mine, card);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      log.info("sender key of no use", { peer: card.device, code: error.code });
      return undefined;
    }
  }

  #unbox(
    group: ChatGroup,
    feed: ChatFeed,
    { box }: KeyBox,
    { dhKey, signKey, device }: Card,
  ): Given | undefined {
    const context = this.#context;
    const { ratchet, kit, identity, prekeys, clock, log } = context;
    const options = { ourDhKey: identity.dhKey, prekeys: prekeys.usable, nowMs: clock.wallMs() };
    const opened = ratchet.acceptChannel(kit, options, box);
    if (!equalBytes(opened.next.theirDhKey, dhKey)) {
      log.warn("sender key sealed by another device", { peer: device });
      return undefined;
    }
    const scope = { epoch: scopeEpoch(group.id, feed.epoch), senderSignKey: signKey };
    const received = ratchet.takeSenderKey(readingKit(context), scope, opened.body);
    const isWhole = received.openedCount === 0;
    // What is here of before the key came is opened from the disk, in its order.
    const openedTo = isWhole && feed.count > 1 ? 0 : feed.count;
    return { key: received.encode(), readsFrom: isWhole ? 1 : feed.count, openedTo };
  }

  /** @returns the feed with the entry opened */
  #open(
    change: Change,
    group: ChatGroup,
    feed: ChatFeed,
    { body, card, kind, seq }: Checked,
    told: Told[],
  ): ChatFeed {
    const context = this.#context;
    const opened = { ...feed, openedTo: seq };
    if (kind !== ENTRY.message || feed.key === undefined) return opened;
    const scope = { epoch: scopeEpoch(group.id, feed.epoch), senderSignKey: card.signKey };
    let { key } = feed;
    let content: Content | undefined;
    try {
      const received = context.ratchet.loadReceivedKey(readingKit(context), scope, key);
      const found = received.open(body);
      key = found.next.encode();
      content = decodeSpoken(found.body);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      context.log.warn("group message unreadable", { peer: card.device, code: error.code });
    }
    told.push(this.#tell(change, opened, card, content));
    return { ...opened, key };
  }

  #tell(change: Change, feed: ChatFeed, card: Card, content: Content | undefined): Told {
    const { suite, identity, clock } = this.#context;
    const { spoken, kind } = this.#understood(content);
    const text = spoken?.text ?? noticeOf(kind);
    const isOwn = card.person === identity.person.personId;
    const said = content ?? { kind: 0, content: utf8(`${feed.id} ${feed.openedTo}`) };
    const mark = markOf(suite, card.person, said);
    const place = { of: "group", id: change.chat.id } as const;
    const isRead = this.#context.readMarks.settle(change, place, mark) || isOwn;
    const item = change.addItem(
      {
        ...{ author: card.person, device: card.device, generation: feed.generation },
        ...{ seq: feed.openedTo, kind, file: spoken?.file, replyTo: spoken?.replyTo },
        sentAtMs: spoken?.sentAtMs ?? Math.max(0, clock.wallMs()),
        ...{ mark, isUnread: !isRead, memberCount: 0 },
      },
      kind === "newer" ? encodeSpoken(said) : utf8(text),
    );
    return { item, text };
  }

  #understood(content: Content | undefined): {
    spoken: Spoken | undefined;
    kind: ChatItem["kind"];
  } {
    if (content === undefined) return { spoken: undefined, kind: "unreadable" };
    try {
      const spoken = spokenOf(this.#context.ratchet, content);
      if (spoken === undefined) return { spoken, kind: "newer" };
      return { spoken, kind: spoken.file === undefined ? "text" : "file" };
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      return { spoken: undefined, kind: "unreadable" };
    }
  }

  /** Whether there is room for one more device; one that is heard no more gives way. */
  #makeRoom(change: Change, group: ChatGroup, { person }: Card): boolean {
    let all = 0;
    let theirs = 0;
    let idle: Card | undefined;
    for (const card of change.cards()) {
      all++;
      if (!this.isHeard(group, card)) idle = card;
      else if (card.person === person) theirs++;
    }
    if (theirs >= CHAT_DEVICES_PER_PERSON_MAX) return false;
    if (all >= CHAT_DEVICES_MAX && idle !== undefined) change.dropDevice(idle.device);
    return all < CHAT_DEVICES_MAX || idle !== undefined;
  }
}

/** Devices of which something is kept, and to which this device may seal. */
export function readersOf(
  change: Pick<Change, "cards">,
  isHeard: (card: Card) => boolean,
  self: PeerId,
): readonly Card[] {
  return [...change.cards()].filter((card) => card.device !== self && isHeard(card));
}
