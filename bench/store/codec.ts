import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allowRelaxedSimd } from "../../src/adapters/node/relaxed-simd.ts";
import { ErasureCodec } from "../../src/store/erasure/index.ts";
import { type CodecRival, type CodecSpeeds, codecRivals } from "../rivals/erasure.ts";
import { type BenchOptions, type BenchRival, type BenchRow, benchRow, median } from "../row.ts";

const OBJECT_BYTES = 16 * 2 ** 20;
const ROUNDS = 15;
const REPEATS = 4;
const CODES = [
  [10, 30],
  [20, 40],
  [32, 96],
] as const;
const TASKS = ["encode", "decode"] as const;
/** The rival that the goals of issue 5 speak of. */
const YARDSTICK = "ISA-L AVX2";

function cpuMicroseconds(action: () => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < REPEATS; i++) action();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / REPEATS;
}

/** Our codec on one object; decoding has lost all data. */
class Subject {
  readonly #codec: ErasureCodec;
  readonly #shardBytes: number;
  readonly #object: readonly Uint8Array[];
  readonly #indices: readonly number[];

  constructor(k: number, n: number) {
    this.#shardBytes = Math.ceil(OBJECT_BYTES / k);
    this.#codec = new ErasureCodec({ k, n, shardBytesMax: this.#shardBytes });
    this.#object = Array.from({ length: k }, (_, shard) =>
      Uint8Array.from({ length: this.#shardBytes }, (_, i) => Math.imul(i + shard, 40503) >>> 7),
    );
    // Spread over the parity: a row of neighbours would suit the transform better than most.
    this.#indices = Array.from({ length: k }, (_, i) => k + Math.floor((i * (n - k)) / k));
  }

  get kernel(): string {
    return this.#codec.kernel;
  }

  round(): CodecSpeeds {
    const data = this.#codec.dataShards(this.#shardBytes);
    for (const [i, shard] of this.#object.entries()) data[i]?.set(shard);
    const encode = cpuMicroseconds(() => this.#codec.encode(this.#shardBytes));
    for (const shard of data) shard.fill(0);
    const decode = cpuMicroseconds(() => {
      this.#codec.loadShards(this.#indices, this.#shardBytes);
      this.#codec.decode();
    });
    const isExact = data.every((shard, i) => Buffer.compare(shard, this.#object[i] ?? shard) === 0);
    if (!isExact) throw new RangeError("The codec did not rebuild the object.");
    return { encode: OBJECT_BYTES / encode, decode: OBJECT_BYTES / decode };
  }
}

function measure(k: number, n: number, rivals: readonly CodecRival[]): BenchRow[] {
  const subject = new Subject(k, n);
  subject.round();
  const ours: CodecSpeeds[] = [];
  const theirs = rivals.map((): CodecSpeeds[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(subject.round());
    for (const [i, rival] of rivals.entries()) {
      if (rival.round) theirs[i]?.push(rival.round(k, n));
    }
  }
  const note = `${OBJECT_BYTES >> 20} MiB, CPU time of one core, middle of ${ROUNDS} interleaved rounds, ${subject.kernel} kernel`;
  return TASKS.flatMap((task) => {
    const middle = (speeds: readonly CodecSpeeds[] = []): number | null =>
      median(speeds.map((speed) => speed[task]));
    const others = rivals.map(
      ({ name, note }, i): BenchRival => ({ name, note, value: middle(theirs[i]) }),
    );
    const value = middle(ours);
    const yardstick = others.find(({ name }) => name === YARDSTICK)?.value ?? null;
    const ratio = value === null || yardstick === null ? null : value / yardstick;
    return [
      { ...benchRow(`store.codec.${task}.${k}-${n}.MBps`, value, "MB/s", others), note },
      benchRow(`store.codec.${task}.${k}-${n}.over-isal`, ratio, "x"),
    ];
  });
}

/**
 * Speed of the erasure codec: object bytes per second of CPU time on one core. Decoding is the
 * worst case, all data fragments lost. The ratios are to ISA-L on AVX2.
 */
export function codecRows(_: BenchOptions): Promise<BenchRow[]> {
  allowRelaxedSimd();
  const directory = mkdtempSync(join(tmpdir(), "peernet-bench-"));
  try {
    const rivals = codecRivals(directory, OBJECT_BYTES);
    return Promise.resolve(CODES.flatMap(([k, n]) => measure(k, n, rivals)));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
