import type { PeerId, PersonId } from "../identity/index.ts";
import type { DiskError, RecordWrite, Timed } from "../ports/index.ts";
import { Arrivals } from "./arrivals.ts";
import { type Currency, readCurrency } from "./currency/definition.ts";
import { MoneyError } from "./errors.ts";
import { limits, type Op } from "./line/index.ts";
import { LineBook } from "./line-book.ts";
import { checkedMemo, checkLimit, credentialsOf, lockOf } from "./line-checks.ts";
import type { Done, LineDesk, LineEvents, LineId, LineView, Lock } from "./line-desk.ts";
import { type LineEntry, nothingDue } from "./line-entry.ts";
import { loadLines, type Untold } from "./load-lines.ts";
import type { MailDesk } from "./mail/desk.ts";
import { Mending } from "./mending.ts";
import type { LinesOptions } from "./options.ts";
import { Serving } from "./serving.ts";
import { Talks, type TalksHost } from "./talks.ts";
import { type Flight, Till } from "./till.ts";

/** What lines tell the room besides what they tell payments. */
export interface LinesEvents {
  /** A line is new here, or something about it has changed. */
  onLineChanged(id: LineId): void;
  /** A definition came with an offer. */
  onCurrency(currency: Currency): void;
}

/** Trust lines of this person on this device: kept, signed, told to partners in reach. Call `load` first. */
export class Lines implements LineDesk, Timed {
  readonly #options: LinesOptions;
  readonly #events: LinesEvents;
  #payments: LineEvents | undefined;
  readonly #book: LineBook;
  readonly #mending: Mending;
  readonly #till: Till;
  readonly #talks: Talks;
  readonly #arrivals: Arrivals;
  readonly #serving: Serving;
  #untold: readonly Untold[] = [];

