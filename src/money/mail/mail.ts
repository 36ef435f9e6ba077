import { attempt } from "../../base/attempt.ts";
import { fromHex, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import {
  type PeerId,
  type PersonId,
  peerIdFromBytes,
  peerIdToBytes,
} from "../../identity/index.ts";
import type { Clock, DiskError, Log, Random, RecordStore, RecordWrite } from "../../ports/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { LETTER_BYTES_MAX, LETTERS_KEPT_MAX } from "../limits.ts";
import type { LineEntry } from "../line-entry.ts";
import type { MailDesk } from "./desk.ts";
import { decodeLetter, type LineLetter } from "./letter.ts";
import type { LetterWriting } from "./writing.ts";

const MAIL = "money/mail/";
const VERSION = 1;
const NAME_BYTES = 4;
const TIME_DIGITS = 14;

/** A letter about a line that came. */
export interface CameLetter {
  readonly device: PeerId;
  readonly personId: PersonId;
  readonly content: Uint8Array;
}

/** The batch of writes with which the letter itself is taken. */
export interface LetterDraft {
  write(key: string, value: Uint8Array | null): void;
  onCommit(call: () => void): void;
  /** Calls back where it never gets onto the disk. */
  onUndone(call: () => void): void;
}

/** What letters are read with. */
export interface MailParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly desk: MailDesk;
  readonly writing: Pick<LetterWriting, "answer" | "lack" | "again">;
}

/** Takes letters about lines: each is on disk with the word that it came, and goes when its batches are. */
export class Mail {
  readonly #parts: MailParts;
  readonly #waiting = new Map<string, CameLetter>();
  /** Letters on their way to the disk. */
  #taking = 0;
  #isOpen = false;

  constructor(parts: MailParts) {
    this.#parts = parts;
  }

  /** Reads letters that a crash has left; they are taken by `open`. */
  load(done: (error: DiskError | null) => void): void {
    this.#parts.records.scan(MAIL, (error, found) => {
      for (const { key, value } of found ?? []) {
        const letter = attempt(() => decodeKept(value)).value;
        if (letter !== undefined) this.#waiting.set(key, letter);
        else this.#parts.log.warn("a letter about a line is damaged");
      }
      done(error);
    });
  }

  /** Lines may change from now on. */
  open(): void {
    this.#isOpen = true;
    for (const [key, letter] of [...this.#waiting]) this.#read(key, letter);
  }

  /** A letter is being taken; what it says is done once that is on disk. */
  take(draft: LetterDraft, letter: CameLetter): void {
    const { desk, clock, random, log } = this.#parts;
    const isTooMuch = this.#waiting.size + this.#taking >= LETTERS_KEPT_MAX;
    if (isTooMuch || letter.content.length > LETTER_BYTES_MAX || !desk.isHeard(letter.personId)) {
      log.warn("letter about a line not taken", { peer: letter.device });
      return;
    }
    const atMs = Math.max(0, Math.floor(clock.wallMs()));
    const time = atMs.toString(16).padStart(TIME_DIGITS, "0");
    const key = `${MAIL}${time}-${toHex(random.bytes(NAME_BYTES))}`;
    const kept = { ...letter, content: letter.content.slice() };
    draft.write(key, encodeKept(kept));
    this.#taking++;
    draft.onUndone(() => void this.#taking--);
    draft.onCommit(() => {
      this.#taking--;
      this.#waiting.set(key, kept);
      if (this.#isOpen) this.#read(key, kept);
    });
  }

  #read(key: string, { personId, content }: CameLetter): void {
    const { desk, log } = this.#parts;
    this.#waiting.delete(key);
    const gone: RecordWrite = { key, value: null };
    desk.till.together(() => {
      const { value: line, refusal } = attempt(() => this.#follow(personId, decodeLetter(content)));
      if (refusal !== undefined) {
        log.warn("letter about a line not understood", { code: refusal.code });
      }
      // It leaves the disk together with what it brought.
      if (line === undefined) this.#parts.records.write([gone], () => undefined);
      else {
        line.due.together.push(gone);
        desk.till.touch(line);
      }
    });
  }

  /** @returns the line that it is about, where there is one. @throws TypedError where it makes no sense */
  #follow(person: PersonId, letter: LineLetter): LineEntry | undefined {
    const { desk, writing, log } = this.#parts;
    if (letter.definition !== undefined) desk.offered(person, letter.definition);
    const line = desk.book.oneWith(person, letter.line);
    if (line === undefined || line.record.stop !== undefined) return line;
    if (desk.heard(line, letter.yours)) {
      log.warn("a letter is of another half-log", { line: line.id });
      return line;
    }
    if (letter.lacks) writing.again(line, letter.yours.count);
    if (letter.batches.length > 0) {
      writing.answer(line);
      desk.arrived(line, letter.batches, () => writing.lack(line));
    }
    return line;
  }
}

function encodeKept({ device, personId, content }: CameLetter): Uint8Array {
  const writer = new CborArrayWriter(content.length + 64).array(4).uint(VERSION);
  writer.bytes(peerIdToBytes(device)).bytes(must(fromHex(personId), "an id is hexadecimal"));
  return writer.bytes(content).done();
}

/** @throws WireError where it is damaged */
function decodeKept(bytes: Uint8Array): CameLetter {
  const reader = new CborArrayReader(bytes);
  reader.array(4);
  if (reader.uint(255) !== VERSION) throw new WireError("version", "Of a newer Peernet.");
  const device = peerIdFromBytes(reader.bytes(16).slice());
  const personId = toHex(reader.bytes(16));
  const content = reader.bytes(1, LETTER_BYTES_MAX).slice();
  reader.end();
  return { device, personId, content };
}
