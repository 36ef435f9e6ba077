import { createNodeSuite } from "../src/adapters/node/crypto.ts";
import { NodeAeadKey } from "../src/adapters/node/crypto-aead.ts";
import type { AeadKey, AeadName } from "../src/crypto/suite.ts";
import { type BenchRow, benchRow, median } from "./row.ts";

const ROUNDS = 9;
const ROUND_BYTES = 4 * 2 ** 20;
const ROUND_OPERATIONS = 4_000;
const SIZES = [64, 1_200, 8_192, 65_536];
const AEADS = ["aes-256-gcm", "chacha20-poly1305"] as const;
const ASSOCIATED = new Uint8Array(17);
const NONCE = new Uint8Array(12);

/** CPU nanoseconds of one call. */
function cost(calls: number, action: () => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) action();
  const used = process.cpuUsage(before);
  return ((used.user + used.system) * 1_000) / calls;
}

interface Costs {
  readonly seal: number;
  readonly open: number;
}

function round(key: AeadKey, plain: Uint8Array): Costs {
  const calls = Math.min(ROUND_OPERATIONS, Math.ceil(ROUND_BYTES / plain.length));
  const sealed = key.seal(NONCE, ASSOCIATED, plain);
  if (key.open(NONCE, ASSOCIATED, sealed)?.length !== plain.length) {
    throw new RangeError("The key did not open what it sealed.");
  }
  return {
    seal: cost(calls, () => void key.seal(NONCE, ASSOCIATED, plain)),
    open: cost(calls, () => void key.open(NONCE, ASSOCIATED, sealed)),
  };
}

function measure(name: AeadName, size: number): BenchRow[] {
  const secret = new Uint8Array(32).fill(7);
  const plain = new Uint8Array(size).fill(3);
  const [ours, theirs] = [createNodeSuite().aead(name, secret), new NodeAeadKey(name, secret)];
  const [our, their]: [Costs[], Costs[]] = [[], []];
  // The first rounds warm up and are not counted.
  for (let i = -2; i < ROUNDS; i++) {
    const costs = [round(ours, plain), round(theirs, plain)] as const;
    if (i < 0) continue;
    our.push(costs[0]);
    their.push(costs[1]);
  }
  return (["seal", "open"] as const).map((task) => {
    const value = median(our.map((one) => one[task]));
    const rival = median(their.map((one) => one[task]));
    const note = "the way without FFI, interleaved in the same process";
    const rivals = [{ name: "node:crypto", value: rival, note }];
    return benchRow(`crypto.${task}.${name}.${size}.ns`, value, "ns", rivals);
  });
}

/** CPU time of sealing and opening one message, as a peer does it here and by node:crypto. */
export async function run(): Promise<BenchRow[]> {
  return AEADS.flatMap((name) => SIZES.flatMap((size) => measure(name, size)));
}
