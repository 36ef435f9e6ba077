import { Readable } from "node:stream";
import { crc32, createDeflateRaw } from "node:zlib";
import { concatBytes, utf8 } from "../../base/bytes.ts";
import { ApiError } from "../errors.ts";
import { EXPORT_ENTRIES_MAX } from "../limits.ts";

/** A file that is to go into an archive; its content is made when its turn comes. */
export interface ZipEntry {
  /** Names joined by `/`. */
  readonly path: string;
  content(): AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;
}

/** What the directory at the end says of a file (APPNOTE.TXT section 4.3.12). */
interface Packed {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly at: number;
}

const LOCAL_SIGNATURE = 0x04034b50;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const MEMBER_SIGNATURE = 0x02014b50;
const END_SIGNATURE = 0x06054b50;
/** Version of the format: 2.0, deflated. */
const VERSION = 20;
/** Sizes stand behind the bytes (bit 3), names are UTF-8 (bit 11). */
const FLAGS = 0x0808;
const DEFLATED = 8;
const BYTES_MAX = 0xffff_ffff;
/** No bytes, deflated (RFC 1951): one last block of fixed codes that holds its end alone. */
const NOTHING: Uint8Array = Uint8Array.of(3, 0);

/**
 * Files as a ZIP archive (PKWARE APPNOTE.TXT), as it is read: one file after the other is packed, and no more of it
 * is held than the packing needs.
 * @param atMs wall time that all files have, milliseconds since 1970
 * @throws ApiError("too-large") above EXPORT_ENTRIES_MAX files, or 4 GiB, which older readers cannot read
 */
export async function* zipOf(
  entries: AsyncIterable<ZipEntry>,
  atMs: number,
): AsyncGenerator<Uint8Array> {
  const stamp = dosTime(atMs);
  const packed: Packed[] = [];
  let at = 0;
  for await (const { path, content } of entries) {
    if (packed.length === EXPORT_ENTRIES_MAX) throw tooLarge();
    const name = utf8(path);
    const head = concatBytes(
      fields([4, LOCAL_SIGNATURE], [2, VERSION], [2, FLAGS], [2, DEFLATED], ...stamp),
      fields([4, 0], [4, 0], [4, 0], [2, name.length], [2, 0]),
      name,
    );
    yield head;
    const seen = { crc: 0, sizeBytes: 0 };
    let packedBytes = 0;
    for await (const part of deflated(content(), seen)) {
      packedBytes += part.length;
      yield part;
    }
    const { crc, sizeBytes } = seen;
    const tail = fields([4, DESCRIPTOR_SIGNATURE], [4, crc], [4, packedBytes], [4, sizeBytes]);
    yield tail;
    packed.push({ name, crc, packedBytes, sizeBytes, at });
    at += head.length + packedBytes + tail.length;
    if (at > BYTES_MAX || sizeBytes > BYTES_MAX) throw tooLarge();
  }
  yield* directory(packed, stamp, at);
}

function* directory(
  packed: readonly Packed[],
  stamp: readonly Field[],
  at: number,
): Generator<Uint8Array> {
  let bytes = 0;
  for (const member of packed) {
    const { name, crc, packedBytes, sizeBytes } = member;
    const row = concatBytes(
      fields([4, MEMBER_SIGNATURE], [2, VERSION], [2, VERSION], [2, FLAGS], [2, DEFLATED]),
      fields(...stamp, [4, crc], [4, packedBytes], [4, sizeBytes], [2, name.length]),
      fields([2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, member.at]),
      name,
    );
    bytes += row.length;
    yield row;
  }
  const count = packed.length;
  yield fields(
    ...([
      [4, END_SIGNATURE],
      [2, 0],
      [2, 0],
      [2, count],
      [2, count],
    ] as const),
    ...([
      [4, bytes],
      [4, at],
      [2, 0],
    ] as const),
  );
}

/** Packed bytes of a content; `seen` tells of what went in once all of it was read. */
async function* deflated(
  content: ReturnType<ZipEntry["content"]>,
  seen: { crc: number; sizeBytes: number },
): AsyncGenerator<Uint8Array> {
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const part of content) {
      const bytes = typeof part === "string" ? utf8(part) : part;
      if (bytes.length === 0) continue;
      seen.crc = crc32(bytes, seen.crc);
      seen.sizeBytes += bytes.length;
      yield bytes;
    }
  }
  const all = measured();
  const first = await all.next();
  if (first.done === true) {
    yield NOTHING;
    return;
  }
  async function* again(start: Uint8Array): AsyncGenerator<Uint8Array> {
    yield start;
    yield* all;
  }
  const source = Readable.from(again(first.value));
  const packer = createDeflateRaw();
  source.on("error", (error) => packer.destroy(error));
  source.pipe(packer);
  try {
    yield* packer as AsyncIterable<Uint8Array>;
  } finally {
    source.destroy();
    packer.destroy();
  }
}

type Field = readonly [bytes: 2 | 4, value: number];

/** Numbers one behind the other, the low bytes first. */
function fields(...all: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(all.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of all) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

/** Time and day in UTC, as MS-DOS wrote them: in steps of two seconds, from 1980 on. */
function dosTime(atMs: number): readonly Field[] {
  const at = new Date(atMs);
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  const year = Math.max(0, Math.min(127, at.getUTCFullYear() - 1980));
  const day = (year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  return [
    [2, time],
    [2, day],
  ];
}

function tooLarge(): ApiError {
  return new ApiError(
    "too-large",
    "This is more than one file can hold. Take the folder of the peer along instead.",
  );
}
