import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHILD } from "../hotpath/role.ts";
import { ingestRivals } from "../rivals/ingest.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { INGEST_TASK, type IngestFigures, type IngestTask } from "./ingest-child.ts";
import { ingestPartsRow } from "./ingest-parts.ts";

const ROUNDS = 5;
const MIB = 1 << 20;
const OBJECT_BYTES = 256 * MIB;
/** V8 compiles for longer than one would think: a put of half as much is not warm yet. */
const WARM_BYTES = 128 * MIB;
/** The file whose put must not fill the memory, and the one that stands for it. */
const LARGE_BYTES = 4_096 * MIB;
const REDUCED_BYTES = 512 * MIB;
const ROOTS = [40, 64] as const;

/** What one put by a process of its own came to. */
interface Ingested extends IngestFigures {
  /** Most memory that was resident at a time, in MB. */
  readonly peakMB: number;
}

/**
 * A whole put: seal, code 20 of 40, hash, write and flush, on the disks of a real peer. Bytes of
 * the object per second of processor time, all threads counted.
 */
export async function ingestRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), "peernet-bench-"));
  try {
    const file = join(directory, "object");
    await writePattern(file, OBJECT_BYTES);
    const speeds = await speedRows(directory, file);
    const rest = [await clockRow(directory, file), await memoryRow(directory, full)];
    return [...speeds, await ingestPartsRow(), ...rest];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function speedRows(directory: string, file: string): Promise<BenchRow[]> {
  const rivals = ingestRivals();
  const task = { file, warmBytes: WARM_BYTES, hasThreads: false };
  const ours = ROOTS.map((): Ingested[] => []);
  const theirs = rivals.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, nMax] of ROOTS.entries()) {
      ours[i]?.push(await ingest(directory, { ...task, nMax }));
    }
    for (const [i, rival] of rivals.entries()) {
      if (rival.round) theirs[i]?.push(rival.round(file, WARM_BYTES));
    }
  }
  const others = rivals.map(({ name, note }, i) => ({
    name,
    note,
    value: median(theirs[i] ?? []),
  }));
  return ROOTS.map((roots, i) => {
    const found = ours[i] ?? [];
    const middle = median(found.map(({ bytes, cpuUs }) => bytes / cpuUs));
    const wall = median(found.map(({ bytes, wallMs }) => bytes / wallMs / 1_000)) ?? 0;
    const note = `${OBJECT_BYTES / MIB} MiB, 20 of 40 with ${roots} roots, middle of ${ROUNDS} interleaved rounds; ${wall.toFixed(0)} MB/s by the clock`;
    return { ...benchRow(`store.ingest.roots-${roots}.MBps`, middle, "MB/s", others), note };
  });
}

/** By the clock, stripes made in threads; beside it the same put on one processor, in the same rounds. */
async function clockRow(directory: string, file: string): Promise<BenchRow> {
  const speeds: { readonly one: number[]; readonly all: number[] } = { one: [], all: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const hasThreads of [false, true]) {
      const task = { file, nMax: 64, warmBytes: WARM_BYTES, hasThreads };
      const { bytes, wallMs } = await ingest(directory, task);
      speeds[hasThreads ? "all" : "one"].push(bytes / wallMs / 1_000);
    }
  }
  const one = (median(speeds.one) ?? 0).toFixed(0);
  const note = `with 64 roots by the clock, stripes made by ${availableParallelism()} threads; ${one} MB/s without them`;
  return { ...benchRow("store.ingest.clock.MBps", median(speeds.all), "MB/s"), note };
}

async function memoryRow(directory: string, full: boolean): Promise<BenchRow> {
  const bytes = full ? LARGE_BYTES : REDUCED_BYTES;
  const file = join(directory, "large");
  const handle = await open(file, "w");
  await handle.truncate(bytes);
  await handle.close();
  const { peakMB, wallMs } = await ingest(directory, {
    file,
    nMax: 64,
    warmBytes: 0,
    hasThreads: true,
  });
  const note = `file of ${bytes / MIB} MiB, 64 roots, largest resident memory of the process, ${(wallMs / 1_000).toFixed(0)} s`;
  const row = { ...benchRow("store.ingest.rss.MB", peakMB, "MB"), note };
  return full ? row : { ...row, reduced: true };
}

async function writePattern(path: string, bytes: number): Promise<void> {
  const chunk = Uint8Array.from({ length: MIB }, (_, i) => Math.imul(i, 40_503) >>> 7);
  const file = await open(path, "w");
  for (let at = 0; at < bytes; at += MIB) await file.write(chunk);
  await file.close();
}

/** One put in a process and on disks of its own. */
async function ingest(parent: string, task: Omit<IngestTask, "directory">): Promise<Ingested> {
  const directory = mkdtempSync(join(parent, "disk-"));
  const environment = { [CHILD]: "ingest", [INGEST_TASK]: JSON.stringify({ ...task, directory }) };
  const profile = process.env["PEERNET_BENCH_PROF"];
  const words = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const child = spawn(process.execPath, [...words, fileURLToPath(import.meta.url)], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  try {
    const figures = await report(child);
    return { ...figures, peakMB: peakMB(child.pid ?? 0) };
  } finally {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.connected) child.disconnect();
    if (child.exitCode === null) await ended;
    rmSync(directory, { recursive: true });
  }
}

function report(child: ChildProcess): Promise<IngestFigures> {
  return new Promise((resolve, reject) => {
    child.once("message", (figures: IngestFigures) => resolve(figures));
    child.once("exit", (code) => reject(new RangeError(`The put ended with ${code}.`)));
  });
}

/** Most memory that was resident at a time, in MB. */
function peakMB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) * 1_024) / 1e6;
}
