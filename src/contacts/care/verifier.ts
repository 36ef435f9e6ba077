import { equalBytes } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId, PeerRecord, PersonId } from "../../identity/index.ts";
import type { Clock, Log, Random, Timed } from "../../ports/index.ts";
import type { SessionPort } from "../../session/index.ts";
import { Asking } from "../asking.ts";
import { ContactsError } from "../errors.ts";
import { ANSWER_TIMEOUT_MS, STREAMS_SERVED_MAX } from "../limits.ts";
import { Serving } from "../serving.ts";
import { VERIFY_LIFE_MS, VERIFY_PEOPLE_MAX, VERIFY_PER_HOUR, VERIFY_TIE_MS } from "./limits.ts";
import type { PublicKeys } from "./person-link.ts";
import {
  commitmentOf,
  NONCE_BYTES,
  VERIFY_TALK,
  type VerifyAnswer,
  type VerifyQuestion,
  wordsOf,
} from "./sas.ts";

const HOUR_MS = 3_600_000;

/** What a verifier is made of. */
export interface VerifierOptions {
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sessions: SessionPort;
  readonly own: PublicKeys & { readonly personId: PersonId };
  /** The keys that are kept of a met contact; undefined for all others. */
  readonly keysOf: (person: PersonId) => PublicKeys | undefined;
}

interface Words {
  readonly text: string;
  readonly beginner: PersonId;
  readonly atMs: number;
}

interface Pending {
  readonly commitment: Uint8Array;
  readonly nonce: Uint8Array;
  readonly atMs: number;
}

/** What is known of verifications with one person; forgotten with the process. */
interface Standing {
  words: Words | undefined;
  /** Begun by the other side: its commitment, and our number. */
  pending: Pending | undefined;
  /** When exchanges began in the last hour. */
  begun: number[];
}

type Done = (error: ContactsError | null, words: string | undefined) => void;

/** Four words that two people read to each other to be sure that nobody stands between them. */
export class Verifier implements Timed {
  readonly #options: VerifierOptions;
  readonly #random: Random;
  readonly #people = new Map<PersonId, Standing>();
  readonly #asking = new Map<Asking<VerifyQuestion, VerifyAnswer>, number>();
  readonly #serving = new Map<PeerId, Serving<VerifyQuestion, VerifyAnswer>>();

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#random = options.random.fork("verify");
    options.sessions.serve(VERIFY_TALK.service, (stream, from) => {
      this.#serving.get(from.id)?.drop();
      if (this.#options.keysOf(from.person.personId) === undefined) return undefined;
      if (this.#serving.size >= STREAMS_SERVED_MAX) return undefined;
      const serving: Serving<VerifyQuestion, VerifyAnswer> = new Serving(
        VERIFY_TALK,
        stream,
        options.log,
        this.#nowMs() + ANSWER_TIMEOUT_MS,
        (question, answer) => answer(this.#asked(from, question)),
        (over) => {
          if (this.#serving.get(from.id) === over) this.#serving.delete(from.id);
        },
      );
      this.#serving.set(from.id, serving);
      return serving;
    });
  }

  /**
   * The words to compare with a person now: those of the last minutes, or new ones made with one
   * of their devices. Errors: "unknown-contact", "unreachable", "too-many-tries".
   */
  words(person: PersonId, device: PeerId | undefined, done: Done): void {
    const keys = this.#options.keysOf(person);
    if (keys === undefined) {
      done(
        new ContactsError("unknown-contact", "Only people you have met can be verified."),
        undefined,
      );
      return;
    }
    const fresh = this.#fresh(person);
    if (fresh !== undefined) {
      done(null, fresh.text);
      return;
    }
    if (device === undefined) {
      done(unreachable(), undefined);
      return;
    }
    if (!this.#mayBegin(person)) {
      const words = "There were many tries with this person lately. Try again in an hour.";
      done(new ContactsError("too-many-tries", words), undefined);
      return;
    }
    this.#begin(person, device, keys, done);
  }

  /** Whether these are the words that are to be compared with a person now. */
  areWords(person: PersonId, heard: string): boolean {
    const typed = heard.trim().toLowerCase().split(/\s+/).join(" ");
    return this.#fresh(person)?.text === typed;
  }

  /** Whether there are words that can be compared with somebody's now. */
  hasWords(person: PersonId): boolean {
    return this.#fresh(person) !== undefined;
  }

  /** The words are used up. */
  forget(person: PersonId): void {
    const standing = this.#people.get(person);
    if (standing !== undefined) standing.words = undefined;
  }

  nextDeadlineMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const deadlineMs of this.#asking.values()) nextMs = Math.min(nextMs, deadlineMs);
    for (const { deadlineMs } of this.#serving.values()) nextMs = Math.min(nextMs, deadlineMs);
    return nextMs;
  }

  tick(): void {
    const nowMs = this.#nowMs();
    for (const [asking, deadlineMs] of [...this.#asking]) if (nowMs >= deadlineMs) asking.drop();
    for (const serving of [...this.#serving.values()]) {
      if (nowMs >= serving.deadlineMs) serving.drop();
    }
  }

  #begin(person: PersonId, device: PeerId, keys: PublicKeys, done: Done): void {
    const { suite, own } = this.#options;
    const nonce = this.#random.bytes(NONCE_BYTES);
    this.#ask(device, { t: "commit", c: commitmentOf(suite, nonce) }, (answer) => {
      if (answer?.t !== "nonce") {
        done(unreachable(), undefined);
        return;
      }
      this.#ask(device, { t: "reveal", n: nonce }, (end) => {
        if (end?.t !== "done") {
          done(unreachable(), undefined);
          return;
        }
        const text = wordsOf(suite, { ...own, nonce }, { ...keys, nonce: answer.n });
        this.#keep(person, { text, beginner: own.personId, atMs: this.#nowMs() });
        done(null, this.#fresh(person)?.text ?? text);
      });
    });
  }

  #ask(
    device: PeerId,
    question: VerifyQuestion,
    done: (answer: VerifyAnswer | undefined) => void,
  ): void {
    // It may be over before the constructor ends.
    let asking: Asking<VerifyQuestion, VerifyAnswer> | undefined;
    let isOver = false;
    asking = new Asking(VERIFY_TALK, this.#options.sessions, device, question, (answer) => {
      isOver = true;
      if (asking !== undefined) this.#asking.delete(asking);
      done(answer);
    });
    if (!isOver) this.#asking.set(asking, this.#nowMs() + ANSWER_TIMEOUT_MS);
  }

