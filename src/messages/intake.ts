import { TypedError } from "../base/errors.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import { type Body, type Content, decodeBody, isSpoken, KIND, markOf } from "./body.ts";
import { MessagesError } from "./errors.ts";
import type { FirstWords } from "./greetings.ts";
import type { HybridPrekeys } from "./hybrid/prekeys.ts";
import type { InvitePrekeys } from "./invite-prekeys.ts";
import type { Draft } from "./ledger.ts";
import type { Letters } from "./letters.ts";
import { EARLY_PER_DEVICE_MAX, MARKS_PER_DEVICE_MAX } from "./limits.ts";
import type { Entry } from "./outbox.ts";
import { earlyKey, type Pair, withChannel } from "./pair.ts";
import type { Post, PostOptions } from "./post.ts";
import type { Prekeys } from "./prekeys.ts";
import { RatchetError } from "./ratchet/errors.ts";
import type { Channel, FirstOpened, FrameHead, Opened } from "./ratchet/types.ts";
import type { Tags } from "./tags.ts";

/** A device that brings frames of its own. */
export interface Bringer {
  readonly device: PeerId;
  readonly personId: PersonId;
  /** The device's X25519 key. */
  readonly dhKey: Uint8Array;
}

/** What became of a frame. */
export interface Intaken {
  /**
   * "told": it opened; "repeated": it was here already; "unreadable": nothing here opens it;
   * "stranger": it is of somebody who may not write.
   */
  readonly outcome: "told" | "repeated" | "unreadable" | "stranger";
  /** The device that sealed it, where that is known. */
  readonly device: PeerId | undefined;
  /** The device whose frame was here already, where nobody said who brings it. */
  readonly repeatedBy?: PeerId | undefined;
  /** Whether a letter was in it. */
  readonly isLetter: boolean;
  /** Letters of ours that are delivered, as the frame tells. */
  readonly settled: readonly Entry[];
  /** With "stranger": they write by a prekey of an invite. */
  readonly firstWords?: FirstWords | undefined;
}

/** What the incoming half of the post is made of. */
export interface IntakeOptions extends PostOptions {
  readonly post: Post;
  readonly prekeys: Prekeys;
  readonly invitePrekeys: InvitePrekeys;
  readonly hybridPrekeys: HybridPrekeys;
  readonly letters: Letters;
  readonly tags: Tags;
}

