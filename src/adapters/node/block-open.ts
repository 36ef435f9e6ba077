import { randomBytes } from "node:crypto";
import { DiskError } from "../../ports/index.ts";
import type { BlockFiles } from "./block-files.ts";
import type { BlockIndex, SegmentState } from "./block-index.ts";
import { HINT_READS_MAX } from "./limits.ts";
import { type Hint, SegmentEntries } from "./segment-entries.ts";
import {
  decodeSegmentHeader,
  SALT_BYTES,
  SEGMENT_HEADER_BYTES,
  SEGMENT_VERSION,
  type SegmentHeader,
} from "./segment-format.ts";
import { hintName, readHint, segmentName, segmentNumber, writeHint } from "./segment-hint.ts";
import { scanSegment } from "./segment-scan.ts";

/** A place on disk that cannot be read as it was written. */
export interface BlockDamage {
  /** Name of the segment file. */
  readonly segment: string;
  readonly offset: number;
  /**
   * `unfinished`: what a crash leaves of a write that nobody was told about; nothing is lost.
   * `damaged`: something that was there is not any more.
   */
  readonly kind: "unfinished" | "damaged";
  /** What is wrong there, for people. */
  readonly detail: string;
}

/** The segment that is being written. */
export interface ActiveSegment {
  readonly state: SegmentState;
}

/** What opening found. */
export interface OpenedSegments {
  /** By number, in the order of the log. */
  readonly segments: Map<number, SegmentState>;
  /** The newest segment, where it can take more. */
  readonly active: ActiveSegment | undefined;
  readonly salt: Uint8Array;
}

interface Found {
  readonly number: number;
  readonly size: number;
  readonly header: SegmentHeader | undefined;
}

async function readHeader(files: BlockFiles, number: number): Promise<Found> {
  const file = await files.open(segmentName(number), false);
  try {
    const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
    await file.read(bytes, 0);
    return { number, size: await file.size(), header: decodeSegmentHeader(bytes) };
  } finally {
    await file.close();
  }
}

/** @throws DiskError("corrupt") where a newer Peernet wrote this segment */
function checkVersion({ number, header }: Found): void {
  if (header === undefined || header.version <= SEGMENT_VERSION) return;
  throw new DiskError(
    "corrupt",
    `The block file ${segmentName(number)} has format ${header.version}, this Peernet knows format ${SEGMENT_VERSION}. Nothing was changed: start the newer Peernet that wrote it.`,
  );
}

async function someAtATime<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let item = left.next(); item.done !== true; item = left.next()) await work(item.value);
  };
  await Promise.all(Array.from({ length: HINT_READS_MAX }, worker));
}

/** Opens a directory of segments step by step; one object per opening. */
class Opening {
  readonly #files: BlockFiles;
  readonly #index: BlockIndex;
  readonly #report: (damage: BlockDamage) => void;
  readonly #segments = new Map<number, SegmentState>();
  #active: ActiveSegment | undefined;

  constructor(files: BlockFiles, index: BlockIndex, report: (damage: BlockDamage) => void) {
    this.#files = files;
    this.#index = index;
    this.#report = report;
  }

