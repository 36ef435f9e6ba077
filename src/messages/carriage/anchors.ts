import { TypedError } from "../../base/errors.ts";
import type { PeerId } from "../../identity/index.ts";
import type { Clock, Log } from "../../ports/index.ts";
import { KIND } from "../body.ts";
import { MessagesError } from "../errors.ts";
import type { Draft, Kept, Ledger } from "../ledger.ts";
import type { ForeignLetter } from "../letters.ts";
import type { Post } from "../post.ts";
import type { Correspondents } from "../types.ts";
import {
  type Agreement,
  type AnchorWord,
  agreementKey,
  agreementWrite,
  checkTerms,
  decodeWord,
  encodeIds,
  encodeTags,
  encodeWord,
  OWNER_TAGS,
  THEIR_ANCHORS,
  TOLD_ANCHORS,
} from "./agreements.ts";
import {
  ANCHORS_MAX,
  HOLD_DAYS_DEFAULT,
  OWNER_BYTES_DEFAULT,
  OWNERS_MAX,
  TAGS_PER_CHANNEL_MAX,
  TAGS_PER_OWNER_MAX,
} from "./limits.ts";

/** What the holding of letters for each other is made of. */
export interface AnchorsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly post: Post;
  readonly correspondents: Correspondents;
  /** An agreement is new or has changed; on disk. */
  readonly onChanged: (agreement: Agreement) => void;
  /** A letter to this device is in the outbox. */
  readonly onQueued: (device: PeerId) => void;
}

type Done = (error: MessagesError | null) => void;

/** Who holds letters for this device, and for whom it does. */
export class Anchors {
  readonly #options: AnchorsOptions;
  readonly #agreements = new Map<string, Agreement>();
  readonly #tags = new Map<PeerId, ReadonlySet<number>>();
  readonly #theirs = new Map<PeerId, readonly PeerId[]>();
  /** What list of our anchors each device was sent. */
  readonly #told = new Map<PeerId, string>();

  constructor(options: AnchorsOptions) {
    this.#options = options;
  }

  /** Takes what the disk has. */
  load(
    agreements: readonly Agreement[],
    tags: ReadonlyMap<PeerId, readonly number[]>,
    theirs: ReadonlyMap<PeerId, readonly PeerId[]>,
    told: ReadonlyMap<PeerId, readonly PeerId[]>,
  ): void {
    for (const [device, list] of told) this.#told.set(device, list.join(" "));
    for (const one of agreements) this.#agreements.set(agreementKey(one), one);
    for (const [owner, list] of tags) this.#tags.set(owner, new Set(list));
    for (const [device, anchors] of theirs) this.#theirs.set(device, anchors);
  }

  /** All agreements, those that are refused included. */
  all(): readonly Agreement[] {
    return [...this.#agreements.values()];
  }

  /** Devices that hold letters for this one. */
  mine(): readonly PeerId[] {
    return this.#agreed("anchor").slice(0, ANCHORS_MAX);
  }

  /** Devices for which this one holds letters. */
  owners(): readonly PeerId[] {
    return this.#agreed("owner");
  }

  /** What was agreed with an owner. */
  termsOf(owner: PeerId): Agreement | undefined {
    const found = this.#agreements.get(agreementKey({ role: "owner", device: owner }));
    return found?.state === "agreed" ? found : undefined;
  }

  /** Who holds letters for another device, as it has told us. */
  anchorsOf(device: PeerId): readonly PeerId[] {
    return this.#theirs.get(device) ?? [];
  }

  /** Whether an owner expects a frame with this tag. */
  expects(owner: PeerId, tag: number): boolean {
    return this.#tags.get(owner)?.has(tag) === true;
  }

  /** The tags of all frames that this device would open now, for its anchors. */
  ownTags(): readonly number[] {
    const tags = new Set<number>();
    for (const { channels } of this.#options.ledger.kept.pairs.values()) {
      for (const channel of channels) {
        if (tags.size >= TAGS_PER_OWNER_MAX) break;
        for (const tag of channel.tags(TAGS_PER_CHANNEL_MAX)) tags.add(tag);
      }
    }
    return [...tags].slice(0, TAGS_PER_OWNER_MAX).sort((a, b) => a - b);
  }

  /** An owner says which frames it expects; `done` comes once that is on disk. */
  takeTags(owner: PeerId, tags: readonly number[], done: Done): void {
    const all = [...new Set(tags)].slice(0, TAGS_PER_OWNER_MAX);
    this.#options.ledger.change((draft) => {
      draft.write(OWNER_TAGS + owner, encodeTags(all));
      draft.onCommit(() => this.#tags.set(owner, new Set(all)));
    }, done);
  }