  constructor(options: LinesOptions, events: LinesEvents) {
    this.#options = options;
    this.#events = events;
    const { records, clock, identity } = options;
    this.#till = new Till(
      { records, clock, key: identity.signKey },
      {
        committed: (flight) => this.#committed(flight),
        failed: ({ line, dones }, error) => this.#abandon(line, dones, error),
      },
    );
    this.#serving = new Serving(options);
    this.#book = new LineBook(options);
    this.#mending = new Mending(options, (line, found) => this.#mended(line, found));
    this.#arrivals = new Arrivals({
      ...{ key: identity.signKey, log: options.log, suite: options.suite },
      touch: (line) => this.#till.touch(line),
      changed: (line) => this.#changed(line),
      abandon: (line, error) => this.#abandon(line, [], error),
    });
    const talksHost: TalksHost = {
      linesWith: (person) => this.#book.with(person),
      lineOf: ({ person }, id) => this.#book.oneWith(person, id),
      offered: ({ person }, definition) => this.#offered(person, definition),
      heard: ({ peer }, line, mine, yours) => this.#arrivals.heard(line, yours, mine, peer),
      arrived: (talk, line, batches) => this.#arrivals.take(talk, line, batches),
      told: (line, message) => this.#payments?.onTold(line.id, message),
      isFull: ({ person }) => this.#arrivals.isFull(this.#book.with(person)),
      serve: (talk, line, after) => this.#serving.serve(talk, line, after),
      drained: () => this.#serving.tick(),
      reached: (line, isInReach) => this.#payments?.onReach(line.id, isInReach),
      talking: (line, isTalking) => this.#payments?.onTalk?.(line.id, isTalking),
      isHeard: (person) => this.#isHeard(person),
    };
    this.#talks = new Talks(options, talksHost, this.#till);
  }

  /** Who is told what happens on lines, from now on; again what a crash has kept from being told. */
  listen(payments: LineEvents): void {
    this.#payments = payments;
    const untold = this.#untold;
    this.#untold = [];
    this.#till.together(() => {
      for (const { line, batches } of untold) {
        for (const kept of batches) this.#arrivals.tell(payments, line, kept);
        line.told = line.core.theirs.count;
        this.#till.touch(line);
      }
    });
    this.#talks.open();
  }

  /** Reads what is on disk; everything else works only after `done`, and partners are heard after `listen`. */
  load(done: (error: DiskError | null, currencies: readonly Currency[]) => void): void {
    loadLines(this.#options, (error, loaded) => {
      if (error !== null || loaded === undefined) {
        done(error, []);
        return;
      }
      for (const line of loaded.lines) this.#book.put(line);
      this.#book.expect(loaded.orphans);
      this.#untold = loaded.untold;
      done(null, loaded.currencies);
    });
  }

  *lines(): Iterable<LineView> {
    for (const line of this.#book.all()) yield line.view();
  }

  /** All lines, as the room sees them. */
  entries(): Iterable<LineEntry> {
    return this.#book.all();
  }

  line(id: LineId): LineView | undefined {
    return this.#book.get(id)?.view();
  }

  /** @throws MoneyError("not-found") */
  entry(id: LineId): LineEntry {
    return this.#book.find(id);
  }

  *locksIn(id: LineId): Iterable<Lock> {
    const core = this.#book.get(id)?.core;
    if (core !== undefined) yield* core.full.halves[core.theirSide].locks.values();
  }

  *locksOut(id: LineId): Iterable<Lock> {
    const core = this.#book.get(id)?.core;
    if (core !== undefined) yield* core.full.halves[core.side].locks.values();
  }

  pay(
    id: LineId,
    amount: number,
    memo: string,
    together: readonly RecordWrite[],
    done: Done,
  ): void {
    this.#act(id, () => ({ t: "pay", amount, memo: checkedMemo(memo) }), together, done);
  }

  prepare(id: LineId, lock: Lock, together: readonly RecordWrite[], done: Done): void {
    this.#act(id, () => ({ t: "prepare", lock }), together, done);
  }

  fulfil(
    id: LineId,
    lockId: Uint8Array,
    preimage: Uint8Array,
    together: readonly RecordWrite[],
    done: Done,
  ): void {
    this.#act(
      id,
      (line) => ({ t: "fulfil", lock: lockOf(line, lockId), preimage }),
      together,
      done,
    );
  }

  cancel(
    id: LineId,
    lockId: Uint8Array,
    reason: string,
    together: readonly RecordWrite[],
    done: Done,
  ): void {
    this.#act(id, (line) => ({ t: "cancel", lock: lockOf(line, lockId), reason }), together, done);
  }

  tell(id: LineId, message: Uint8Array): boolean {
    const line = this.#book.get(id);
    if (line === undefined || message.length > limits.TOLD_BYTES_MAX) return false;
    return this.#talks.tell(line, message);
  }

  /** What letters about lines are written and read with. */
  mailDesk(): MailDesk {
    return {
      book: this.#book,
      till: this.#till,
      isHeard: (person) => this.#isHeard(person),
      isInReach: (line) => this.#talks.isInReach(line),
      writerOf: (line) => line.writer(this.#options.suite),
      offered: (person, definition) => this.#offered(person, definition),
      heard: (line, ours) => this.#arrivals.heardByLetter(line, ours),
      arrived: (line, batches, introduce) => this.#arrivals.take({ introduce }, line, batches),
    };
  }

  /** Whether the partner's device that writes is in reach. */
  isInReach(id: LineId): boolean {
    return this.#talks.isInReach(this.entry(id));
  }

  /** Lets what is done within the call go to disk under one signature. */
  together(call: () => void): void {
    this.#till.together(call);
  }

  /**
   * Begins our half of a line: the offer of one, or the yes to one that was offered. `limit` is how much the partner
   * may owe. Errors: "exists", "full", "bad-amount", disk errors.
   */
  begin(partner: PersonId, currency: Currency, limit: number, done: Done): void {
    let line: LineEntry;
    try {
      checkLimit(limit);
      line = this.#book.of(partner, currency) ?? this.#book.make(partner, currency);
      const { core } = line;
      if (core.ours.count + core.drafts.count > 0) {
        throw new MoneyError(
          "exists",
          "You have this line already. 'peernet line limit' changes what they may owe.",
        );
      }
      this.#checkBeginning(line);
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      done(error);
      return;
    }
    this.#till.together(() => {
      line.record = { ...line.record, isDeclined: false };
      line.due.isRecordDue = true;
      const open: Op = { t: "open", ...credentialsOf(this.#options.identity) };
      this.#act(
        line.id,
        () => open,
        [],
        () => undefined,
      );
      this.#act(
        line.id,
        () => ({ t: "limit", amount: limit }),
        [],
        (error) => {
          if (error === null) this.#talks.wanted(line);
          done(error);
        },
      );
    });
  }

  /** How much the partner may owe from now on. Errors: "not-found", "bad-amount", "stopped", "stale", disk errors. */
  limit(id: LineId, amount: number, done: Done): void {
    this.#act(id, () => ({ t: "limit", amount }), [], done);
  }

  /** What this person gives for this line's currency in another; 0 and 0 takes it back. Errors: as `limit`, "full". */
  rate(id: LineId, op: Omit<Extract<Op, { readonly t: "rate" }>, "t">, done: Done): void {
    this.#act(id, () => ({ t: "rate", ...op }), [], done);
  }

  /** Ends a line: nothing is locked on it any more, and nobody owes more. Errors: as `limit`. */
  close(id: LineId, done: Done): void {
    const line = this.#book.get(id);
    if (line?.isOfferedToUs === true) {
      line.record = { ...line.record, isDeclined: true };
      line.due.isRecordDue = true;
      line.due.dones.push(done);
      this.#till.touch(line);
      return;
    }
    if (line !== undefined) line.wantsAccount = true;
    this.#act(id, () => ({ t: "close" }), [], done);
  }

  /**
   * This device writes our half from here on, because the one that did is lost. If that one still wrote, the partner
   * would go on with whichever it hears first. Errors: as `limit`; "exists", "stale" before the partner was heard.
   */
  takeOver(id: LineId, done: Done): void {
    this.#act(id, () => ({ t: "takeover", ...credentialsOf(this.#options.identity) }), [], done);
  }

  /** Asks the partner to sign what the line says now. Errors: "not-found", "stopped", "stale". */
  askAccount(id: LineId, done: Done): void {
    try {
      const line = this.entry(id);
      line.checkWriting({ t: "close" });
      line.wantsAccount = true;
      line.due.dones.push(done);
      this.#till.touch(line);
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      done(error);
    }
  }

  peerReachable(peer: PeerId): void {
    this.#talks.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.#talks.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    const next = Math.min(this.#talks.nextDeadlineMs(), this.#serving.nextDeadlineMs());
    return Math.min(next, this.#mending.nextDeadlineMs());
  }

  tick(): void {
    this.#talks.tick();
    this.#serving.tick();
    this.#mending.tick();
  }

  /** Where the partner must be heard first, it has to know of the line. */
  #checkBeginning(line: LineEntry): void {
    const why = line.whyNot();
    if (why === undefined) return;
    this.#till.touch(line);
    this.#talks.wanted(line);
    throw why;
  }

  #isHeard(person: PersonId): boolean {
    return this.#options.people.isContact(person) || this.#book.hasWith(person);
  }

  #act(
    id: LineId,
    op: (line: LineEntry) => Op,
    together: readonly RecordWrite[],
    done: Done,
  ): void {
    let line: LineEntry;
    try {
      line = this.entry(id);
      const said = op(line);
      line.checkWriting(said);
      line.core.act(said);
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      done(error);
      return;
    }
    line.due.together.push(...together);
    line.due.dones.push(done);
    this.#till.touch(line);
  }

  #offered(person: PersonId, definition: Uint8Array): void {
    const { people, suite, log } = this.#options;
    const currency = readCurrency(suite, definition);
    if (this.#book.of(person, currency) !== undefined || !people.isContact(person)) return;
    if (!this.#book.hasRoomFor(person)) {
      log.warn("offer of a line not heard: too many wait for an answer");
      return;
    }
    const line = this.#book.make(person, currency);
    this.#events.onCurrency(currency);
    this.#till.touch(line);
    this.#talks.wanted(line);
  }

  #committed({ line, incoming, sealed, dones, told }: Flight): void {
    line.toldKept = told;
    const theirs = incoming.filter(({ isOurs }) => !isOurs);
    const own = incoming.length - theirs.length + sealed.length;
    line.durable += own;
    for (const done of dones) done(null);
    if (own > 0) this.#talks.pump(line);
    for (const kept of theirs) this.#arrivals.tell(this.#payments, line, kept);
    if (theirs.length > 0) {
      line.told += theirs.length;
      for (const talk of this.#talks.with(line.partner)) talk.acknowledge(line);
    }
    this.#arrivals.settle(line);
    this.#changed(line);
  }

  #changed(line: LineEntry): void {
    this.#payments?.onLine(line.view());
    this.#events.onLineChanged(line.id);
  }

  #mended(line: LineEntry, found: LineEntry | undefined): void {
    this.#book.delete(line);
    if (found !== undefined) {
      found.loose = line.loose;
      this.#book.put(found);
      this.#arrivals.needs(found, line.needed);
      this.#talks.later(found.partner);
    }
    this.#events.onLineChanged(line.id);
  }

  /** What the disk did not take is forgotten: the line is what the disk says. */
  #abandon(line: LineEntry, dones: readonly Done[], error: MoneyError): void {
    for (const done of [...dones, ...line.due.dones]) done(error);
    line.due = nothingDue();
    for (const talk of [...this.#talks.with(line.partner)]) talk.drop();
    this.#mending.mend(line);
  }
}
