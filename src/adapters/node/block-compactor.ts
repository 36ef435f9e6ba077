import type { BlockFiles } from "./block-files.ts";
import type { BlockLog, MovedRecord } from "./block-group.ts";
import type { BlockHandles } from "./block-handles.ts";
import { type BlockIndex, isMostlyDead, type SegmentState } from "./block-index.ts";
import {
  BLOCK_READS_AGAIN,
  COMPACTION_GAP_BYTES,
  COMPACTION_REST_MS,
  COMPACTION_STEP_BYTES,
} from "./limits.ts";
import { blockOfRecord, type SegmentRecord } from "./segment-format.ts";
import { hintName, readHint, segmentName } from "./segment-hint.ts";
import { scanSegment } from "./segment-scan.ts";

/** What a compactor works on. */
export interface BlockCompactorOptions {
  readonly files: BlockFiles;
  readonly handles: BlockHandles;
  readonly index: BlockIndex;
  readonly segments: Map<number, SegmentState>;
  readonly writer: BlockLog;
  readonly onDamage: (segment: SegmentState, record: SegmentRecord) => void;
}

/** What is still needed of a segment, a bounded part of it. */
interface Step {
  readonly from: SegmentState;
  readonly records: SegmentRecord[];
  bytes: number;
}

/**
 * Moves what is still needed out of segments that are more than half dead, then deletes them; where
 * segments cannot grow, many small ones become one. A crash at any point leaves a record in its old
 * place, its new one, or both: the newer counts.
 */
export class BlockCompactor {
  readonly #options: BlockCompactorOptions;
  #running: Promise<void> | undefined;
  #restUntilMs = 0;
  #stopped = false;

  constructor(options: BlockCompactorOptions) {
    this.#options = options;
  }

