import { assert } from "../../base/errors.ts";
import { type ChainTags, TAGS_PER_BLOCK } from "./chain-tags.ts";
import { RatchetChannel } from "./channel.ts";
import { windowEnd } from "./finding.ts";
import { REMEMBERED_PLACES_MAX, SENDER_KEY_FRAMES_MAX, TAG_BOOK_CHANNELS_MAX } from "./limits.ts";
import { ReceivedSenderKey } from "./sender-keys.ts";
import type { ChannelState } from "./state.ts";
import type { TagBook, TagSource } from "./types.ts";

/** A run of a chain's tags that are in the book. */
interface Run {
  readonly tags: ChainTags;
  /** Blocks from … end - 1. */
  from: number;
  end: number;
}

/** What is in the book of one channel. */
interface Entry {
  readonly runs: Map<number, Run>;
  missing: readonly MissingTag[];
  mark: Mark | undefined;
}

/** While these stay the same, so do the tags of a channel that are in the book. */
interface Mark {
  readonly tags: ChainTags;
  readonly ended: ChannelState["ended"];
  readonly missing: ChannelState["missing"];
  readonly block: number;
  readonly end: number;
}

interface MissingTag {
  readonly tag: number;
}

/** A run that is to be in the book. */
interface WantedRun {
  readonly step: number;
  readonly tags: ChainTags;
  readonly from: number;
  /** Up to here at once: what comes next. */
  readonly near: number;
  readonly end: number;
}

/** Blocks that are noted beyond the next tag. */
const NEAR_BLOCKS = 2;

/** A book of tags for this room's channels. */
export function makeTagBook(): TagBook {
  return new Book();
}

/**
 * A map from tags to channels. A channel changes with every frame, its tags mostly only by moving
 * on, so whole blocks of them come and go: `put` costs next to nothing seven times out of eight.
 * Most chains end long before their window does, so what is farther ahead is noted only when a tag
 * is not found: once for each state of a channel, however many unknown frames come.
 */
class Book implements TagBook {
  readonly #ids: Map<number, readonly string[]> = new Map();
  readonly #entries: Map<string, Entry> = new Map();
  /** Those with tags that are not noted yet. */
  readonly #far: Map<string, readonly WantedRun[]> = new Map();

  put(source: TagSource): void {
    const { id } = source;
    const known = this.#entries.get(id);
    if (known?.mark !== undefined && isStill(known.mark, source)) return;
    const mark = markOf(source);
    const { wanted, missing } = wantedOf(source);
    let entry = known;
    if (entry === undefined) {
      assert(this.#entries.size < TAG_BOOK_CHANNELS_MAX, "too many channels");
      entry = { runs: new Map(), missing: [], mark };
      this.#entries.set(id, entry);
    }
    for (const [step, run] of entry.runs) {
      const now = wanted.find((one) => one.step === step);
      this.#cut(id, run, now?.from ?? run.end, now?.end ?? run.end);
      if (now === undefined) entry.runs.delete(step);
    }
    entry.mark = mark;
    this.#extend(id, entry, wanted, "near");
    this.#putMissing(id, entry, missing);
    this.#far.set(id, wanted);
  }

  remove(channelId: string): void {
    const entry = this.#entries.get(channelId);
    if (entry === undefined) return;
    for (const run of entry.runs.values()) this.#cut(channelId, run, run.end, run.end);
    this.#putMissing(channelId, entry, []);
    this.#entries.delete(channelId);
    this.#far.delete(channelId);
  }

  find(tag: number): readonly string[] {
    if (!this.#ids.has(tag)) this.#noteFar();
    const ids = this.#ids.get(tag) ?? [];
    return ids.length > 1 ? [...new Set(ids)] : ids;
  }

  #noteFar(): void {
    for (const [id, wanted] of this.#far) {
      const entry = this.#entries.get(id);
      if (entry !== undefined) this.#extend(id, entry, wanted, "end");
    }
    this.#far.clear();
  }

  #extend(id: string, entry: Entry, wanted: readonly WantedRun[], to: "near" | "end"): void {
    for (const one of wanted) {
      const run = entry.runs.get(one.step) ?? { tags: one.tags, from: one.from, end: one.from };
      entry.runs.set(one.step, run);
      for (; run.end < one[to]; run.end++) this.#addAll(id, one.tags.block(run.end));
    }
  }

