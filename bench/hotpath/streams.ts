import { type StreamRival, streamRivals } from "../rivals/streams.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { startStreamChain } from "./stream-peer.ts";

interface Runner {
  readonly name: string;
  readonly round: () => Promise<number>;
  readonly end: () => void;
}

/** One encrypted stream between two processes on this machine, against those of others. */
export async function streamRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const bytes = (full ? 256 : 64) << 20;
  const rounds = full ? 5 : 3;
  const rivals = streamRivals();
  const runners = [await ourRunner(bytes), ...(await startAll(rivals, bytes))];
  const found = new Map<string, number[]>();
  try {
    // The first round warms up and is not counted.
    for (let round = -1; round < rounds; round++) {
      for (const runner of runners) {
        const value = await roundOf(runner);
        if (value === null || round < 0) continue;
        found.set(runner.name, [...(found.get(runner.name) ?? []), value]);
      }
    }
  } finally {
    for (const runner of runners) runner.end();
  }
  const middle = (name: string): number | null => median(found.get(name) ?? []);
  const others = rivals.map(({ name, note }) => ({ name, note, value: middle(name) }));
  const ours = middle("peernet");
  const ratios = others.map(({ name, value }) =>
    benchRow(
      `hotpath.stream.over-${name}`,
      ours === null || value === null ? null : ours / value,
      "x",
    ),
  );
  const note = `${bytes >> 20} MiB over loopback, middle of ${rounds} interleaved rounds`;
  return [benchRow("hotpath.stream.MBps", ours, "MB/s", others), ...ratios].map((row) => ({
    ...row,
    note,
  }));
}

/** MB/s, or null where it broke: the others go on. */
async function roundOf({ name, round }: Runner): Promise<number | null> {
  try {
    return await round();
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
    if (run) runners.push({ name, round: () => run.round(), end: () => run.end() });
  }
  return runners;
}