  /** Begins to compact where that is worth it. */
  consider(): void {
    if (this.#running !== undefined || this.#stopped) return;
    if (performance.now() < this.#restUntilMs) return;
    const segments = this.#choose();
    if (segments.length === 0) return;
    this.#running = this.#compact(segments)
      .catch(() => {
        // Full or failing: whoever writes next learns it; compaction only rests.
        this.#restUntilMs = performance.now() + COMPACTION_REST_MS;
        // On a full disk nothing more may be written that would have it considered again.
        setTimeout(() => this.consider(), COMPACTION_REST_MS + 1).unref();
      })
      .then(() => {
        this.#running = undefined;
        this.consider();
      });
  }

  /** Waits until nothing is being compacted. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Ends after the segment at hand. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.idle();
  }

  #choose(): SegmentState[] {
    const active = this.#options.writer.activeSegment;
    let best: SegmentState | undefined;
    for (const segment of this.#options.segments.values()) {
      if (segment === active || !isMostlyDead(segment)) continue;
      if (best === undefined || segment.neededBytes < best.neededBytes) best = segment;
    }
    return best === undefined ? this.#chooseSmall() : [best];
  }

  #chooseSmall(): SegmentState[] {
    const { whole } = this.#options.files;
    if (whole === undefined) return [];
    const chosen: SegmentState[] = [];
    let bytes = 0;
    for (const segment of this.#options.segments.values()) {
      if (segment.size >= whole.smallBytes) continue;
      bytes += segment.size;
      if (bytes > whole.segmentBytes) break;
      chosen.push(segment);
      if (chosen.length >= whole.mergeCount) return chosen;
    }
    // A whole segment's worth of them is enough, too.
    return bytes > whole.segmentBytes && chosen.length > 1 ? chosen : [];
  }

  async #compact(chosen: readonly SegmentState[]): Promise<void> {
    const held: Step[] = [];
    for (const segment of chosen) {
      const records = await this.#recordsOf(segment);
      for (const step of this.#stepsOf(segment, records)) {
        if (chosen.length > 1) held.push(step);
        else await this.#push([await this.#read(step)]);
      }
      if (chosen.length === 1) await this.#discard(segment, records);
    }
    if (chosen.length === 1) return;
    const moves: { from: SegmentState; records: MovedRecord[] }[] = [];
    for (const step of held) moves.push(await this.#read(step));
    // All at once, so that they come into one segment.
    await this.#push(moves);
    for (const segment of chosen) await this.#discard(segment, await this.#recordsOf(segment));
  }

  async #recordsOf({ number, size, salt }: SegmentState): Promise<readonly SegmentRecord[]> {
    const { files, handles } = this.#options;
    const hint = await readHint(files, number, size, false);
    if (hint !== undefined) return hint.entries.records();
    return (await handles.use(number, (file) => scanSegment(file, salt, size, false))).records;
  }

  *#stepsOf(from: SegmentState, records: readonly SegmentRecord[]): Iterable<Step> {
    let step: Step = { from, records: [], bytes: 0 };
    for (const record of records) {
      if (!this.#options.index.needs(from, record)) continue;
      step.records.push(record);
      step.bytes += record.totalBytes;
      if (step.bytes < COMPACTION_STEP_BYTES) continue;
      yield step;
      step = { from, records: [], bytes: 0 };
    }
    if (step.records.length > 0) yield step;
  }

  async #discard(segment: SegmentState, records: readonly SegmentRecord[]): Promise<void> {
    const { files, handles, index, segments } = this.#options;
    const { number } = segment;
    index.forget(segment, records);
    segments.delete(number);
    await handles.release(number);
    await files.remove(segmentName(number));
    await files.remove(hintName(number)).catch(() => undefined);
    await files.syncDirectory();
  }

  /** Reads records that lie close to each other with one call. */
  async #read({ from, records }: Step): Promise<{ from: SegmentState; records: MovedRecord[] }> {
    const moved: MovedRecord[] = [];
    for (const { begin, end, some } of runsOf(records)) {
      const bytes = new Uint8Array(end - begin);
      await this.#options.handles.use(from.number, (file) => file.read(bytes, begin));
      for (const record of some) {
        const at = record.offset - begin;
        const part = bytes.subarray(at, at + record.totalBytes);
        const block =
          blockOfRecord(from.salt, part, record) ?? (await this.#readAgain(from, record));
        if (block !== undefined) moved.push({ record, block });
        else if (this.#options.index.needs(from, record)) this.#options.onDamage(from, record);
      }
    }
    return { from, records: moved };
  }

  /** What looks damaged is about to be given up: it is read a few times more before that. */
  async #readAgain(from: SegmentState, record: SegmentRecord): Promise<Uint8Array | undefined> {
    for (let again = 0; again < BLOCK_READS_AGAIN; again++) {
      const bytes = new Uint8Array(record.totalBytes);
      await this.#options.handles.use(from.number, (file) => file.read(bytes, record.offset));
      const block = blockOfRecord(from.salt, bytes, record);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  async #push(moves: readonly { from: SegmentState; records: MovedRecord[] }[]): Promise<void> {
    const pushed = moves
      .filter(({ records }) => records.length > 0)
      .map(
        (move) =>
          new Promise<void>((resolve, reject) => {
            this.#options.writer.push({ kind: "move", ...move }, (error) => {
              if (error === null) resolve();
              else reject(error);
            });
          }),
      );
    await Promise.all(pushed);
  }
}

interface Run {
  readonly begin: number;
  end: number;
  readonly some: SegmentRecord[];
}

/** Records in the order of the file, those close to each other together. */
function runsOf(records: readonly SegmentRecord[]): Run[] {
  const runs: Run[] = [];
  for (const record of records) {
    const { offset, totalBytes } = record;
    const last = runs.at(-1);
    const isNear = last !== undefined && offset - last.end <= COMPACTION_GAP_BYTES;
    if (isNear && offset - last.begin <= COMPACTION_STEP_BYTES) {
      last.some.push(record);
      last.end = offset + totalBytes;
    } else runs.push({ begin: offset, end: offset + totalBytes, some: [record] });
  }
  return runs;
}