  /** Takes out what is before `from` and from `end` on. */
  #cut(id: string, run: Run, from: number, end: number): void {
    for (; run.from < Math.min(from, run.end); run.from++) {
      this.#removeAll(id, run.tags.block(run.from));
    }
    while (run.end > Math.max(end, run.from)) {
      run.end--;
      this.#removeAll(id, run.tags.block(run.end));
    }
  }

  /** Those of missing frames stay when their chain has gone: they are noted apart. */
  #putMissing(id: string, entry: Entry, missing: readonly MissingTag[]): void {
    if (entry.missing === missing) return;
    const [old, now] = [new Set(entry.missing), new Set(missing)];
    for (const one of old) if (!now.has(one)) this.#removeOne(id, one.tag);
    for (const one of now) if (!old.has(one)) this.#addOne(id, one.tag);
    entry.missing = missing;
  }

  #addAll(id: string, tags: Uint32Array): void {
    for (const tag of tags) this.#addOne(id, tag);
  }

  #removeAll(id: string, tags: Uint32Array): void {
    for (const tag of tags) this.#removeOne(id, tag);
  }

  /** An id stands as often as it has reasons to. */
  #addOne(id: string, tag: number): void {
    const ids = this.#ids.get(tag);
    this.#ids.set(tag, ids === undefined ? [id] : [...ids, id]);
  }

  #removeOne(id: string, tag: number): void {
    const ids = this.#ids.get(tag) ?? [];
    const at = ids.indexOf(id);
    if (ids.length === 1 && at === 0) this.#ids.delete(tag);
    else if (at >= 0) this.#ids.set(tag, ids.toSpliced(at, 1));
  }
}

function wantedOf(source: TagSource) {
  if (source instanceof RatchetChannel) {
    return { wanted: wantedRuns(source.state), missing: source.state.missing };
  }
  assert(source instanceof ReceivedSenderKey, "only channels of this room have tags");
  const { tags, next, missing } = source.state;
  return { wanted: [runOf(0, tags, next, SENDER_KEY_FRAMES_MAX)], missing };
}

function markOf(source: TagSource): Mark | undefined {
  if (!(source instanceof RatchetChannel) || source.state.before !== undefined) return undefined;
  const { state } = source;
  const { receiving, ended, missing } = state;
  const { tags } = receiving;
  return { tags, ended, missing, block: blockOf(receiving), end: endOf(state) };
}

function isStill(mark: Mark, source: TagSource): boolean {
  if (!(source instanceof RatchetChannel)) return false;
  const { state } = source;
  const { receiving, before, ended, missing } = state;
  if (before !== undefined || mark.tags !== receiving.tags) return false;
  if (mark.ended !== ended || mark.missing !== missing) return false;
  return mark.block === blockOf(receiving) && mark.end === endOf(state);
}

/** The block in which the next tag is. */
function blockOf({ next }: ChannelState["receiving"]): number {
  return Math.floor(next / TAGS_PER_BLOCK);
}

/** Where blocks end of which tags are expected. */
function endOf(state: ChannelState): number {
  return Math.ceil(windowEnd(state, state.receiving) / TAGS_PER_BLOCK);
}

/** Which blocks of which chains belong in the book: what is expected, and a little of what was opened. */
function wantedRuns(state: ChannelState): WantedRun[] {
  const { receiving, before, ended } = state;
  const runs = [receiving, before].flatMap((chain) => {
    if (chain === undefined) return [];
    return [runOf(chain.step, chain.tags, chain.next, windowEnd(state, chain))];
  });
  if (ended !== undefined) runs.push(runOf(ended.step, ended.tags, ended.length, ended.length));
  return runs;
}

function runOf(step: number, tags: ChainTags, next: number, last: number): WantedRun {
  const from = Math.floor(Math.max(0, next - REMEMBERED_PLACES_MAX) / TAGS_PER_BLOCK);
  const end = Math.ceil(last / TAGS_PER_BLOCK);
  const near = Math.min(end, Math.floor(next / TAGS_PER_BLOCK) + NEAR_BLOCKS);
  return { step, tags, from, near, end };
}
