import type { BlockFiles } from "./block-files.ts";
import type { MovedRecord } from "./block-group.ts";
import type { BlockHandles } from "./block-handles.ts";
import type { BlockIndex, SegmentState } from "./block-index.ts";
import type { BlockWriter } from "./block-writer.ts";
import { COMPACTION_REST_MS, COMPACTION_STEP_BYTES } from "./limits.ts";
import { blockOfRecord, SEGMENT_HEADER_BYTES, type SegmentRecord } from "./segment-format.ts";
import { hintName, readHint, segmentName } from "./segment-hint.ts";
import { scanSegment } from "./segment-scan.ts";

/** What a compactor works on. */
export interface BlockCompactorOptions {
  readonly files: BlockFiles;
  readonly handles: BlockHandles;
  readonly index: BlockIndex;
  readonly segments: Map<number, SegmentState>;
  readonly writer: BlockWriter;
  readonly onDamage: (segment: SegmentState, record: SegmentRecord) => void;
}

/**
 * Moves what is still needed out of segments that are more than half dead, then deletes them. A
 * crash at any point leaves a record in its old place, its new one, or both: the newer counts.
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
    const segment = this.#choose();
    if (segment === undefined) return;
    this.#running = this.#compact(segment)
      .catch(() => {
        // Full or failing: whoever writes next learns it; compaction only rests.
        this.#restUntilMs = performance.now() + COMPACTION_REST_MS;
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

  #choose(): SegmentState | undefined {
    const active = this.#options.writer.activeSegment;
    let best: SegmentState | undefined;
    for (const segment of this.#options.segments.values()) {
      const bytes = segment.size - SEGMENT_HEADER_BYTES;
      if (segment === active || (bytes > 0 && segment.neededBytes * 2 >= bytes)) continue;
      if (best === undefined || segment.neededBytes < best.neededBytes) best = segment;
    }
    return best;
  }

  async #compact(segment: SegmentState): Promise<void> {
    const { files, handles, index, segments } = this.#options;
    const { number, size, salt } = segment;
    const hint = await readHint(files, number, size);
    const records =
      hint ?? (await handles.use(number, (file) => scanSegment(file, salt, size, false))).records;
    let step: SegmentRecord[] = [];
    let stepBytes = 0;
    for (const record of records) {
      if (!index.needs(segment, record)) continue;
      step.push(record);
      stepBytes += record.totalBytes;
      if (stepBytes < COMPACTION_STEP_BYTES) continue;
      await this.#move(segment, step);
      step = [];
      stepBytes = 0;
    }
    await this.#move(segment, step);
    index.forget(segment, records);
    segments.delete(number);
    await handles.release(number);
    await files.remove(segmentName(number));
    await files.remove(hintName(number)).catch(() => undefined);
    await files.syncDirectory();
  }

  async #move(from: SegmentState, records: readonly SegmentRecord[]): Promise<void> {
    const moved: MovedRecord[] = [];
    for (const record of records) {
      const bytes = new Uint8Array(record.totalBytes);
      await this.#options.handles.use(from.number, (file) => file.read(bytes, record.offset));
      const block = blockOfRecord(from.salt, bytes, record);
      if (block !== undefined) moved.push({ record, block });
      else if (this.#options.index.needs(from, record)) this.#options.onDamage(from, record);
    }
    if (moved.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      this.#options.writer.push({ kind: "move", from, records: moved }, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
}
