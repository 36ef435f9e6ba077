import { Backoff, keepOne } from "../feed/index.ts";
import type { PeerId, PeerRecord, PersonId } from "../identity/index.ts";
import type { Random, Timed } from "../ports/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";
import { MEND_PAUSE_MS, RETRY_MAX_MS, TALKS_MAX } from "./limits.ts";
import type { LineEntry } from "./line-entry.ts";
import type { LinesOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { MONEY_SERVICE } from "./protocol.ts";
import { Talk, type TalkEnd, type TalkHost, type TalkParts } from "./talk.ts";

interface Candidate {
  readonly person: PersonId;
  readonly backoff: Backoff;
  retryAtMs: number;
  /** The last talk ended because there was nothing to say. */
  isIdle: boolean;
}

/** What talks ask of the desk, besides what each of them does. */
export type TalksHost = Omit<TalkHost, "opened" | "over"> & {
  /** Whether somebody may speak of lines at all. */
  isHeard(person: PersonId): boolean;
  /** A line's partner came into reach, or went. */
  reached(line: LineEntry, isInReach: boolean): void;
  /** What is told over a line arrives from now on; or no longer, and what was told may be lost. */
  talking(line: LineEntry, isTalking: boolean): void;
};

/** Keeps partners' devices in reach informed: one stream with each, opened when there is something to say. */
export class Talks implements Timed {
  readonly #options: LinesOptions;
  readonly #random: Random;
  readonly #host: TalksHost;
  readonly #talkHost: TalkHost;
  readonly #talks = new Set<Talk>();
  readonly #candidates = new Map<PeerId, Candidate>();
  readonly #reachable = new Set<PeerId>();
  readonly #outbox: Outbox;
  readonly #writing: Pick<TalkParts, "gathering" | "together">;
  #isServing = false;

  /** @param writing the till's */
  constructor(
    options: LinesOptions,
    host: TalksHost,
    writing: Pick<TalkParts, "gathering" | "together">,
  ) {
    this.#writing = writing;
    this.#options = options;
    this.#random = options.random.fork("money talks");
    this.#host = host;
    this.#outbox = new Outbox(options.clock);
    this.#talkHost = {
      linesWith: (person) => host.linesWith(person),
      lineOf: (talk, id) => host.lineOf(talk, id),
      offered: (talk, definition) => host.offered(talk, definition),
      heard: (talk, line, mine, yours) => host.heard(talk, line, mine, yours),
      arrived: (talk, line, batches) => host.arrived(talk, line, batches),
      told: (line, message) => host.told(line, message),
      isFull: (talk) => host.isFull(talk),
      serve: (talk, line, after) => host.serve(talk, line, after),
      drained: (talk) => host.drained(talk),
      opened: (talk) => this.#opened(talk),
      over: (talk, end) => this.#over(talk, end),
    };
  }

  /** From now on others may come, and those in reach are spoken to: what they say is heard. */
  open(): void {
    this.#isServing = true;
    this.#options.session.serve(MONEY_SERVICE, (stream, from) => this.#accept(stream, from));
    this.tick();
  }

  /** Whether a device of the partner is in reach. */
  isInReach(line: LineEntry): boolean {
    const writer = line.writer(this.#options.suite);
    if (writer !== undefined) return this.#reachable.has(writer);
    return [...this.#reachable].some(
      (peer) => this.#options.people.personOf(peer) === line.partner,
    );
  }

  /** Talks that are open with a person. */
  *with(person: PersonId): Iterable<Talk> {
    for (const talk of this.#talks) if (talk.person === person && talk.isOpen) yield talk;
  }

  peerReachable(peer: PeerId): void {
    if (peer === this.#options.identity.id) return;
    this.#noteReach(peer, () => this.#reachable.add(peer));
    this.#consider(peer);
    this.tick();
  }

  peerUnreachable(peer: PeerId): void {
    this.#noteReach(peer, () => this.#reachable.delete(peer));
    this.#candidates.delete(peer);
    for (const talk of [...this.#talks]) if (talk.peer === peer) talk.drop();
  }

  /** There is something new on a line that was not there before, or nobody is spoken to. */
  wanted(line: LineEntry): void {
    for (const peer of this.#reachable) {
      if (this.#options.people.personOf(peer) === line.partner) this.#consider(peer);
    }
    for (const talk of this.with(line.partner)) talk.introduce(line);
    this.tick();
  }

  /** New batches of ours are on disk. */
  pump(line: LineEntry): void {
    let isTold = false;
    for (const talk of this.with(line.partner)) {
      talk.pump(line);
      isTold = true;
    }
    if (!isTold) this.hurry(line.partner);
  }

  /**
   * Tells the partner's device that writes a line something that may be lost. Where the stream was let go
   * because nobody had anything to say, it waits until there is one again. False: out of reach, or too much.
   */
  tell(line: LineEntry, message: Uint8Array): boolean {
    const writer = line.writer(this.#options.suite);
    for (const talk of this.#talks) {
      const isTheirs = talk.peer === writer && talk.person === line.partner;
      if (isTheirs && talk.isOpen) return talk.tellMessage(line, message);
    }
    const candidate = writer === undefined ? undefined : this.#candidates.get(writer);
    if (writer === undefined || candidate === undefined) return false;
    const isWaking = candidate.isIdle || this.#outbox.hasFor(writer);
    if (!isWaking || !this.#outbox.put(writer, line, message)) return false;
    if (candidate.isIdle) candidate.retryAtMs = 0;
    this.tick();
    return true;
  }

  /** Speaks to a person in reach now, whatever failed before. */
  hurry(person: PersonId): void {
    for (const candidate of this.#candidates.values()) {
      if (candidate.person === person) candidate.retryAtMs = 0;
    }
    this.tick();
  }

  /** The disk failed: a person is not spoken to again at once, or it would be asked without end. */
  later(person: PersonId): void {
    const retryAtMs = this.#options.clock.monotonicMs() + MEND_PAUSE_MS;
    for (const candidate of this.#candidates.values()) {
      if (candidate.person === person) candidate.retryAtMs = retryAtMs;
    }
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#talks) next = Math.min(next, deadlineMs);
    if (this.#talks.size >= TALKS_MAX || !this.#isServing) return next;
    for (const [peer, { retryAtMs }] of this.#candidates) {
      if (!this.#isBusyWith(peer)) next = Math.min(next, retryAtMs);
    }
    return next;
  }

  tick(): void {
    for (const talk of [...this.#talks]) talk.tick();
    if (!this.#isServing) return;
    const nowMs = this.#options.clock.monotonicMs();
    for (const [peer, candidate] of this.#candidates) {
      if (this.#talks.size >= TALKS_MAX) return;
      if (nowMs >= candidate.retryAtMs && !this.#isBusyWith(peer)) this.#connect(peer, candidate);
    }
  }

  #noteReach(peer: PeerId, change: () => void): void {
    const person = this.#options.people.personOf(peer);
    const lines = person === undefined ? [] : [...this.#host.linesWith(person)];
    const before = lines.map((line) => this.isInReach(line));
    change();
    for (const [at, line] of lines.entries()) {
      const isInReach = this.isInReach(line);
      if (isInReach !== before[at]) this.#host.reached(line, isInReach);
    }
  }

  #consider(peer: PeerId): void {
    const person = this.#options.people.personOf(peer);
    if (person === undefined || !this.#hasLines(person)) return;
    const known = this.#candidates.get(peer);
    if (known !== undefined) known.retryAtMs = 0;
    else
      this.#candidates.set(peer, {
        person,
        backoff: new Backoff(this.#random),
        retryAtMs: 0,
        isIdle: false,
      });
  }

  #hasLines(person: PersonId): boolean {
    for (const _ of this.#host.linesWith(person)) return true;
    return false;
  }

  #isBusyWith(peer: PeerId): boolean {
    for (const talk of this.#talks) if (talk.peer === peer) return true;
    return false;
  }

  #connect(peer: PeerId, candidate: Candidate): void {
    const { clock, session } = this.#options;
    candidate.retryAtMs = clock.monotonicMs() + candidate.backoff.nextMs();
    candidate.isIdle = false;
    const talk = this.#make(peer, candidate.person, true);
    const stream = session.openStream(peer, MONEY_SERVICE, talk);
    if (stream === undefined) return;
    this.#talks.add(talk);
    talk.start(stream);
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    const { personId } = from.person;
    if (!this.#host.isHeard(personId) || this.#talks.size >= 2 * TALKS_MAX) return undefined;
    for (const other of [...this.#talks]) {
      // Whoever comes anew has lost the stream of before.
      if (other.peer === from.id && !other.isOpener) other.drop();
    }
    const talk = this.#make(from.id, personId, false);
    this.#talks.add(talk);
    talk.start(stream);
    return talk;
  }

  #make(peer: PeerId, person: PersonId, isOpener: boolean): Talk {
    const { clock, log } = this.#options;
    const { gathering } = this.#writing;
    const together: TalkParts["together"] = (call) => this.#writing.together(call);
    const parts = { clock, log, host: this.#talkHost, gathering, together };
    return new Talk(parts, { peer, person, isOpener });
  }

  #opened(talk: Talk): boolean {
    const candidate = this.#candidates.get(talk.peer);
    candidate?.backoff.reset();
    const { id } = this.#options.identity;
    if (!keepOne(id, talk, this.#talks, (other) => other.drop())) return false;
    for (const { line, message } of this.#outbox.take(talk.peer)) talk.tellMessage(line, message);
    for (const line of this.#host.linesWith(talk.person)) this.#host.talking(line, true);
    return true;
  }

  /** Whoever was asked something over a talk that is over may have lost it: at a new start, say. */
  #fellSilent(talk: Talk): void {
    const { suite } = this.#options;
    for (const line of [...this.#host.linesWith(talk.person)]) {
      if (line.writer(suite) === talk.peer) this.#host.talking(line, false);
    }
  }

  #over(talk: Talk, end: TalkEnd): void {
    this.#talks.delete(talk);
    this.#host.drained(talk);
    this.#fellSilent(talk);
    const candidate = this.#candidates.get(talk.peer);
    if (candidate === undefined) return;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#isBusyWith(talk.peer)) return;
    candidate.isIdle = end === "idle";
    const waitMs = end === "idle" ? RETRY_MAX_MS : candidate.backoff.nextMs();
    candidate.retryAtMs = Math.max(candidate.retryAtMs, nowMs + waitMs);
  }
}
