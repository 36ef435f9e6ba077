import { randomBytes } from "node:crypto";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { Coefficients } from "../../src/store/audit/coefficients.ts";
import { type Judgement, judge, type Testimony } from "../../src/store/audit/judge.ts";
import { fragmentsPerChallenge, replyWidth } from "../../src/store/audit/layers.ts";
import { AUDIT_BLOCK_BYTES, AUDIT_REPLY_BYTES } from "../../src/store/audit/limits.ts";
import { commitmentOf } from "../../src/store/audit/prove.ts";
import { blockCount, blockSummer, fold } from "../../src/store/audit/sum.ts";
import { ErasureCodec } from "../../src/store/erasure/index.ts";
import { LAYERS_MAX } from "../../src/store/limits.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const N = 40;
/** The gentle profile's codes; the sizes are those of a photo of some 3 MB. */
const LAYERS = [
  { k: 3, shardBytes: 10_000 },
  { k: 10, shardBytes: 50_000 },
  { k: 20, shardBytes: 120_000 },
] as const;
const suite = createNodeSuite();
const random = { bytes: randomBytes, u32: () => randomBytes(4).readUInt32BE(), fork: () => random };

/** Shards of all fragments, layer by layer. */
function makeObject(scale = 1): Uint8Array[][] {
  return LAYERS.map(({ k, shardBytes: fullBytes }) => {
    const shardBytes = fullBytes / scale;
    const codec = new ErasureCodec({ k, n: N, shardBytesMax: shardBytes });
    for (const shard of codec.dataShards(shardBytes)) shard.set(randomBytes(shardBytes));
    return codec.encode(shardBytes).map((shard) => shard.slice());
  });
}

function coefficientsOf(seed: Uint8Array): Coefficients {
  return new Coefficients(suite, new Uint8Array(32), `fd${"0".repeat(30)}`, seed);
}

/** What the holder of fragment `index` answers. */
function answer(object: Uint8Array[][], index: number, seed: Uint8Array, width: number): Testimony {
  const coefficients = coefficientsOf(seed);
  const reply = new Uint8Array(width * LAYERS.length);
  for (const [layer, shards] of object.entries()) {
    const shard = shards[index] ?? new Uint8Array(0);
    const sum = new Uint8Array(AUDIT_BLOCK_BYTES);
    const factors = coefficients.ofStripe(layer, blockCount(shard.length));
    blockSummer().add(sum, shard, factors);
    const folds = coefficients.ofFold(layer, AUDIT_BLOCK_BYTES / width);
    reply.set(fold(sum, width, folds), layer * width);
  }
  return { index, reply };
}

function answers(object: Uint8Array[][], width: number): { all: Testimony[]; seed: Uint8Array } {
  const seed = randomBytes(32);
  return { seed, all: Array.from({ length: N }, (_, i) => answer(object, i, seed, width)) };
}

function judged(all: readonly Testimony[], width: number): Judgement {
  const layers = LAYERS.map(({ k }, i) => ({ k, firstStripe: i, stripes: 1 }));
  return judge(layers, width, all, random);
}

/** What a holder may have changed, in a shard. */
type Damage = (shard: Uint8Array) => void;

const change = (shard: Uint8Array, at: number): void => {
  shard[at] = (shard[at] ?? 0) ^ (1 + (random.u32() % 255));
};
const oneByte: Damage = (shard) => change(shard, random.u32() % shard.length);
/** The most that can be hidden: two bytes in one column, which may cancel each other out. */
const twoInAColumn: Damage = (shard) => {
  const block = 1 + (random.u32() % (blockCount(shard.length) - 2));
  const column = random.u32() % AUDIT_BLOCK_BYTES;
  change(shard, column);
  change(shard, block * AUDIT_BLOCK_BYTES + column);
};

