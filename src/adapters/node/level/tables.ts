import { maskedCrc32c } from "./crc32c.ts";
import { unpackSnappy, VarintReader } from "./snappy.ts";

/** LevelDB's table format, doc/table_format.md of its sources. */
const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** Kind of packing and masked CRC-32C behind each block. */
const TRAILER_BYTES = 5;
const PLAIN = 0;
const SNAPPY = 1;

interface Handle {
  readonly offset: number;
  readonly sizeBytes: number;
}

function handleOf(reader: VarintReader): Handle | undefined {
  const offset = reader.next();
  const sizeBytes = reader.next();
  return reader.isBroken ? undefined : { offset, sizeBytes };
}

/** Whether a block is as it was written. */
function isWhole(table: Uint8Array, { offset, sizeBytes }: Handle): boolean {
  const end = offset + sizeBytes;
  if (end + TRAILER_BYTES > table.length) return false;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return view.getUint32(end + 1, true) === maskedCrc32c(table, offset, end + 1);
}

interface Pair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What stands in a block, in order; undefined where it cannot be read. */
function pairsIn(table: Uint8Array, { offset, sizeBytes }: Handle): Pair[] | undefined {
  const packed = table.subarray(offset, offset + sizeBytes);
  const kind = table[offset + sizeBytes];
  const block = kind === SNAPPY ? unpackSnappy(packed) : kind === PLAIN ? packed : undefined;
  if (block === undefined || block.length < 4) return undefined;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const end = block.length - 4 - 4 * view.getUint32(block.length - 4, true);
  const reader = new VarintReader(block);
  const pairs: Pair[] = [];
  let before = new Uint8Array(0);
  while (reader.at < end) {
    const sharedBytes = reader.next();
    const keyEnd = reader.next();
    const valueBytes = reader.next();
    const valueAt = reader.at + keyEnd;
    if (reader.isBroken || sharedBytes > before.length || valueAt + valueBytes > end) break;
    const key = new Uint8Array(sharedBytes + keyEnd);
    key.set(before.subarray(0, sharedBytes));
    key.set(block.subarray(reader.at, valueAt), sharedBytes);
    reader.at = valueAt + valueBytes;
    pairs.push({ key, value: block.subarray(valueAt, reader.at) });
    before = key;
  }
  return reader.at === end ? pairs : undefined;
}

/** The blocks that an index names; undefined where it cannot be read. */
function blocksIn(table: Uint8Array, index: Handle): readonly Handle[] | undefined {
  const handles = pairsIn(table, index)?.map(({ value }) => handleOf(new VarintReader(value)));
  return handles?.every((handle) => handle !== undefined) ? handles : undefined;
}

/** The blocks of a table that hold metadata and keys; undefined where its end is damaged. */
function endOf(table: Uint8Array): { readonly meta: Handle; readonly index: Handle } | undefined {
  const footer = table.length - FOOTER_BYTES;
  if (footer < 0) return undefined;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  if (view.getBigUint64(table.length - 8, true) !== MAGIC) return undefined;
  const reader = new VarintReader(table, footer);
  const [meta, index] = [handleOf(reader), handleOf(reader)];
  return meta && index && { meta, index };
}

/**
 * Where a table of LevelDB is damaged, in bytes from its start; undefined where it is whole.
 * (LevelDB does not look at the checksums of what it reads unless it is told to.)
 */
export function tableDamage(table: Uint8Array): number | undefined {
  const end = endOf(table);
  if (end === undefined) return Math.max(0, table.length - FOOTER_BYTES);
  for (const handle of [end.meta, end.index]) if (!isWhole(table, handle)) return handle.offset;
  const blocks = blocksIn(table, end.index);
  if (blocks === undefined) return end.index.offset;
  return blocks.find((block) => !isWhole(table, block))?.offset;
}

/** What can be read in a table: keys as LevelDB keeps them, with 8 bytes of number and kind behind. */
export function* pairsOfTable(table: Uint8Array): Generator<Pair> {
  const end = endOf(table);
  if (end === undefined || !isWhole(table, end.index)) return;
  for (const block of blocksIn(table, end.index) ?? []) {
    if (isWhole(table, block)) yield* pairsIn(table, block) ?? [];
  }
}
