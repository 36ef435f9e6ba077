import type { Lab } from "../../test/netns/lab.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { type Contender, FAR_END, streamFlow, tunFlow } from "./contenders.ts";
import { impairedPath } from "./paths.ts";
import { iperf, receivedMbps } from "./tools.ts";

const BITS_PER_SECOND = 50e6;
const HALF_MS = 10;
/** One bandwidth-delay product. */
const QUEUE_BYTES = (BITS_PER_SECOND / 8) * ((2 * HALF_MS) / 1_000);
const CUBIC_PORT = 5_203;
const WARM_SECONDS = 2;

/** What share of a narrow path a CUBIC flow keeps beside one bulk flow of ours. */
export async function fairnessRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const seconds = full ? 30 : 10;
  const rows: BenchRow[] = [];
  for (const make of [tunFlow, streamFlow]) {
    const shares: number[] = [];
    const ours: number[] = [];
    let name = "";
    for (let round = 0; round < (full ? 5 : 1); round++) {
      let cubicMbps = Number.NaN;
      const contender = make(async (lab) => {
        cubicMbps = await cubicFlow(lab, seconds);
      });
      name = contender.name;
      try {
        ours.push(await onNarrowPath(contender, seconds));
        shares.push((cubicMbps * 1e6) / BITS_PER_SECOND);
      } catch (error) {
        console.error(`fairness, ${name}: ${String(error)}`);
      }
    }
    const row = benchRow(`hotpath.fair.${name}.cubic.share`, median(shares), "share");
    const mbps = median(ours)?.toFixed(1) ?? "-";
    rows.push({ ...row, note: `50 Mbit/s, 20 ms, queue of 125 kB; ours had ${mbps} Mbit/s` });
  }
  return rows;
}

function onNarrowPath(contender: Contender, seconds: number): Promise<number> {
  const limits = { bitsPerSecond: BITS_PER_SECOND, queueBytes: QUEUE_BYTES, delayMs: HALF_MS };
  return impairedPath("fair", limits).run((lab) => contender.flow(lab, seconds));
}

/** Mbit/s of a flow of the kernel on the bare path. */
async function cubicFlow(lab: Lab, seconds: number): Promise<number> {
  const [from, to] = [lab.host(0), lab.host(1)];
  to.spawn("iperf3", ["-s", "-p", String(CUBIC_PORT)]);
  const words = ["-C", "cubic", "-O", String(WARM_SECONDS), "-t", String(seconds)];
  return receivedMbps(await iperf(from, FAR_END, words, undefined, CUBIC_PORT));
}
