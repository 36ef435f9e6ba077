import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALIGN_BYTES, AlignedMemory } from "../../src/adapters/node/block-direct.ts";
import { openNodeFiles } from "../../src/adapters/node/block-files.ts";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { BLOCK_GROUP_BYTES } from "../../src/adapters/node/limits.ts";
import { allowRelaxedSimd } from "../../src/adapters/node/relaxed-simd.ts";
import { Codecs } from "../../src/store/codecs.ts";
import { shardBytesOf } from "../../src/store/geometry.ts";
import { LeafHashes } from "../../src/store/merkle.ts";
import { StripeCipher } from "../../src/store/stripe-cipher.ts";
import { type BenchRow, benchRow, median } from "../row.ts";

const ROUNDS = 5;
const STRIPES = 96;
const STRIPE_BYTES = 1 << 20;
const CHUNK_BYTES = 1 << 18;
const [K, N] = [20, 40];

/** One part of a put, done alone with `STRIPES` stripes. */
interface Part {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/**
 * What a put would reach if nothing but its parts cost anything: each is run alone, with the code
 * that a put runs, and its processor time is counted, the system's and all threads' included.
 */
export async function ingestPartsRow(): Promise<BenchRow> {
  allowRelaxedSimd();
  const directory = await mkdtemp(join(tmpdir(), "peernet-parts-"));
  const source = await open(join(directory, "source"), "w+");
  try {
    for (let i = 0; i < STRIPES; i++) await source.write(new Uint8Array(STRIPE_BYTES).fill(i));
    const parts = await partsOf(directory, source);
    const nsPerByte = new Map<string, number[]>(parts.map(({ name }) => [name, []]));
    for (let round = 0; round <= ROUNDS; round++) {
      for (const { name, run } of parts) {
        const before = process.cpuUsage();
        await run();
        const { user, system } = process.cpuUsage(before);
        // In the first round things are compiled.
        if (round > 0) nsPerByte.get(name)?.push(((user + system) * 1e3) / STRIPES / STRIPE_BYTES);
      }
    }
    const each = parts.map(({ name }) => ({ name, ns: median(nsPerByte.get(name) ?? []) ?? 0 }));
    const sum = each.reduce((total, { ns }) => total + ns, 0);
    const note = `were a put nothing but its parts, each measured alone, in ns of processor time for a byte of the object: ${each.map(({ name, ns }) => `${name} ${ns.toFixed(2)}`).join(", ")}; middle of ${ROUNDS} rounds`;
    return { ...benchRow("store.ingest.parts-40.MBps", 1e3 / sum, "MB/s"), note };
  } finally {
    await source.close();
    await rm(directory, { recursive: true });
  }
}

async function partsOf(directory: string, source: FileHandle): Promise<readonly Part[]> {
  const suite = createNodeSuite();
  const bytes = shardBytesOf(STRIPE_BYTES, K);
  const codec = new Codecs().get(K, N, bytes);
  const cipher = new StripeCipher(suite, new Uint8Array(32), 2);
  const plain = new Uint8Array(STRIPE_BYTES);
  const chunk = new Uint8Array(CHUNK_BYTES);
  const stage = new AlignedMemory(ALIGN_BYTES + BLOCK_GROUP_BYTES, 1).take();
  const target = await (await openNodeFiles(directory)).open("target", true);
  const each = (work: (stripe: number) => void) => (): void => {
    for (let stripe = 0; stripe < STRIPES; stripe++) work(stripe);
  };
  const place = { layer: 0, isLast: false };
  return [
    { name: "read", run: () => readAll(source, chunk, plain) },
    {
      name: "seal",
      run: each((stripe) => cipher.sealStripeAcross(stripe, place, plain, codec.dataShards(bytes))),
    },
    { name: "code", run: each(() => void codec.encode(bytes)) },
    { name: "hash", run: each(() => void new LeafHashes(suite, codec.leafInputs(bytes)).all()) },
    {
      name: "copy",
      run: each(() => {
        const shards = codec.encode(bytes, K, K);
        for (let index = 0; index < N; index++) {
          stage.set(shards[index] ?? plain, (index * bytes) % (stage.length - bytes));
        }
      }),
    },
    {
      name: "write",
      run: async () => {
        const all = (STRIPES * N * bytes) / BLOCK_GROUP_BYTES;
        for (let group = 0; group < all; group++) {
          await target.write([stage.subarray(0, BLOCK_GROUP_BYTES)], group * BLOCK_GROUP_BYTES);
          await target.sync();
        }
      },
    },
  ];
}

/** As a caller reads a file piece by piece, and a put gathers the pieces. */
async function readAll(source: FileHandle, chunk: Uint8Array, plain: Uint8Array): Promise<void> {
  for (let at = 0; at < STRIPES * STRIPE_BYTES; at += CHUNK_BYTES) {
    await source.read(chunk, 0, CHUNK_BYTES, at);
    plain.set(chunk, at % STRIPE_BYTES);
  }
}