  async run(): Promise<OpenedSegments> {
    const names = await this.#files.list();
    const numbers = names.map(segmentNumber).filter((number) => number !== undefined);
    numbers.sort((a, b) => a - b);
    const all = await this.#readHeaders(numbers);
    // All are looked at before anything is changed.
    for (const found of all) checkVersion(found);
    const known = all.find(({ header }) => header !== undefined)?.header?.salt;
    const salt = known ?? new Uint8Array(randomBytes(SALT_BYTES));
    const hints = await this.#readHints(all);
    for (const found of all) {
      await this.#load(found, hints.get(found.number), salt, this.#grows(found, all));
    }
    return { segments: this.#segments, active: this.#active, salt };
  }

  /** Some at a time: each takes several calls to the disk, and many wait longer than they take. */
  async #readHeaders(numbers: readonly number[]): Promise<readonly Found[]> {
    const all: Found[] = [];
    await someAtATime(numbers.entries(), async ([position, number]) => {
      all[position] = await readHeader(this.#files, number);
    });
    return all;
  }

  /** Reads all hints there are and makes room in the index for what they list. */
  async #readHints(all: readonly Found[]): Promise<ReadonlyMap<number, Hint>> {
    const hints = new Map<number, Hint>();
    let count = 0;
    await someAtATime(all.values(), async (found) => {
      const { number, size } = found;
      const grows = this.#grows(found, all);
      const hint = await readHint(this.#files, number, size, grows);
      if (hint !== undefined) {
        hints.set(number, hint);
        count += hint.entries.count;
      } else if (grows) {
        // One of an earlier file of this name must not speak for this one once it has grown.
        await this.#files.remove(hintName(number)).catch(() => undefined);
        await this.#files.syncDirectory();
      }
    });
    this.#index.reserve(count);
    return hints;
  }

  /** Whether this is the segment that was being written. */
  #grows(found: Found, all: readonly Found[]): boolean {
    return this.#files.whole === undefined && found === all.at(-1);
  }

  async #load(
    found: Found,
    hint: Hint | undefined,
    salt: Uint8Array,
    newest: boolean,
  ): Promise<void> {
    const { number, size, header } = found;
    if (newest && size < SEGMENT_HEADER_BYTES) {
      // A crash while it was being made: nothing was ever stored in it.
      await this.#files.remove(segmentName(number));
      return;
    }
    if (header?.whole !== true) this.#note(number, 0, "The header of this file is damaged.");
    const entries = hint?.entries ?? SegmentEntries.empty();
    const recordSalt = header?.salt ?? salt;
    const state: SegmentState = { number, salt: recordSalt, entries, size, neededBytes: 0 };
    this.#segments.set(number, state);
    if (hint !== undefined) this.#index.load(state);
    if (hint?.bytes !== size) await this.#scan(state, newest, hint?.bytes);
    // Without its salt on disk, a record added to this file would not be found again. Nor is one
    // added to a file of an older format, whose reader would not know it.
    if (newest && header?.version === SEGMENT_VERSION) this.#active = { state };
  }

  /** @param from where a hint does not speak any more */
  async #scan(state: SegmentState, newest: boolean, from?: number): Promise<void> {
    const { number, salt, size } = state;
    const file = await this.#files.open(segmentName(number), false);
    try {
      const contents = await scanSegment(file, salt, size, newest, from);
      for (const { offset, bytes } of contents.flaws) {
        this.#note(number, offset, `${bytes} bytes are damaged; what was there is lost.`);
      }
      for (const record of contents.records) {
        this.#index.apply(state, record);
        if (!contents.damaged.has(record)) continue;
        this.#index.drop(record.key);
        this.#note(number, record.offset, `The block ${record.key} is damaged.`);
      }
      const left = size - contents.goodEnd;
      if (left > 0) {
        const isCrash = newest && contents.isCutShort;
        const what = contents.unfinished ? "belong to an unfinished write" : "are damaged";
        const then = newest ? "they were cut off" : "they are skipped";
        const detail = `The last ${left} bytes ${what}; ${then}.`;
        this.#note(number, contents.goodEnd, detail, isCrash ? "unfinished" : "damaged");
        if (newest) {
          await file.truncate(contents.goodEnd);
          await file.sync();
          state.size = contents.goodEnd;
        }
      }
      const sound = left === 0 && contents.flaws.length === 0;
      if (sound && !newest) await writeHint(this.#files, number, state.entries.hint(size));
    } finally {
      await file.close();
    }
  }

  #note(
    number: number,
    offset: number,
    detail: string,
    kind: BlockDamage["kind"] = "damaged",
  ): void {
    this.#report({ segment: segmentName(number), offset, kind, detail });
  }
}

/**
 * Reads what is there into `index`, cuts off what a crash left unfinished and reports damage.
 * @throws DiskError("corrupt") where a newer Peernet wrote here; system errors as they are
 */
export async function openSegments(
  files: BlockFiles,
  index: BlockIndex,
  report: (damage: BlockDamage) => void,
): Promise<OpenedSegments> {
  return await new Opening(files, index, report).run();
}
