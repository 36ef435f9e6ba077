import { chainOf, inLab, pause } from "../routing/netns-rig.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { peernetCarrier } from "./carriers.ts";
import { iperf, residentMB, serveIperf } from "./tools.ts";

const HOPS = 2;
const SAMPLE_MS = 500;

/** Resident memory of a peer that relays one TCP connection as fast as it can. */
export async function memoryRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const seconds = full ? 600 : 30;
  const samples = await inLab(
    HOPS + 1,
    chainOf(HOPS + 1),
    async (lab) => {
      const { address, pids } = await peernetCarrier().start(lab);
      await serveIperf(lab.host(HOPS));
      const limitMs = (seconds + 60) * 1_000;
      const load = iperf(lab.host(0), address, ["-t", String(seconds)], limitMs);
      const found = sample(pids[1] ?? 0, seconds);
      return (await Promise.all([found, load]))[0];
    },
    true,
  );
  const third = Math.floor(samples.length / 3);
  const [first, last] = [median(samples.slice(0, third)), median(samples.slice(-third))];
  const growth = first === null || last === null ? null : 100 * (last / first - 1);
  const note = `${seconds} s of iperf3 through it, the last third of the samples against the first`;
  return [
    { ...benchRow("hotpath.memory.relay.rss.MB", Math.max(...samples), "MB"), note },
    { ...benchRow("hotpath.memory.relay.growth.percent", growth, "%"), note },
  ];
}

async function sample(pid: number, seconds: number): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let left = (seconds * 1_000) / SAMPLE_MS; left > 0; left--) {
    await pause(SAMPLE_MS);
    samples.push(residentMB(pid));
  }
  return samples;
}
