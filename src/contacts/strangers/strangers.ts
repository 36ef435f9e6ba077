import { toHex } from "../../base/bytes.ts";
import { type PeerId, type PersonId, personIdOf } from "../../identity/index.ts";
import type { DiskError, Timed } from "../../ports/index.ts";
import { Changes, type Plan } from "../changes.ts";
import { ContactsError } from "../errors.ts";
import { admitBring, admitKnock } from "./admission.ts";
import { isStrained, isTainted, mayPassOn } from "./caution.ts";
import { type EdgeRefusal, windowOf } from "./edge.ts";
import type { EdgeStanding } from "./ledger.ts";
import {
  DISK_RETRY_MS,
  INTRODUCTION_LIFE_MS,
  TOLD_EDGES_MAX,
  TOLD_REQUESTS_MAX,
} from "./limits.ts";
import { loadStrangers } from "./load.ts";
import type { Elsewhere, TrayWord } from "./own/words.ts";
import { joined, Plans } from "./plans.ts";
import type { StrangersOptions } from "./ports.ts";
import type { StrangerAnswer, StrangerQuestion, StrangerRefusal } from "./protocol.ts";
import { countedShown, type StrangerSettings } from "./settings.ts";
import { StrangerState } from "./state.ts";
import { inertRequest, nextShowMs, toldRequests } from "./tray.ts";
import type { Introduced, Sent, StrangerRequest, TrayAnswer } from "./types.ts";

type Done = (error: ContactsError | null) => void;

/**
 * Introductions and the tray of requests from strangers: who may bring somebody, what that costs,
 * and what becomes of it. Rules R0 to R7 of docs/protocol/strangers.md. Every step is on disk
 * before anybody hears of it, and may be repeated. Call `load` first.
 */
export class Strangers implements Timed {
  readonly #options: StrangersOptions;
  readonly #changes: Changes;
  readonly #state = new StrangerState();
  readonly #plans: Plans;
  /** Wall time at which something lapses or may be shown. */
  #dueAtMs: number = Number.POSITIVE_INFINITY;
  /** Monotonic time before which nothing is swept, after the disk failed. */
  #restsUntilMs = 0;
  #isSweeping = false;
  /** Called when there is something to be told to a contact. */
  onLetter: (to: PersonId) => void = () => undefined;
  /** Called when what other own devices hear of this tray may be something else. */
  onTrayChanged: () => void = () => undefined;

  constructor(options: StrangersOptions) {
    this.#options = options;
    this.#changes = new Changes(options.records);
    const random = options.random.fork("strangers");
    this.#plans = new Plans(options, random, this.#state, (to) => this.onLetter(to));
  }

