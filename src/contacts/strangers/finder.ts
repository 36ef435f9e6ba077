import { toHex, utf8 } from "../../base/bytes.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { Clock, Timed } from "../../ports/index.ts";
import type { SessionPort } from "../../session/index.ts";
import { Asking } from "../asking.ts";
import {
  FIND_FANOUT_MAX,
  FIND_PER_HOUR,
  FIND_TIMEOUT_MS,
  FINDABLE_MS,
  FINDS_MAX,
  INTRODUCERS_MAX,
  WAYS_MAX,
} from "./limits.ts";
import type { NextHop } from "./ports.ts";
import {
  STRANGER_TALK,
  type StrangerAnswer,
  type StrangerQuestion,
  TAG_BYTES,
} from "./protocol.ts";
import type { StrangerSettings } from "./settings.ts";

const CONTEXT = utf8("peernet tag v1");
const DAY_MS = 86_400_000;
const HOUR_S = 3_600;

/** What a finder is made of. */
export interface FinderOptions {
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly sessions: SessionPort;
  readonly settings: () => StrangerSettings;
  /** The sign keys of met contacts. */
  readonly contacts: () => Iterable<readonly [PersonId, Uint8Array]>;
  /** Whether what one contact brings would be passed on to another one now. */
  readonly mayPassOn: (from: PersonId, to: PersonId) => boolean;
  /** A device of a contact that is in reach. */
  readonly deviceInReach: (person: PersonId) => PeerId | undefined;
}

interface Way extends NextHop {
  readonly atMs: number;
}

/**
 * What stands for a person in a search on one day: whoever does not know their key learns nothing
 * from it, and not that it was the same person yesterday (as bitchat's couriers do).
 */
export function tagOf(suite: CryptoSuite, signKey: Uint8Array, wallMs: number): Uint8Array {
  const day = utf8(String(Math.floor(wallMs / DAY_MS)));
  return suite.hmacSha256(signKey, CONTEXT, day).subarray(0, TAG_BYTES);
}

/**
 * Searches ways to people over contacts who let it: asked of one's own contacts only, who ask
 * theirs, over three introducers at most. Nothing is kept on disk; a way is good for a day.
 */
export class Finder implements Timed {
  readonly #options: FinderOptions;
  /** Contacts who said that they may be found, and until when that counts. */
  readonly #findable = new Map<PersonId, number>();
  readonly #ways = new Map<string, Way>();
  readonly #rates = new Map<PersonId, TokenBucket>();
  readonly #asking = new Map<Asking<StrangerQuestion, StrangerAnswer>, number>();

  constructor(options: FinderOptions) {
    this.#options = options;
  }

  /** Where an introduction to the person behind a tag goes next. */
  nextFor(tag: Uint8Array, from: PersonId): NextHop | undefined {
    const way = this.#ways.get(toHex(tag));
    const isFresh = way !== undefined && this.#nowMs() - way.atMs < DAY_MS;
    return isFresh && way.person !== from ? way : undefined;
  }

  /** A contact says whether it may be found by others over us. */
  setFindable(person: PersonId, isFindable: boolean): void {
    if (isFindable) this.#findable.set(person, this.#nowMs() + FINDABLE_MS);
    else this.#findable.delete(person);
  }

  /** Tells a contact's device whether this person may be found over it. */
  tell(device: PeerId): void {
    const { findable } = this.#options.settings();
    this.put(device, { t: "open", f: findable }, () => undefined);
  }

  /** Somebody asks for a way; undefined as answer: there is none, or they ask too often. */
  asked(
    from: PersonId,
    tag: Uint8Array,
    introducers: number,
    done: (introducers: number | undefined) => void,
  ): void {
    if (!this.#options.settings().relay || !this.#mayAsk(from)) done(undefined);
    else this.#search(from, tag, introducers, done);
  }

  /** Searches a way for this person. @param done the contact to ask; undefined: there is no way */
  find(tag: Uint8Array, done: (by: PersonId | undefined) => void): void {
    this.#forward(undefined, tag, INTRODUCERS_MAX, (introducers) => {
      done(introducers === undefined ? undefined : this.#ways.get(toHex(tag))?.person);
    });
  }

