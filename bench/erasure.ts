import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ErasureCodec } from "../src/store/erasure/index.ts";
import { debianPackage } from "./rivals/debian.ts";
import { type BenchRival, type BenchRow, benchRow, median } from "./row.ts";

const OBJECT_BYTES = 16 * 2 ** 20;
const ROUNDS = 7;
const REPEATS = 4;
const CODES = [
  [10, 30],
  [20, 40],
  [32, 64],
] as const;

/** Object bytes per microsecond of CPU time, which is MB/s with MB = 10^6. */
interface Speeds {
  readonly encode: number;
  readonly decode: number;
}

/** Something that runs one round for a code, all of it on one core. */
interface Contender {
  readonly name: string;
  readonly note: string;
  readonly round: ((k: number, n: number) => Speeds) | null;
}

function cpuMicroseconds(action: () => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < REPEATS; i++) action();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / REPEATS;
}

/** Our codec on one object; decoding has lost all data and the first of the parity. */
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
    this.#indices = Array.from({ length: k }, (_, i) => n - k + i);
  }

  round(): Speeds {
    const data = this.#codec.dataShards(this.#shardBytes);
    for (const [i, shard] of this.#object.entries()) data[i]?.set(shard);
    const encode = cpuMicroseconds(() => this.#codec.encode(this.#shardBytes));
    for (const shard of data) shard.fill(0);
    const decode = cpuMicroseconds(() => {
      this.#codec.loadShards(this.#indices, this.#shardBytes);
      this.#codec.decode();
    });
    const isExact = data.every((shard, i) => Buffer.compare(shard, this.#object[i] ?? shard) === 0);
    if (!isExact) throw new Error("The codec did not rebuild the object.");
    return { encode: OBJECT_BYTES / encode, decode: OBJECT_BYTES / decode };
  }
}

/** Runs a rival's program once; it prints both speeds. */
function runRival(command: string, args: readonly string[], k: number, n: number): Speeds {
  const output = execFileSync(command, [...args, `${k}`, `${n}`, `${OBJECT_BYTES}`]).toString();
  const [encode = Number.NaN, decode = Number.NaN] = output.trim().split(" ").map(Number);
  return { encode, decode };
}

function isal(directory: string): Contender {
  const name = "ISA-L";
  const version = debianPackage("libisal-dev");
  if (version === null) {
    return { name, note: "Debian package libisal-dev is missing", round: null };
  }
  const program = join(directory, "isal");
  try {
    const source = "bench/rivals/erasure-isal.c";
    execFileSync("cc", ["-O2", "-o", program, source, "-lisal"], { stdio: "pipe" });
  } catch {
    return { name, note: "no C compiler (cc) to build it with", round: null };
  }
  const note = `Debian libisal-dev ${version}, the widest vectors of this CPU, one thread`;
  return { name, note, round: (k, n) => runRival(program, [], k, n) };
}

function zfec(): Contender {
  const name = "zfec";
  const version = debianPackage("python3-zfec");
  if (version === null) {
    return { name, note: "Debian package python3-zfec is missing", round: null };
  }
  const script = "bench/rivals/erasure-zfec.py";
  const note = `Debian python3-zfec ${version}, one thread`;
  return { name, note, round: (k, n) => runRival("/usr/bin/python3", [script], k, n) };
}

function measure(k: number, n: number, rivals: readonly Contender[]): BenchRow[] {
  const subject = new Subject(k, n);
  subject.round();
  const ours: Speeds[] = [];
  const theirs = rivals.map((): Speeds[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(subject.round());
    for (const [i, rival] of rivals.entries()) {
      if (rival.round) theirs[i]?.push(rival.round(k, n));
    }
  }
  return (["encode", "decode"] as const).map((task) => {
    const medianOf = (speeds: readonly Speeds[] = []): number | null =>
      median(speeds.map((speed) => speed[task]));
    const rows = rivals.map(
      ({ name, note }, i): BenchRival => ({ name, note, value: medianOf(theirs[i]) }),
    );
    return benchRow(`erasure.${task}.${k}-${n}.MBps`, medianOf(ours), "MB/s", rows);
  });
}

/**
 * Speed of the erasure codec on 16 MiB objects: object bytes per second of CPU time on one core,
 * median of interleaved rounds. Decoding is the worst case, all data fragments lost.
 */
export async function run(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), "peernet-bench-"));
  try {
    const rivals = [isal(directory), zfec()];
    return CODES.flatMap(([k, n]) => measure(k, n, rivals));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
