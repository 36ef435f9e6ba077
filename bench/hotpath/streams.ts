import { type StreamRival, streamRivals } from "../rivals/streams.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { startStreamChain } from "./stream-peer.ts";

interface Runner {
  readonly name: string;
  readonly note: string;
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
      for (const { name, round: once } of runners) {
        const value = await once();
        if (round >= 0) found.set(name, [...(found.get(name) ?? []), value]);
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

async function ourRunner(bytes: number): Promise<Runner> {
  const peers = await startStreamChain(1, "udp");
  const [first, last] = peers;
  return {
    ...{ name: "peernet", note: "" },
    round: async () =>
      first === undefined || last === undefined ? Number.NaN : first.sendTo(last, bytes),
    end: () => {
      for (const peer of peers) peer.end();
    },
  };
}

async function startAll(rivals: readonly StreamRival[], bytes: number): Promise<Runner[]> {
  const runners: Runner[] = [];
  for (const { name, note, start } of rivals) {
    const run = await start?.(bytes).catch((error: unknown) => {
      console.error(`stream, ${name}: ${String(error)}`);
    });
    if (run) runners.push({ name, note, round: () => run.round(), end: () => run.end() });
  }
  return runners;
}
