import { type StreamRival, streamRivals } from "../rivals/streams.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { startStreamChain } from "./stream-peer.ts";
import { cpuSeconds } from "./tools.ts";

interface Runner {
  readonly name: string;
  readonly pids: readonly number[];
  readonly round: () => Promise<number>;
  readonly end: () => void;
}

/** After a pause Linux lets both ends share one core for the first 50 ms, which is to count for little. */
const ROUND_BYTES: number = 2 ** 30;
/** For how long each contender sends before anything is counted: code has to be compiled first. */
const WARM_MS = 3_000;

/** One encrypted stream between two processes on this machine, against those of others. */
export async function streamRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const bytes = ROUND_BYTES;
  const rounds = full ? 9 : 5;
  const rivals = streamRivals();
  const runners = [await ourRunner(bytes), ...(await startAll(rivals, bytes))];
  const found = new Map<string, StreamFigures[]>();
  try {
    for (const runner of runners) await warm(runner, bytes);
    for (let round = 0; round < rounds; round++) {
      for (const runner of runners) {
        const value = await roundOf(runner, bytes);
        if (value === null) continue;
        found.set(runner.name, [...(found.get(runner.name) ?? []), value]);
      }
    }
  } finally {
    for (const runner of runners) runner.end();
  }
  const middle = (name: string, key: keyof StreamFigures): number | null =>
    median((found.get(name) ?? []).map((figures) => figures[key]));
  const row = (id: string, key: keyof StreamFigures, unit: string): BenchRow => {
    const others = rivals.map(({ name, note }) => ({ name, note, value: middle(name, key) }));
    return benchRow(`hotpath.stream.${id}`, middle("peernet", key), unit, others);
  };
  const { value: ours, rivals: others } = row("MBps", "megabytesPerSecond", "MB/s");
  const ratios = others.map(({ name, value }) =>
    benchRow(
      `hotpath.stream.over-${name}`,
      ours === null || value === null ? null : ours / value,
      "x",
    ),
  );
  const note = `${bytes >> 20} MiB over loopback, middle of ${rounds} interleaved rounds, each contender ${WARM_MS / 1_000} s under way before`;
  const rows = [
    row("MBps", "megabytesPerSecond", "MB/s"),
    ...ratios,
    row("cpu.both", "cpuUsPerMB", "us/MB"),
  ];
  return rows.map((one) => ({ ...one, note }));
}

async function warm(runner: Runner, bytes: number): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < WARM_MS && (await roundOf(runner, bytes)) !== null) {
    // Whatever comes of it is not counted.
  }
}

interface StreamFigures {
  readonly megabytesPerSecond: number;
  /** Processor time of both ends. */
  readonly cpuUsPerMB: number;
}

/** Null where it broke: the others go on. */
async function roundOf(
  { name, pids, round }: Runner,
  bytes: number,
): Promise<StreamFigures | null> {
  try {
    const before = cpuSeconds(pids);
    const megabytesPerSecond = await round();
    return { megabytesPerSecond, cpuUsPerMB: ((cpuSeconds(pids) - before) * 1e12) / bytes };
  } catch (error) {
    console.error(`stream, ${name}: ${String(error)}`);
    return null;
  }
}

async function ourRunner(bytes: number): Promise<Runner> {
  const peers = await startStreamChain(1, "udp");
  const [first, last] = peers;
  return {
    name: "peernet",
    pids: peers.map(({ process: { pid } }) => pid ?? 0),
    round: async () =>
      first === undefined || last === undefined ? Number.NaN : first.sendTo(last, bytes),
    end: () => {
      for (const peer of peers) peer.end();
    },
  };
}

async function startAll(rivals: readonly StreamRival[], bytes: number): Promise<Runner[]> {
  const runners: Runner[] = [];
  for (const { name, start } of rivals) {
    const run = await start?.(bytes).catch((error: unknown) => {
      console.error(`stream, ${name}: ${String(error)}`);
    });
    if (run) runners.push({ name, ...run });
  }
  return runners;
}