  nextDeadlineMs(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#asking.values());
  }

  tick(): void {
    const nowMs = this.#nowMs();
    for (const [asking, deadlineMs] of [...this.#asking]) if (nowMs >= deadlineMs) asking.drop();
  }

  #search(
    from: PersonId,
    tag: Uint8Array,
    introducers: number,
    done: (introducers: number | undefined) => void,
  ): void {
    const target = this.#targetOf(tag);
    if (target !== undefined && target !== from) {
      if (!this.#options.mayPassOn(from, target)) {
        done(undefined);
        return;
      }
      this.#remember(tag, { person: target, isTarget: true });
      done(1);
    } else if (introducers > 1) this.#forward(from, tag, introducers - 1, done);
    else done(undefined);
  }

  /** Asks contacts one after another until one knows a way. */
  #forward(
    from: PersonId | undefined,
    tag: Uint8Array,
    introducers: number,
    done: (introducers: number | undefined) => void,
  ): void {
    const asked: (readonly [PersonId, PeerId])[] = [];
    const { contacts, deviceInReach, mayPassOn } = this.#options;
    for (const [person] of contacts()) {
      const isBarred = person === from || (from !== undefined && !mayPassOn(from, person));
      const device = isBarred ? undefined : deviceInReach(person);
      if (device !== undefined && asked.length < FIND_FANOUT_MAX) asked.push([person, device]);
    }
    const next = (at: number): void => {
      const [person, device] = asked[at] ?? [];
      if (person === undefined || device === undefined) {
        done(undefined);
        return;
      }
      this.put(device, { t: "find", g: tag, h: introducers }, (answer) => {
        if (answer?.t !== "found" || answer.h > introducers) {
          next(at + 1);
          return;
        }
        this.#remember(tag, { person, isTarget: false });
        done(from === undefined ? answer.h : answer.h + 1);
      });
    };
    next(0);
  }

  #targetOf(tag: Uint8Array): PersonId | undefined {
    const { suite, clock, contacts } = this.#options;
    const wanted = toHex(tag);
    const wallMs = clock.wallMs();
    for (const [person, signKey] of contacts()) {
      if ((this.#findable.get(person) ?? 0) <= this.#nowMs()) continue;
      const days = [wallMs, wallMs - DAY_MS, wallMs + DAY_MS];
      if (days.some((atMs) => toHex(tagOf(suite, signKey, atMs)) === wanted)) return person;
    }
    return undefined;
  }

  #remember(tag: Uint8Array, way: NextHop): void {
    const [oldest] = this.#ways.keys();
    if (this.#ways.size >= WAYS_MAX && oldest !== undefined) this.#ways.delete(oldest);
    this.#ways.delete(toHex(tag));
    this.#ways.set(toHex(tag), { ...way, atMs: this.#nowMs() });
  }

  #mayAsk(person: PersonId): boolean {
    const nowMs = this.#nowMs();
    let rate = this.#rates.get(person);
    if (rate === undefined) {
      rate = new TokenBucket({ perSecond: FIND_PER_HOUR / HOUR_S, burst: FIND_PER_HOUR }, nowMs);
      this.#rates.set(person, rate);
    }
    return rate.take(nowMs);
  }

  /** Says something to a device once; undefined as answer: there was none in time. */
  put(
    device: PeerId,
    question: StrangerQuestion,
    done: (answer: StrangerAnswer | undefined) => void,
  ): void {
    if (this.#asking.size >= FINDS_MAX) {
      done(undefined);
      return;
    }
    // It may be over before the constructor ends.
    let asking: Asking<StrangerQuestion, StrangerAnswer> | undefined;
    let isOver = false;
    asking = new Asking(STRANGER_TALK, this.#options.sessions, device, question, (answer) => {
      isOver = true;
      if (asking !== undefined) this.#asking.delete(asking);
      done(answer);
    });
    if (!isOver) this.#asking.set(asking, this.#nowMs() + FIND_TIMEOUT_MS);
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
