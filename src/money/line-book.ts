import { NO_BYTES } from "../base/bytes.ts";
import type { PersonId } from "../identity/index.ts";
import { coreOptions } from "./core-options.ts";
import type { Currency } from "./currency/definition.ts";
import { MoneyError } from "./errors.ts";
import { LINES_MAX, OFFERS_MAX, OFFERS_PER_PERSON_MAX } from "./limits.ts";
import { LineCore } from "./line/index.ts";
import type { LineId } from "./line-desk.ts";
import { LineEntry } from "./line-entry.ts";
import type { LineRecord } from "./line-record.ts";
import { currencyKey } from "./load-lines.ts";
import type { LinesOptions } from "./options.ts";

/** The lines of this person that are here, by id and by whom they are with. */
export class LineBook {
  readonly #options: LinesOptions;
  readonly #lines = new Map<LineId, LineEntry>();
  readonly #orphans = new Map<LineId, readonly Uint8Array[]>();

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  /** Lines that were here and that their partners bring back, with what is left of our own half-logs. */
  expect(orphans: ReadonlyMap<LineId, readonly Uint8Array[]>): void {
    for (const [id, loose] of orphans) this.#orphans.set(id, loose);
  }

  all(): Iterable<LineEntry> {
    return this.#lines.values();
  }

  get(id: LineId): LineEntry | undefined {
    return this.#lines.get(id);
  }

  /** @throws MoneyError("not-found") */
  find(id: LineId): LineEntry {
    const line = this.#lines.get(id);
    if (line === undefined) throw new MoneyError("not-found", "There is no such line.");
    return line;
  }

  put(line: LineEntry): void {
    this.#lines.set(line.id, line);
  }

  delete(line: LineEntry): void {
    if (this.#lines.get(line.id) === line) this.#lines.delete(line.id);
  }

  /** Lines with a person, those left out to which this person said no. */
  *with(person: PersonId): Iterable<LineEntry> {
    for (const line of this.#lines.values()) {
      if (line.partner === person && !line.record.isDeclined) yield line;
    }
  }

  /** A line with a person, unless this person said no to it. */
  oneWith(person: PersonId, id: LineId): LineEntry | undefined {
    const line = this.#lines.get(id);
    return line?.partner === person && !line.record.isDeclined ? line : undefined;
  }

  hasWith(person: PersonId): boolean {
    for (const _ of this.with(person)) return true;
    return false;
  }

  of(partner: PersonId, currency: Currency): LineEntry | undefined {
    return this.#lines.get(coreOptions(this.#options, partner, currency.id).terms.id);
  }

  /** Whether one more offer of this person is heard. */
  hasRoomFor(person: PersonId): boolean {
    const open = [...this.#lines.values()].filter((line) => line.isOfferedToUs);
    const theirs = open.filter(({ partner }) => partner === person);
    const isFull = open.length >= OFFERS_MAX || this.#lines.size >= LINES_MAX;
    return !isFull && theirs.length < OFFERS_PER_PERSON_MAX;
  }

  /** A line of which nothing is on disk yet. @throws MoneyError("full") */
  make(partner: PersonId, currency: Currency): LineEntry {
    if (this.#lines.size >= LINES_MAX) {
      const words = `You have ${LINES_MAX} lines, which is the most. Close one first.`;
      throw new MoneyError("full", words);
    }
    const core = new LineCore(coreOptions(this.#options, partner, currency.id));
    const loose = this.#orphans.get(core.terms.id);
    // In a copy, or of a line that was here: our half-log may go further than is known.
    const isUnsure = this.#options.isCopied || loose !== undefined;
    const record: LineRecord = {
      ...{ id: core.terms.id, partner, currency: currency.id, epoch: 0, snapshot: NO_BYTES },
      ...{ isUnsure, isDeclined: false, stop: undefined },
    };
    const ourKey = this.#options.identity.signKey.publicKey;
    const line = new LineEntry(record, { core, currency, ourKey }, { index: 0, told: 0 });
    line.loose = loose ?? [];
    this.#orphans.delete(line.id);
    line.due.isRecordDue = true;
    line.due.together.push({ key: currencyKey(currency.id), value: currency.bytes });
    this.put(line);
    return line;
  }
}
