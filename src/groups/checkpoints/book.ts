import { concatBytes, fromHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { PersonId } from "../../identity/index.ts";
import type { GroupsContext } from "../context.ts";
import type { GroupLog, OpId } from "../log/index.ts";
import {
  CHECKPOINT_HEADS_MAX,
  CHECKPOINT_OPS_MIN,
  CHECKPOINT_STEP_MIN,
  CHECKPOINT_STEP_SHARE,
  CHECKPOINTS_KEPT,
  WORDS_WAITING_MAX,
} from "./limits.ts";
import { type State, stateOf, vouchersOf } from "./state.ts";
import { readWord, signWord, type Word } from "./word.ts";

/** Bytes by which two peers see whether they know the same words. */
export const WORDS_DIGEST_BYTES = 16;

interface Kept {
  readonly state: State;
  readonly words: Map<PersonId, Word>;
}

/** A checkpoint that a newcomer believes. */
export interface SignedState {
  readonly state: State;
  readonly words: readonly Uint8Array[];
}

/** Owners' words on checkpoints of one group, each compared with what this log itself says. */
export class WordBook {
  readonly #context: GroupsContext;
  readonly #log: GroupLog;
  /** By the digest of the state. */
  #kept = new Map<string, Kept>();
  #waiting: Uint8Array[] = [];
  /** Who the vouchers were when the words were taken. */
  #base: OpId = "";
  /** Operations of the log when this person last tried to sign what is new. */
  #triedSize = 0;

  constructor(context: GroupsContext, log: GroupLog) {
    this.#context = context;
    this.#log = log;
  }

  /** All words that are kept, in an order that they alone decide. */
  words(): readonly Uint8Array[] {
    const words = [...this.#kept.values()].flatMap((kept) => [...kept.words.values()]);
    const sorted = words.sort((a, b) => (a.digest + a.person < b.digest + b.person ? -1 : 1));
    return sorted.map(({ bytes }) => bytes);
  }

  /** 16 bytes that are the same for the same words of the same people. */
  digest(): Uint8Array {
    const keys = [...this.#kept].flatMap(([digest, { words }]) =>
      [...words.keys()].map((person) => digest + person),
    );
    const bytes = keys.sort().map((key) => must(fromHex(key), "ids are hexadecimal"));
    return this.#context.suite.sha256(concatBytes(...bytes)).subarray(0, WORDS_DIGEST_BYTES);
  }

  /** The newest checkpoint that enough owners have signed. */
  best(): SignedState | undefined {
    const best = this.#best();
    if (best === undefined) return undefined;
    return { state: best.state, words: [...best.words.values()].map(({ bytes }) => bytes) };
  }

  /**
   * Takes up somebody's word. @returns whether it is news that is true
   * @throws WireError where it is none
   */
  take(bytes: Uint8Array): boolean {
    const { suite, vouching, log } = this.#context;
    if (this.#log.ops.size === 0 || this.#log.ops.thinOps > 0) return false;
    this.#forgetFormer();
    const word = readWord(suite, vouching, this.#log.id, bytes);
    if (!vouchersOf(suite, this.#log.ops).owners.includes(word.person)) return false;
    const known = this.#kept.get(word.digest);
    if (known !== undefined) return this.#put(known.state, word);
    if (word.count <= (this.#best()?.state.count ?? 0)) return false;
    if (!this.#mayKeep() || word.heads.some((id) => !this.#log.ops.has(id))) {
      this.#waiting = [...this.#waiting, word.bytes].slice(-WORDS_WAITING_MAX);
      return false;
    }
    const state = stateOf(suite, this.#log, word.heads);
    if (state === undefined) return false;
    if (state.digest !== word.digest || state.count !== word.count) {
      log.warn("an owner's checkpoint is not what the log says", { person: word.person });
      return false;
    }
    return this.#put(state, word);
  }

  /** The log has changed: words may fit now, and this person's may be due. @returns all that is news */
  logChanged(): readonly Uint8Array[] {
    if (!this.#mayKeep()) return [];
    const waiting = this.#waiting;
    this.#waiting = [];
    const news = waiting.filter((bytes) => this.take(bytes));
    return [...news, ...this.#sign()];
  }

  /** This person's words on what others have signed, and on what is new, where it is an owner. */
  #sign(): readonly Uint8Array[] {
    const { suite, identity, proof } = this.#context;
    const { owners } = vouchersOf(suite, this.#log.ops);
    const place = owners.indexOf(identity.person.personId);
    if (place < 0) return [];
    const states = [...this.#kept.values()].map(({ state }) => state);
    const due = this.#dueState(place, states);
    const said: Uint8Array[] = [];
    for (const state of due === undefined ? states : [...states, due]) {
      if (this.#kept.get(state.digest)?.words.has(identity.person.personId) === true) continue;
      const bytes = signWord(identity.signKey, proof, state);
      if (this.take(bytes)) said.push(bytes);
    }
    return said;
  }

  /** What should be signed because so much is new; later owners leave it to earlier ones for a while. */
  #dueState(place: number, states: readonly State[]): State | undefined {
    const { ops } = this.#log;
    const newest = states.reduce((most, { count }) => Math.max(most, count), 0);
    const step = Math.max(CHECKPOINT_STEP_MIN, Math.floor(ops.size / CHECKPOINT_STEP_SHARE));
    // What could not be signed is not tried again with each operation: it takes a look at all of them.
    const before = Math.max(newest, this.#triedSize);
    const grown = before === 0 ? Number.POSITIVE_INFINITY : ops.size - before;
    if (ops.size < CHECKPOINT_OPS_MIN + place * step) return undefined;
    if (grown < step + (place * step) / 2) return undefined;
    this.#triedSize = ops.size;
    const heads = ops.heads().slice(0, CHECKPOINT_HEADS_MAX);
    return stateOf(this.#context.suite, this.#log, heads);
  }

  #put(state: State, word: Word): boolean {
    const known = this.#kept.get(state.digest) ?? { state, words: new Map<PersonId, Word>() };
    if (known.words.has(word.person)) return false;
    known.words.set(word.person, word);
    this.#kept.set(state.digest, known);
    this.#prune();
    return this.#kept.has(state.digest);
  }

  /** Who has a checkpoint's word only, or a short log, has nothing to compare words with. */
  #mayKeep(): boolean {
    return this.#log.ops.size >= CHECKPOINT_OPS_MIN && this.#log.ops.thinOps === 0;
  }

  #best(): Kept | undefined {
    const { quorum } =
      this.#log.ops.size === 0 ? { quorum: 1 } : vouchersOf(this.#context.suite, this.#log.ops);
    const enough = [...this.#kept.values()].filter(({ words }) => words.size >= quorum);
    return enough.sort(byAge)[0];
  }

  #prune(): void {
    const best = this.#best();
    const younger = [...this.#kept.values()]
      .filter(({ state }) => best === undefined || state.count > best.state.count)
      .sort((a, b) => b.words.size - a.words.size || byAge(a, b));
    const kept = [...(best === undefined ? [] : [best]), ...younger].slice(0, CHECKPOINTS_KEPT);
    this.#kept = new Map(kept.map((each) => [each.state.digest, each]));
  }

  /** With other owners, words of former ones count for nothing. */
  #forgetFormer(): void {
    const { base } = vouchersOf(this.#context.suite, this.#log.ops);
    if (base === this.#base) return;
    this.#base = base;
    this.#triedSize = 0;
    this.#kept = new Map();
  }
}

/** Those of more operations first. */
function byAge(a: Kept, b: Kept): number {
  return b.state.count - a.state.count || (a.state.digest < b.state.digest ? -1 : 1);
}