/** Per cent of challenges in which exactly the damaged fragment is found. */
function caughtPercent(trials: number, width: number, damage: Damage, scale = 1): number {
  const object = makeObject(scale);
  let caught = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { all, seed } = answers(object, width);
    const index = random.u32() % N;
    const shards = object[random.u32() % LAYERS.length] ?? [];
    const sound = shards[index] ?? new Uint8Array(0);
    shards[index] = sound.slice();
    damage(shards[index]);
    all[index] = answer(object, index, seed, width);
    shards[index] = sound;
    const { findings } = judged(all, width);
    const expected = all.map((_, i) => (i === index ? "wrong" : "proved"));
    if (findings.every((finding, i) => finding === expected[i])) caught++;
  }
  return (100 * caught) / trials;
}

function honestPercent(trials: number, width: number): number {
  const object = makeObject();
  let passed = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { all } = answers(object, width);
    if (judged(all, width).findings.every((finding) => finding === "proved")) passed++;
  }
  return (100 * passed) / trials;
}

function cpuSeconds(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

/** Objects per second of an auditor's CPU: opening 40 commitments and judging three layers. */
function objectsPerSecond(objects: number): number {
  const width = replyWidth(1, LAYERS.length);
  const { all } = answers(makeObject(), width);
  const nonce = randomBytes(16);
  const action = (): void => {
    for (let i = 0; i < objects; i++) {
      for (const { index, reply } of all) commitmentOf(suite, nonce, { indices: [index], reply });
      if (judged(all, width).findings.includes("wrong")) throw new Error("An honest audit failed.");
    }
  };
  action();
  return objects / cpuSeconds(action);
}

/** MB/s at which a holder sums up what it keeps, coefficients included. */
function holderSpeed(shardBytes: number, shards: number): number {
  const shard = randomBytes(shardBytes);
  const sum = new Uint8Array(AUDIT_BLOCK_BYTES);
  const coefficients = coefficientsOf(randomBytes(32));
  const action = (): void => {
    for (let i = 0; i < shards; i++) {
      blockSummer().add(sum, shard, coefficients.ofStripe(i, blockCount(shardBytes)));
    }
  };
  action();
  return (shardBytes * shards) / 1e6 / cpuSeconds(action);
}

/** Longest answer of a holder, whatever the number of its fragments and the object's layers. */
function longestReply(): number {
  let most = 0;
  for (let layers = 1; layers <= LAYERS_MAX; layers++) {
    for (let fragments = 1; fragments <= fragmentsPerChallenge(layers); fragments++) {
      most = Math.max(most, fragments * layers * replyWidth(fragments, layers));
    }
  }
  return most;
}

/**
 * Audits of an object in three layers with 40 holders: what is caught, what it costs on the wire,
 * for the auditor and for a holder.
 */
export async function auditRows(options: BenchOptions): Promise<BenchRow[]> {
  const trials = options.full ? 5_000 : 300;
  const width = replyWidth(1, LAYERS.length);
  const worst = 10 * trials;
  const rows = [
    benchRow("store.audits.honest.percent", honestPercent(trials, width), "%"),
    benchRow("store.audits.byte-caught.percent", caughtPercent(trials, width, oneByte), "%"),
  ].map((row) => ({ ...row, note: `${trials} challenges` }));
  const hidden = caughtPercent(worst, 1, twoInAColumn, 20);
  rows.push({
    ...benchRow("store.audits.worst-caught.percent", hidden, "%"),
    note: `${worst} challenges with replies of one byte; two bytes that may cancel out: 99.2 expected`,
  });
  const framed = `besides it 21 bytes of frame and nonce; a reply has at most ${AUDIT_REPLY_BYTES}`;
  return [
    ...rows,
    { ...benchRow("store.audits.reply.bytes", longestReply(), "B"), note: framed },
    {
      ...benchRow("store.audits.objects-per-second", objectsPerSecond(400), "objects/s"),
      note: "CPU of the auditor: 40 commitments and three layers per object, without the network",
    },
    {
      ...benchRow("store.audits.holder.MBps", holderSpeed(65_536, 2_000), "MB/s"),
      note: "CPU of a holder on shards of 64 KiB in memory; the disk comes on top",
    },
  ];
}