  /** Asks a device to hold letters for this one. Errors: "too-many-anchors", "unknown-person" … */
  ask(device: PeerId, done: Done): void {
    this.#options.ledger.change((draft) => {
      const asked = this.all().filter(
        ({ role, state }) => role === "anchor" && state !== "refused",
      );
      const others = asked.filter((one) => one.device !== device);
      if (others.length >= ANCHORS_MAX) {
        const words = `There are ${ANCHORS_MAX} anchors already. Release one first: peernet anchors release WHO`;
        throw new MessagesError("too-many-anchors", words);
      }
      this.#set(draft, this.#agreement(device, "anchor", "asked"));
      this.#say(draft, device, { t: "ask" });
    }, done);
  }

  /**
   * Agrees to hold letters for a device. Errors: "not-asked", "bad-terms", "too-many-owners" …
   * @param bytesMax 1 … OWNER_BYTES_MAX
   * @param days HOLD_DAYS_MIN … HOLD_DAYS_MAX
   */
  agree(owner: PeerId, terms: { bytesMax?: number; days?: number }, done: Done): void {
    const bytesMax = terms.bytesMax ?? OWNER_BYTES_DEFAULT;
    const days = terms.days ?? HOLD_DAYS_DEFAULT;
    this.#options.ledger.change((draft) => {
      try {
        checkTerms(bytesMax, days);
      } catch (cause) {
        if (!(cause instanceof TypedError)) throw cause;
        throw new MessagesError("bad-terms", cause.message, { cause });
      }
      const asked = this.#agreements.get(agreementKey({ role: "owner", device: owner }));
      if (asked === undefined) {
        throw new MessagesError("not-asked", "They have not asked you to hold letters for them.");
      }
      if (this.owners().length >= OWNERS_MAX && asked.state !== "agreed") {
        throw new MessagesError("too-many-owners", `You hold letters for ${OWNERS_MAX} already.`);
      }
      this.#set(draft, { ...this.#agreement(owner, "owner", "agreed"), bytesMax, days });
      this.#say(draft, owner, { t: "agree", bytesMax, days });
    }, done);
  }

  /** Says no to a device that asked, or stops holding letters for it. */
  refuse(owner: PeerId, done: Done): void {
    this.#options.ledger.change((draft) => {
      this.#set(draft, this.#agreement(owner, "owner", "refused"));
      this.#forgetTags(draft, owner);
      this.#say(draft, owner, { t: "refuse" });
    }, done);
  }

  /** Wants a device to hold letters no longer. */
  release(anchor: PeerId, done: Done): void {
    this.#options.ledger.change((draft) => {
      this.#remove(draft, "anchor", anchor);
      this.#say(draft, anchor, { t: "release" });
      draft.onCommit(() => this.announceAll());
    }, done);
  }

  /** A letter about holding letters. */
  take(draft: Draft, { device, content }: ForeignLetter): void {
    let word: AnchorWord;
    try {
      word = decodeWord(content);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#options.log.warn("word of an anchor malformed", { device, code: error.code });
      return;
    }
    if (word.t === "list") this.#takeList(draft, device, word.anchors);
    else if (word.t === "ask") this.#takeAsk(draft, device);
    else if (word.t === "agree") this.#takeAnswer(draft, device, "agreed", word);
    else if (word.t === "refuse") this.#takeAnswer(draft, device, "refused");
    else {
      this.#remove(draft, "owner", device);
      this.#forgetTags(draft, device);
    }
  }

  /** Tells everybody who writes to us who holds letters for us, where they do not know it yet. */
  announceAll(): void {
    this.announce([...this.#options.ledger.kept.pairs.keys()]);
  }

  /** The same for some devices. */
  announce(devices: readonly PeerId[]): void {
    const anchors = this.mine();
    const list = anchors.join(" ");
    for (const device of devices) {
      if ((this.#told.get(device) ?? "") === list) continue;
      this.#options.ledger.change(
        (draft) => {
          this.#say(draft, device, { t: "list", anchors });
          draft.write(TOLD_ANCHORS + device, encodeIds(anchors));
          draft.onCommit(() => this.#told.set(device, list));
        },
        (error) => {
          if (error !== null) this.#options.log.warn("anchors not told", { code: error.code });
        },
      );
    }
  }

  #takeList(draft: Draft, device: PeerId, anchors: readonly PeerId[]): void {
    draft.write(THEIR_ANCHORS + device, anchors.length === 0 ? null : encodeIds(anchors));
    draft.onCommit(() => {
      if (anchors.length === 0) this.#theirs.delete(device);
      else this.#theirs.set(device, anchors);
    });
  }

  #takeAsk(draft: Draft, device: PeerId): void {
    const known = this.#agreements.get(agreementKey({ role: "owner", device }));
    if (known?.state === "agreed") {
      this.#say(draft, device, { t: "agree", bytesMax: known.bytesMax, days: known.days });
    } else this.#set(draft, this.#agreement(device, "owner", "asked"));
  }

  #takeAnswer(
    draft: Draft,
    device: PeerId,
    state: "agreed" | "refused",
    terms?: { readonly bytesMax: number; readonly days: number },
  ): void {
    // Only who was asked may become an anchor.
    if (!this.#agreements.has(agreementKey({ role: "anchor", device }))) return;
    this.#set(draft, { ...this.#agreement(device, "anchor", state), ...terms });
    draft.onCommit(() => this.announceAll());
  }

  #agreed(role: Agreement["role"]): PeerId[] {
    return this.all()
      .filter((one) => one.role === role && one.state === "agreed")
      .map(({ device }) => device);
  }

  #agreement(device: PeerId, role: Agreement["role"], state: Agreement["state"]): Agreement {
    const terms = { bytesMax: OWNER_BYTES_DEFAULT, days: HOLD_DAYS_DEFAULT };
    return { device, role, state, ...terms, sinceMs: this.#options.clock.wallMs() };
  }

  #set(draft: Draft, agreement: Agreement): void {
    const { key, value } = agreementWrite(agreement);
    draft.write(key, value);
    draft.onCommit(() => {
      this.#agreements.set(key, agreement);
      this.#options.onChanged(agreement);
    });
  }

  #remove(draft: Draft, role: Agreement["role"], device: PeerId): void {
    const key = agreementKey({ role, device });
    const known = this.#agreements.get(key);
    draft.write(key, null);
    draft.onCommit(() => {
      this.#agreements.delete(key);
      if (known !== undefined) this.#options.onChanged({ ...known, state: "refused" });
    });
  }

  #forgetTags(draft: Draft, owner: PeerId): void {
    draft.write(OWNER_TAGS + owner, null);
    draft.onCommit(() => this.#tags.delete(owner));
  }

  #say(draft: Draft, device: PeerId, word: AnchorWord): void {
    const personId =
      this.#options.correspondents.personOf(device) ?? personOf(device, this.#kept());
    if (personId === undefined) {
      throw new MessagesError("unknown-person", "This device belongs to none of your contacts.");
    }
    const letter = { kind: KIND.anchors, content: encodeWord(word) };
    this.#options.post.enqueue(draft, device, personId, letter);
    draft.onCommit(() => this.#options.onQueued(device));
  }

  #kept(): Kept {
    return this.#options.ledger.kept;
  }
}

function personOf(device: PeerId, kept: Kept): string | undefined {
  return kept.pairs.get(device)?.personId;
}
