import { DiskError } from "../../../ports/index.ts";
import type { BlockFile, BlockFiles, WholeFiles } from "../block-files.ts";
import { AdapterError } from "../errors.ts";
import { SEGMENT_HEADER_BYTES } from "../segment-format.ts";
import { hintName, segmentName, segmentNumber } from "../segment-hint.ts";
import type { S3Client } from "./client.ts";
import {
  S3_GATHER_MS,
  S3_MERGE_SEGMENTS,
  S3_REQUESTS_MAX,
  S3_SEGMENT_BYTES,
  S3_SEGMENTS_MAX,
  S3_SMALL_BYTES,
  S3_UPLOADS_MAX,
  S3_WAITING_BYTES_MAX,
} from "./limits.ts";
import { encodeTail, type SegmentTails } from "./tails.ts";

/** What is remembered on this machine about the place in the cluster. */
export interface S3Numbers {
  /** Every number below may have been used. */
  readonly takenBelow: number;
  /** Notes durably that numbers up to this one are used. */
  take(number: number): Promise<void>;
}

/** What files in a cluster stand on. */
export interface S3FilesOptions {
  readonly client: S3Client;
  readonly tails: SegmentTails;
  readonly numbers: S3Numbers;
  /** Hears of segments that were here once and are gone from the bucket. */
  readonly onLost: (segment: string) => void;
  readonly segmentBytes?: number | undefined;
}

interface Sizes {
  /** Bytes of the object. */
  readonly object: number;
  /** Bytes of the segment in it; those of the object where its tail is damaged. */
  readonly segment: number;
}

function missing(name: string): AdapterError {
  return new AdapterError("io", `${name} is not there.`);
}

/** Segments as objects of a bucket: written once, read by ranges. */
export class S3Files implements BlockFiles {
  readonly #options: S3FilesOptions;
  readonly #sizes = new Map<number, Sizes>();
  readonly whole: WholeFiles;

  constructor(options: S3FilesOptions) {
    this.#options = options;
    this.whole = {
      segmentBytes: options.segmentBytes ?? S3_SEGMENT_BYTES,
      waitingBytesMax: S3_WAITING_BYTES_MAX,
      gatherMs: S3_GATHER_MS,
      flightsMax: S3_UPLOADS_MAX,
      smallBytes: Math.min(S3_SMALL_BYTES, options.segmentBytes ?? S3_SMALL_BYTES),
      mergeCount: S3_MERGE_SEGMENTS,
      takenBelow: options.numbers.takenBelow,
      keep: (segment, parts, hint) => this.#keep(segment, parts, hint),
    };
  }

  /**
   * @throws DiskError "corrupt" where most of what this machine remembers is gone from the bucket,
   *   which is rather a wrong endpoint than a loss
   */
  async list(): Promise<string[]> {
    const objects = new Map<number, number>();
    for (const { name, sizeBytes } of await this.#options.client.list(S3_SEGMENTS_MAX)) {
      const number = segmentNumber(name);
      if (number !== undefined) objects.set(number, sizeBytes);
    }
    await this.#addUnlisted(objects);
    await inParallel([...objects], async ([number, bytes]) => {
      const tail = await this.#options.tails.find(hintName(number), segmentName(number), bytes);
      this.#sizes.set(number, { object: bytes, segment: tail?.segmentBytes ?? bytes });
    });
    return [...this.#sizes.keys()].map(segmentName);
  }

  async open(name: string, create: boolean): Promise<BlockFile> {
    const number = segmentNumber(name.replace(/\.hint$/, ".blk"));
    const sizes = number === undefined ? undefined : this.#sizes.get(number);
    if (number === undefined || sizes === undefined) throw missing(name);
    if (name.endsWith(".blk") && !create) return this.#segment(number, sizes);
    if (create) throw new AdapterError("unsupported", `${name} cannot be changed.`);
    const { tails } = this.#options;
    const tail = await tails.find(name, segmentName(number), sizes.object);
    if (tail === undefined) throw missing(name);
    return fixed(tail.hint.length, async (into, position) => {
      const part = tail.hint.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    });
  }

  async remove(name: string): Promise<void> {
    const number = segmentNumber(name);
    // A hint goes with its segment.
    if (number === undefined) return;
    await this.#options.tails.forget(hintName(number));
    await this.#options.client.remove(name);
    this.#sizes.delete(number);
  }

  async syncDirectory(): Promise<void> {
    // A bucket answers once a name has come or gone.
  }

  #segment(number: number, { object, segment }: Sizes): BlockFile {
    const name = segmentName(number);
    return fixed(segment, async (into, position) => {
      const bytes = Math.min(into.length, segment - position);
      if (bytes <= 0) return 0;
      const { client, tails } = this.#options;
      if (position + bytes <= SEGMENT_HEADER_BYTES) {
        const tail = await tails.find(hintName(number), name, object);
        const part = tail?.header.subarray(position, position + bytes);
        if (part !== undefined) into.set(part);
        if (part !== undefined) return part.length;
      }
      const found = await client.read(name, position, bytes);
      if (found !== undefined) into.set(found);
      return found?.length ?? 0;
    });
  }

  async #keep(number: number, parts: readonly Uint8Array[], hint: Uint8Array): Promise<void> {
    const { client, tails, numbers } = this.#options;
    await numbers.take(number);
    const tail = encodeTail(parts[0] ?? new Uint8Array(0), hint);
    let segment = 0;
    for (const part of parts) segment += part.length;
    await client.write(segmentName(number), [...parts, tail]);
    this.#sizes.set(number, { object: segment + tail.length, segment });
    await tails.copy(hintName(number), tail);
  }

  /** Lists of some clusters lag behind: asks for every segment known here that was not listed. */
  async #addUnlisted(objects: Map<number, number>): Promise<void> {
    const { client, tails, onLost } = this.#options;
    const known = (await tails.copied())
      .map((name) => segmentNumber(name.replace(/\.hint$/, ".blk")))
      .filter((number) => number !== undefined);
    const lost: number[] = [];
    await inParallel(
      known.filter((number) => !objects.has(number)),
      async (number) => {
        const size = await client.size(segmentName(number));
        if (size === undefined) lost.push(number);
        else objects.set(number, size);
      },
    );
    if (lost.length * 2 > known.length) {
      throw new DiskError(
        "corrupt",
        `${lost.length} of ${known.length} block files that this peer keeps in the S3 cluster are gone from there. Nothing was changed. Check that endpoint and bucket are the right ones; if the blocks are really lost, remove the directory blocks-s3 from the home and start again.`,
      );
    }
    for (const number of lost) {
      onLost(segmentName(number));
      await tails.forget(hintName(number));
    }
  }
}

/** A file that only can be read. */
function fixed(
  bytes: number,
  read: (into: Uint8Array, position: number) => Promise<number>,
): BlockFile {
  const refuse = async (): Promise<never> => {
    throw new AdapterError("unsupported", "Files in a bucket cannot be changed.");
  };
  return {
    read,
    write: refuse,
    truncate: refuse,
    sync: async () => undefined,
    size: async () => bytes,
    close: async () => undefined,
  };
}

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const worker = async (): Promise<void> => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: S3_REQUESTS_MAX }, worker));
}