/** Opens frames and takes letters in their order, each once, whatever brings them and how often. */
export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Opens a frame and keeps what is in it.
   * @param from who brings it; undefined where somebody else carried it here
   * @throws MessagesError("busy") where there is no room for it now: nothing has changed
   */
  open(draft: Draft, frame: Uint8Array, from: Bringer | undefined): Intaken {
    const { ratchet, kit } = this.#options;
    const head = ratchet.readFrameHead(kit.suite, frame);
    const nothing = { device: from?.device, settled: [], isLetter: false };
    if (head === undefined) return { outcome: "unreadable", ...nothing };
    let outcome: Intaken["outcome"] = "unreadable";
    let repeatedBy: PeerId | undefined;
    for (const { pair, channel } of this.#candidates(draft, head, from)) {
      const opened = this.#tryOpen(draft, pair, channel, frame);
      if (typeof opened === "object") return this.#take(draft, pair, opened);
      if (opened !== "repeated") continue;
      outcome = "repeated";
      repeatedBy = pair.device;
    }
    if (outcome === "unreadable" && head.kind === "first") return this.#accept(draft, frame, from);
    return { outcome, ...nothing, repeatedBy };
  }

  #candidates(
    draft: Draft,
    head: FrameHead,
    from: Bringer | undefined,
  ): readonly { pair: Pair; channel: Channel }[] {
    const { ledger } = this.#options;
    const found: { pair: Pair; channel: Channel }[] = [];
    const look = (pair: Pair | undefined, id?: string): void => {
      for (const channel of pair?.channels ?? []) {
        if (pair && (id === undefined || channel.id === id)) found.push({ pair, channel });
      }
    };
    const id = head.kind === "first" ? head.channelId : undefined;
    if (from !== undefined) look(draft.pair(from.device), id);
    else if (head.kind === "first") {
      for (const device of ledger.kept.pairs.keys()) look(draft.pair(device), id);
    } else {
      for (const place of this.#options.tags.expecting(head.tag)) {
        look(draft.pair(place.device), place.channelId);
      }
    }
    return found.reverse();
  }

  #tryOpen(
    draft: Draft,
    pair: Pair,
    channel: Channel,
    frame: Uint8Array,
  ): Opened | "repeated" | "unreadable" {
    const { clock, log, post } = this.#options;
    try {
      return channel.open(frame, clock.wallMs());
    } catch (error) {
      if (!(error instanceof RatchetError)) throw error;
      if (error.code === "replayed") return "repeated";
      if (error.code === "clone") {
        // This home was set back: keys of this channel were used before. Never seal in it again.
        log.warn("an old copy of this home", { device: pair.device });
        post.abandon(draft, pair.device, channel.id);
      }
      return "unreadable";
    }
  }

  /** The first frame of a channel that another device has begun. */
  #accept(draft: Draft, frame: Uint8Array, from: Bringer | undefined): Intaken {
    const { ratchet, kit, identity, clock } = this.#options;
    const { prekeys, invitePrekeys, hybridPrekeys, post } = this.#options;
    const nothing = { device: from?.device, settled: [], isLetter: false };
    try {
      const options = {
        ourDhKey: identity.dhKey,
        prekeys: [...prekeys.usable, ...hybridPrekeys.usable, ...invitePrekeys.usable],
        nowMs: clock.wallMs(),
      };
      const opened = ratchet.acceptChannel(kit, options, frame);
      const sender = this.#senderOf(opened.next.theirDhKey, from);
      if (sender === undefined) {
        const isInvited = from === undefined && invitePrekeys.has(opened.prekey);
        const firstWords = isInvited ? firstWordsOf(opened) : undefined;
        return { outcome: "stranger", ...nothing, firstWords };
      }
      const pair = draft.pairWith(sender.device, sender.personId);
      if (pair.gone.includes(opened.next.id)) return { outcome: "unreadable", ...nothing };
      invitePrekeys.used(draft, opened.prekey);
      hybridPrekeys.used(draft, opened.prekey);
      const taken = this.#take(draft, { ...pair, dhKey: opened.next.theirDhKey }, opened);
      // Until it is answered each frame over there has 1.2 kB more.
      if (opened.next.hybrid) post.acknowledge(draft, sender.device);
      return taken;
    } catch (error) {
      if (!(error instanceof RatchetError)) throw error;
      return { outcome: "unreadable", ...nothing };
    }
  }

  #senderOf(
    dhKey: Uint8Array,
    from: Bringer | undefined,
  ): Pick<Bringer, "device" | "personId"> | undefined {
    const { ledger, correspondents } = this.#options;
    const isSame = (other: Uint8Array | undefined): boolean =>
      other?.length === dhKey.length && other.every((byte, at) => byte === dhKey[at]);
    if (from !== undefined) return isSame(from.dhKey) ? from : undefined;
    for (const pair of ledger.kept.pairs.values()) {
      if (!isSame(pair.dhKey)) continue;
      const personId = correspondents.personOf(pair.device);
      return personId === undefined ? undefined : { device: pair.device, personId };
    }
    return undefined;
  }

  /** What a frame brought: an acknowledgement, and mostly a letter. */
  #take(draft: Draft, before: Pair, opened: Opened): Intaken {
    const { post, letters } = this.#options;
    const { device } = before;
    const { next, body } = opened;
    draft.setPair(withChannel(before, next));
    const settled = post.settle(draft, device, new Map([[next.id, next.acknowledgedCount]]));
    if (body.length > 0) this.#takeBody(draft, device, body);
    letters.delivered(draft, settled);
    return { outcome: "told", device, settled, isLetter: body.length > 0 };
  }

  #takeBody(draft: Draft, device: PeerId, bytes: Uint8Array): void {
    let body: Body;
    try {
      body = decodeBody(bytes);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      // It opened, so the device has a defect: kept as unreadable would number it, which we cannot.
      this.#options.log.warn("letter malformed", { device, code: error.code });
      return;
    }
    const pair = draft.pairWith(device, "");
    const { number } = body;
    if (body.isFirst && number > pair.received + 1) this.#skipTo(draft, device, number);
    const { received } = draft.pairWith(device, "");
    if (number <= received) this.#takeAgain(draft, pair, body);
    else if (number > received + 1) this.#hold(draft, device, body);
    else {
      this.#tell(draft, device, body, number);
      this.#tellEarly(draft, device);
    }
  }

  /** Letters below `number` will not come any more: those that are here are told now. */
  #skipTo(draft: Draft, device: PeerId, number: number): void {
    const pair = draft.pairWith(device, "");
    const held = [...pair.early.keys()].filter((one) => one < number).sort((a, b) => a - b);
    for (const one of held) this.#tellHeld(draft, device, one);
    draft.setPair({ ...draft.pairWith(device, ""), received: number - 1 });
    draft.forgetMarks(device, number - MARKS_PER_DEVICE_MAX);
  }

  /** The same number again: the same letter sealed anew, or another one of a device that was set back. */
  #takeAgain(draft: Draft, pair: Pair, body: Body): void {
    const { kit, log, ledger, letters } = this.#options;
    const { device, personId } = pair;
    const { number } = body;
    const isRemembered = number > pair.received - MARKS_PER_DEVICE_MAX;
    // Of letters of long ago only messages are still known, by what is on the shelf.
    if (!isRemembered && !isSpoken(body.kind)) return;
    const mark = markOf(kit.suite, personId, body);
    if (draft.mark(device, number) === mark) return;
    const known = ledger.kept.shelf.byMark(mark)?.from;
    if (known?.device === device && known.number === number) return;
    log.warn("another letter with a number of before", { device });
    letters.tell(draft, pair, body, mark, number);
    if (isRemembered) draft.setMark(device, number, mark);
  }

  #hold(draft: Draft, device: PeerId, { number, kind, content }: Body): void {
    const pair = draft.pairWith(device, "");
    if (pair.early.has(number)) return;
    if (pair.early.size >= EARLY_PER_DEVICE_MAX) {
      throw new MessagesError("busy", "Too many letters wait for one before them.");
    }
    const early = new Map(pair.early).set(number, { kind, content });
    draft.setPair({ ...pair, early });
    const bytes = new Uint8Array(content.length + 1);
    bytes[0] = kind;
    bytes.set(content, 1);
    draft.write(earlyKey(device, number), bytes);
  }

  #tellEarly(draft: Draft, device: PeerId): void {
    for (;;) {
      const pair = draft.pairWith(device, "");
      const number = pair.received + 1;
      if (!pair.early.has(number)) return;
      this.#tellHeld(draft, device, number);
    }
  }

  #tellHeld(draft: Draft, device: PeerId, number: number): void {
    const pair = draft.pairWith(device, "");
    const content = pair.early.get(number);
    if (content === undefined) return;
    const early = new Map(pair.early);
    early.delete(number);
    draft.setPair({ ...pair, early });
    draft.write(earlyKey(device, number), null);
    this.#tell(draft, device, content, number);
  }

  #tell(draft: Draft, device: PeerId, content: Content, number: number): void {
    const pair = draft.pairWith(device, "");
    const mark = markOf(this.#options.kit.suite, pair.personId, content);
    this.#options.letters.tell(draft, pair, content, mark, number);
    draft.setMark(device, number, mark);
    draft.setPair({ ...draft.pairWith(device, ""), received: number });
  }
}

/** What somebody unknown says of themselves, where the letter is a greeting. */
function firstWordsOf({ next, body }: FirstOpened): FirstWords {
  const words = { channelId: next.id, dhKey: next.theirDhKey };
  try {
    const { kind, content } = decodeBody(body);
    return { ...words, greeting: kind === KIND.greeting ? content : undefined };
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    return { ...words, greeting: undefined };
  }
}
