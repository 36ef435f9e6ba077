import { createNodeSuite } from "../src/adapters/node/crypto.ts";
import { runScenario } from "../src/simulation/scenario.ts";
import { createToySuite } from "../src/simulation/toy-suite.ts";
import { type BenchRow, benchRow } from "./row.ts";

const WARM_UP_SEED = 0;
const SEEDS = 10;
/** Peers of a run; PEERNET_BENCH_N chooses another number, and the rows then have it in their ids. */
const PEERS = 16;
const size = Number(process.env["PEERNET_BENCH_N"] ?? PEERS);

/** One kind of cryptography in ten runs of the suite's scenario. */
function measure(name: string, suite: ReturnType<typeof createNodeSuite>): BenchRow[] {
  runScenario({ seed: WARM_UP_SEED, suite, size });
  const before = process.cpuUsage();
  let events = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = runScenario({ seed, suite, size });
    events += result.events;
    console.error(`${name}: seed ${seed} ends in ${result.hash}`);
  }
  const used = process.cpuUsage(before);
  const seconds = (used.user + used.system) / 1_000_000;
  const room = size === PEERS ? "simulation" : `simulation-${size}`;
  return [
    benchRow(`${room}.${name}.seeds-per-minute`, (60 * SEEDS) / seconds, "seeds/min"),
    benchRow(`${room}.${name}.events-per-second`, events / seconds, "events/s"),
  ];
}

/**
 * How much of whole peers one CPU core simulates: 16 peers under 20 % loss, partitions and
 * crashes, with the real cryptography and with the toy. Events are frames, wake-ups and answers
 * of disks. The final states go to stderr.
 */
export async function run(): Promise<BenchRow[]> {
  const real = createNodeSuite();
  return [...measure("real-crypto", real), ...measure("toy-crypto", createToySuite(real))];
}