  /** Reads what is stored; every other call comes after `done(null)`. */
  load(done: (error: DiskError | null) => void): void {
    const { records, clock } = this.#options;
    loadStrangers(records, this.#state, clock.wallMs(), (error) => {
      this.#look();
      done(error);
      if (error === null) this.settleKnown();
    });
  }

  get settings(): StrangerSettings {
    return this.#state.settings;
  }

  /** Requests in the tray, in the order in which they were shown. */
  requests(): readonly StrangerRequest[] {
    return toldRequests(this.#options.suite, this.#state.passages).map(inertRequest);
  }

  /** What other own devices hear of this tray. */
  trayWord(): TrayWord {
    const { passages, ledger, shown, settings, settingsAtMs } = this.#state;
    const nowMs = this.#options.clock.wallMs();
    return {
      requests: toldRequests(this.#options.suite, passages).slice(0, TOLD_REQUESTS_MAX),
      shown: countedShown(shown, nowMs),
      settings: { ...settings, atMs: settingsAtMs },
      held: ledger.held(nowMs, TOLD_EDGES_MAX),
    };
  }

  /** What comes to other own devices counts here, too: rules are for a person, on whatever device. */
  setElsewhere(elsewhere: Elsewhere): void {
    this.#state.elsewhere = elsewhere;
    this.#state.ledger.setElsewhere(elsewhere.underWay);
    this.#look();
  }

  /**
   * Takes in what another own device holds against edges, and what the person decided there later. Errors: "disk-full",
   * "disk", "busy".
   */
  takeFromOwn(word: Pick<TrayWord, "held" | "settings">, done: Done): void {
    this.#make(() => this.#plans.fromOwn(word), done);
  }

  /** A knock of this person's was taken: it is shown among what was sent. Errors: as `setSettings`. */
  knocked(id: string, to: PersonId, done: Done): void {
    this.#make(() => this.#plans.knocked(id, to), done);
  }

  /** Introductions and knocks that this person began in the last days. */
  sent(): readonly Sent[] {
    return [...this.#state.sent.all()].sort((a, b) => a.atMs - b.atMs);
  }

  /** How the edge from a contact stands. */
  standing(person: PersonId): EdgeStanding {
    return this.#state.ledger.standing(person, this.#options.clock.wallMs());
  }

  /** Introductions that this contact has brought and that have not ended. */
  underWay(person: PersonId): number {
    return this.#state.ledger.reserved(person);
  }

  /** Whether a contact holds so much against this person that it is brought only what is clean. */
  isStrained(next: PersonId): boolean {
    return isStrained(this.#state, next, this.#options.clock.wallMs());
  }

  /** Whether something unwanted came from a contact lately: it goes on over no strained edge. */
  isTainted(from: PersonId): boolean {
    return isTainted(this.#state, from, this.#options.clock.wallMs());
  }

  /** Whether what one contact brings goes on to another one, as far as being careful allows. */
  mayPassOn(from: PersonId, to: PersonId): boolean {
    return mayPassOn(this.#state, from, to, this.#options.clock.wallMs());
  }

  /** Why nothing more may be brought by this contact now; undefined: it may. */
  refusalOf(person: PersonId): EdgeRefusal | "unknown" | undefined {
    const nowMs = this.#options.clock.wallMs();
    const beganAtMs = this.#options.people.edgeSinceMs(person);
    if (beganAtMs === undefined) return "unknown";
    return this.#state.ledger.refusal(person, windowOf(beganAtMs, nowMs), nowMs);
  }

  /** Whether a request with this token is in the tray, unanswered as far as others can tell. */
  isPending(person: PersonId, token: Uint8Array): boolean {
    const wanted = toHex(token);
    for (const { stage, person: introduced, token: known } of this.#state.passages.all()) {
      if (stage === "passed" || toHex(known) !== wanted) continue;
      if (personIdOf(this.#options.suite, introduced.signKey) === person) return true;
    }
    return false;
  }

  /** Errors: "disk-full", "disk", "busy". */
  setSettings(settings: StrangerSettings, done: Done): void {
    // Whoever has seen a decision can change it, whatever their clock says.
    const atMs = Math.max(this.#options.clock.wallMs(), this.#state.settingsAtMs + 1);
    this.#make(() => this.#plans.settings(settings, atMs), done);
  }

  /**
   * Introduces two contacts to each other: each gets a request with this person as provenance,
   * and both must accept. Errors: "unknown-contact", "same-person", "too-long",
   * "too-many-introductions", "disk-full", "disk", "busy".
   */
  introduce(one: PersonId, other: PersonId, text: string, done: Done): void {
    this.#make(() => this.#plans.introduce(one, other, text), done);
  }

  /**
   * Asks a contact to introduce this person to whoever is behind a tag. Errors: as `introduce`.
   * @param said the token is that of an invite of one's own, for the other side to use
   */
  ask(
    own: Introduced,
    way: { readonly by: PersonId; readonly tag: Uint8Array; readonly about: PersonId },
    said: { readonly text: string; readonly token: Uint8Array },
    done: Done,
  ): void {
    this.#make(() => this.#plans.ask(own, way, said), done);
  }

  /**
   * Answers a request of the tray. Accepting makes the person a contact, "asked" until they have
   * accepted too. Errors: "unknown-request", and those of taking in a contact.
   */
  answer(id: string, answer: TrayAnswer, petname: string | undefined, done: Done): void {
    const passage = this.#state.passages.get(id);
    if (passage?.stage !== "shown") {
      done(new ContactsError("unknown-request", "There is no such request. It may have lapsed."));
      return;
    }
    const settle = (): void => this.#make(() => this.#plans.answer(id, answer), done);
    if (answer !== "accept") {
      settle();
      return;
    }
    this.#options.people.take(passage, petname, (error) => {
      if (error === null) settle();
      else done(error);
    });
  }

  /** People who have become contacts meanwhile need no request any more: also after a crash. */
  settleKnown(): void {
    const { isSettled } = this.#options.people;
    if ([...this.#state.sent.all()].some(({ to, about }) => this.#isOwn(about) && isSettled(to))) {
      this.#make(
        () => this.#plans.letIn(isSettled),
        () => undefined,
      );
    }
    for (const { id, stage, person } of [...this.#state.passages.all()]) {
      if (stage === "passed" || stage === "declined") continue;
      const personId = personIdOf(this.#options.suite, person.signKey);
      if (!this.#options.people.isSettled(personId)) continue;
      this.#make(
        () => this.#plans.answer(id, "accept"),
        () => undefined,
      );
    }
  }

  /** What there is to tell a device of a contact. */
  questionFor(person: PersonId, device: PeerId): StrangerQuestion | undefined {
    return this.#state.letters.nextFor(person, device)?.question;
  }

  /** A device answered what it was told; `done(false)`: tell it again later. */
  answered(device: PeerId, answer: StrangerAnswer, done: (settled: boolean) => void): void {
    const letter = this.#state.letters.carriedBy(device);
    const refusal = answer.t === "refused" ? answer.r : undefined;
    if (letter === undefined || refusal === "full") {
      done(letter === undefined);
      return;
    }
    this.#make(
      () => this.#plans.answered(letter, refusal),
      (error) => done(error === null),
    );
  }

  /** A device cannot be told anything now. */
  unreachable(device: PeerId): void {
    this.#state.letters.free(device);
  }

  /**
   * Somebody tells something; the answer comes once it is on disk. Undefined: say nothing.
   * @param from as the session has proven it
   */
  asked(
    from: PersonId,
    question: StrangerQuestion,
    answer: (answer: StrangerAnswer | undefined) => void,
  ): void {
    const isContact = this.#options.people.edgeSinceMs(from) !== undefined;
    if (question.t !== "knock" && !isContact) {
      answer(undefined);
      return;
    }
    let refusal: StrangerRefusal | undefined;
    const decide = (): Plan | undefined => {
      const decided = this.#decide(from, question);
      if (typeof decided !== "string") return decided;
      refusal = decided;
      return undefined;
    };
    this.#make(decide, (error) => {
      if (error?.code === "too-many-introductions") answer({ t: "refused", r: "full" });
      else if (error !== null) answer(undefined);
      else answer(refusal === undefined ? { t: "taken" } : { t: "refused", r: refusal });
    });
  }

  /** A contact is gone: nothing is told to them any more. What is held against the edge stays. */
  forget(person: PersonId, done: Done): void {
    this.#make(() => {
      const letters = [...this.#state.letters.all()].filter(({ to }) => to === person);
      if (letters.length === 0) return undefined;
      return joined(letters.map((letter) => this.#plans.dropLetter(letter)));
    }, done);
  }

  nextDeadlineMs(): number {
    if (this.#isSweeping || this.#dueAtMs === Number.POSITIVE_INFINITY) {
      return Number.POSITIVE_INFINITY;
    }
    const { clock } = this.#options;
    const inMs = Math.max(0, this.#dueAtMs - clock.wallMs());
    return Math.max(clock.monotonicMs() + inMs, this.#restsUntilMs);
  }

  tick(): void {
    const { clock } = this.#options;
    if (clock.monotonicMs() >= this.#restsUntilMs) this.#sweepIfDue();
  }

  #decide(from: PersonId, question: StrangerQuestion): Plan | StrangerRefusal | undefined {
    if (question.t === "verdict") {
      return this.#plans.verdict(from, toHex(question.i), question.v);
    }
    if (question.t === "find" || question.t === "open") return "off";
    const desk = { options: this.#options, state: this.#state };
    const admission =
      question.t === "bring" ? admitBring(desk, from, question) : admitKnock(desk, from, question);
    if (admission === "quiet") return undefined;
    return typeof admission === "string" ? admission : this.#plans.admitted(admission, question);
  }

  #make(decide: () => Plan | undefined, done: Done): void {
    this.#changes.make(decide, (error) => {
      this.#look();
      done(error);
      this.#sweepIfDue();
    });
  }

  /** Ends what has lapsed and shows what may be shown now. */
  #sweepIfDue(): void {
    const { clock, log } = this.#options;
    if (this.#isSweeping || clock.wallMs() < this.#dueAtMs) return;
    this.#isSweeping = true;
    this.#changes.make(
      () => this.#plans.sweep(),
      (error) => {
        this.#isSweeping = false;
        this.#look();
        if (error === null) {
          this.#sweepIfDue();
          return;
        }
        this.#restsUntilMs = clock.monotonicMs() + DISK_RETRY_MS;
        log.warn("requests not looked through", { code: error.code });
      },
    );
  }

  #isOwn(person: PersonId): boolean {
    return person === this.#options.personId;
  }

  #look(): void {
    const { passages, sent, letters } = this.#state;
    let dueAtMs = letters.nextEndMs();
    for (const book of [passages, sent]) {
      for (const { atMs } of book.all()) dueAtMs = Math.min(dueAtMs, atMs + INTRODUCTION_LIFE_MS);
    }
    this.#dueAtMs = Math.min(dueAtMs, nextShowMs(this.#state, this.#options.clock.wallMs()));
    this.onTrayChanged();
  }
}