  #asked(from: PeerRecord, question: VerifyQuestion): VerifyAnswer {
    const { suite, own, keysOf } = this.#options;
    const person = from.person.personId;
    const keys = keysOf(person);
    if (keys === undefined) return { t: "refused" };
    const standing = this.#standing(person);
    if (question.t === "commit") {
      if (!this.#mayBegin(person)) return { t: "refused" };
      const nonce = this.#random.bytes(NONCE_BYTES);
      standing.pending = { commitment: question.c, nonce, atMs: this.#nowMs() };
      return { t: "nonce", n: nonce };
    }
    const { pending } = standing;
    standing.pending = undefined;
    const isIt =
      pending !== undefined &&
      this.#nowMs() < pending.atMs + VERIFY_LIFE_MS &&
      equalBytes(commitmentOf(suite, question.n), pending.commitment);
    if (!isIt) return { t: "refused" };
    const text = wordsOf(suite, { ...keys, nonce: question.n }, { ...own, nonce: pending.nonce });
    this.#keep(person, { text, beginner: person, atMs: this.#nowMs() });
    return { t: "done" };
  }

  /** Both may begin at one time: then the words of the lower id count, on either side. */
  #keep(person: PersonId, words: Words): void {
    const standing = this.#standing(person);
    const { words: before } = standing;
    const isTie = before !== undefined && words.atMs - before.atMs < VERIFY_TIE_MS;
    if (isTie && before.beginner < words.beginner) return;
    standing.words = words;
  }

  #fresh(person: PersonId): Words | undefined {
    const words = this.#people.get(person)?.words;
    return words !== undefined && this.#nowMs() < words.atMs + VERIFY_LIFE_MS ? words : undefined;
  }

  #mayBegin(person: PersonId): boolean {
    const standing = this.#standing(person);
    const nowMs = this.#nowMs();
    standing.begun = standing.begun.filter((atMs) => nowMs - atMs < HOUR_MS);
    if (standing.begun.length >= VERIFY_PER_HOUR) return false;
    standing.begun.push(nowMs);
    return true;
  }

  #standing(person: PersonId): Standing {
    const known = this.#people.get(person);
    if (known !== undefined) return known;
    const [oldest] = this.#people.keys();
    if (this.#people.size >= VERIFY_PEOPLE_MAX && oldest !== undefined) this.#people.delete(oldest);
    const standing: Standing = { words: undefined, pending: undefined, begun: [] };
    this.#people.set(person, standing);
    return standing;
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

function unreachable(): ContactsError {
  return new ContactsError(
    "unreachable",
    "None of their devices answers now. Try again when they are in reach, or scan their code.",
  );
}
