import type { TypedError } from "../../base/errors.ts";
import type { PersonId } from "../../identity/index.ts";
import type { DiskError, Timed } from "../../ports/index.ts";
import type { LineId } from "../line-desk.ts";
import type { LinesOptions } from "../options.ts";
import type { MailDesk } from "./desk.ts";
import { type CameLetter, type LetterDraft, Mail } from "./mail.ts";
import { LetterWriting } from "./writing.ts";

/** What is new on lines, in letters that others carry, to partners who are out of reach. Call `load` first. */
export class LineMail implements Timed {
  readonly #desk: MailDesk;
  readonly #mail: Mail;
  readonly #writing: LetterWriting;

  constructor(options: LinesOptions, desk: MailDesk) {
    const { clock, records, random, log } = options;
    const post = options.post ?? { devicesOf: () => [], send: (_to, _bytes, done) => done(null) };
    this.#desk = desk;
    this.#writing = new LetterWriting({ clock, records, desk, post });
    const parts = { clock, records, log, desk, writing: this.#writing };
    this.#mail = new Mail({ ...parts, random: random.fork("money mail") });
  }

  /** Reads what letters there are on disk, once lines are. */
  load(done: (error: DiskError | null) => void): void {
    this.#writing.load((error) => {
      if (error === null) this.#mail.load(done);
      else done(error);
    });
  }

  /** Lines may change from now on. */
  open(): void {
    this.#mail.open();
  }

  /** Something about a line has changed, or its partner went out of reach. */
  changed(id: LineId): void {
    const line = this.#desk.book.get(id);
    if (line !== undefined) this.#writing.news(line);
  }

  /** Writes what partners out of reach have not been written yet: somebody is about to carry letters. */
  writeAll(to: PersonId | undefined, done: (error: TypedError | null) => void): void {
    this.#writing.writeAll(to, done);
  }

  /** A letter about a line came; what it says is done once it is on disk. */
  take(draft: LetterDraft, letter: CameLetter): void {
    this.#mail.take(draft, letter);
  }

  nextDeadlineMs(): number {
    return this.#writing.nextDeadlineMs();
  }

  tick(): void {
    this.#writing.tick();
  }
}
