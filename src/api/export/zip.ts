import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ZipFile } from "yazl";
import { ApiError } from "../errors.ts";
import { EXPORT_ENTRIES_MAX } from "../limits.ts";

/** A file that is to go into an archive; its content is made when its turn comes. */
export interface ZipEntry {
  /** Names joined by `/`. */
  readonly path: string;
  content(): AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;
}

/**
 * Files as a ZIP archive (PKWARE APPNOTE.TXT), as it is read: one file after the other is packed, and no more of it
 * is held than the packing needs.
 * @param atMs wall time that all files have, milliseconds since 1970
 * @throws ApiError("too-large") above `entriesMax` files
 */
export async function* zipOf(
  entries: AsyncIterable<ZipEntry>,
  atMs: number,
  entriesMax: number = EXPORT_ENTRIES_MAX,
): AsyncGenerator<Uint8Array> {
  const archive = new ZipFile();
  // The types of yazl say less of it than it is.
  const packed = archive.outputStream as Readable;
  const filling = new Filling(archive, entries, { mtime: new Date(atMs), entriesMax });
  archive.on("error", (error: Error) => packed.destroy(error));
  void filling.run().catch((error: Error) => packed.destroy(error));
  try {
    yield* packed as AsyncIterable<Uint8Array>;
  } finally {
    filling.stop();
    packed.destroy();
  }
}

interface FillingOptions {
  /** The time that all files have. */
  readonly mtime: Date;
  readonly entriesMax: number;
}

/** Puts files into an archive: the next one is asked for when the one before has been read. */
class Filling {
  readonly #archive: ZipFile;
  readonly #entries: AsyncIterable<ZipEntry>;
  readonly #options: FillingOptions;
  #source: Readable | undefined;
  #isStopped = false;

  constructor(archive: ZipFile, entries: AsyncIterable<ZipEntry>, options: FillingOptions) {
    this.#archive = archive;
    this.#entries = entries;
    this.#options = options;
  }

  /** @throws ApiError("too-large"), and what the files throw */
  async run(): Promise<void> {
    const { mtime, entriesMax } = this.#options;
    let count = 0;
    for await (const { path, content } of this.#entries) {
      if (this.#isStopped) return;
      if (++count > entriesMax) throw tooMany();
      const source = Readable.from(content());
      this.#source = source;
      this.#archive.addReadStream(source, path, { mtime });
      await finished(source);
    }
    this.#archive.end();
  }

  /** Nobody reads on. */
  stop(): void {
    this.#isStopped = true;
    this.#source?.destroy();
  }
}

function tooMany(): ApiError {
  return new ApiError(
    "too-large",
    "This is more than one file can hold. Take the folder of the peer along instead.",
  );
}
