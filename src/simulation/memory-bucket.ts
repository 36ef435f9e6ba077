import type { WholeFiles } from "../adapters/node/block-files.ts";
import { hintName, segmentName, segmentNumber } from "../adapters/node/segment-hint.ts";
import { MemoryFileError, MemoryFiles } from "./memory-disk-files.ts";

/** A bucket in memory: takes whole segments only, in any order of time, and fails where told to. */
export class MemoryBucket extends MemoryFiles {
  /** Runs before a segment is kept; a rejection is a failure, after which it may be there or not. */
  beforeKeep: (segment: number) => Promise<"keep" | "fail" | "keep and fail"> = async () => "keep";
  readonly whole: WholeFiles;

  constructor(contents: ReadonlyMap<string, Uint8Array> = new Map(), segmentBytes = 4_096) {
    super();
    for (const [name, content] of contents) this.contents.set(name, content.slice());
    const numbers = [...this.contents.keys()].map((name) => segmentNumber(name) ?? 0);
    this.whole = {
      segmentBytes,
      waitingBytesMax: 1 << 20,
      gatherMs: 0,
      flightsMax: 3,
      smallBytes: segmentBytes >> 2,
      mergeCount: 8,
      takenBelow: Math.max(0, ...numbers) + 1,
      keep: (segment, parts, hint) => this.#keep(segment, parts, hint),
    };
  }

  async #keep(segment: number, parts: readonly Uint8Array[], hint: Uint8Array): Promise<void> {
    const what = await this.beforeKeep(segment);
    if (what !== "fail") {
      this.contents.set(segmentName(segment), new Uint8Array(Buffer.concat(parts)));
      this.contents.set(hintName(segment), hint.slice());
    }
    if (what !== "keep") throw new MemoryFileError("EIO", "EIO: a bucket in memory says so.");
  }
}
