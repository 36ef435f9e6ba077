import { createRequire } from "node:module";
import { join } from "node:path";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { NO_BYTES } from "../../src/base/bytes.ts";
import { type CryptoSuite, NoiseHandshake } from "../../src/crypto/index.ts";
import { testRandom } from "../../src/testing/index.ts";
import { createReferenceSuite } from "../../src/testing/reference-suite.ts";
import { rivalPackages } from "../rivals/npm.ts";
import { type BenchRival, type BenchRow, benchRow, median } from "../row.ts";
import { type Sodium, wasmSuite } from "./wasm-suite.ts";

const ROUNDS = 5;
const ROUND_MS = 300;
const NOISE_VERSION = "4.2.0";
const SODIUM_VERSION = "0.8.4";

/** One handshake of both sides, returning whether they agree. */
type Shake = () => boolean;

function rate(shake: Shake): number {
  const rates: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const start = performance.now();
    const before = process.cpuUsage();
    let count = 0;
    for (; performance.now() - start < ROUND_MS; count++) {
      if (!shake()) throw new RangeError("Both sides of a handshake do not agree.");
    }
    const used = process.cpuUsage(before);
    if (round >= 0) rates.push((count * 1e6) / (used.user + used.system));
  }
  return Math.round(median(rates) ?? 0);
}

function ours(suite: CryptoSuite): Shake {
  const random = testRandom("handshakes");
  const [first, second] = [suite.dhKey(random.bytes(32)), suite.dhKey(random.bytes(32))];
  const common = { suite, pattern: "IK" as const, prologue: NO_BYTES, random };
  return () => {
    const remoteStatic = second.publicKey;
    const a = new NoiseHandshake({ ...common, initiator: true, staticKey: first, remoteStatic });
    const b = new NoiseHandshake({ ...common, initiator: false, staticKey: second });
    b.readMessage(a.writeMessage(NO_BYTES));
    a.readMessage(b.writeMessage(NO_BYTES));
    return a.done && Buffer.compare(a.handshakeHash, b.handshakeHash) === 0;
  };
}

interface RivalNoise {
  readonly hash: Uint8Array;
  initialise(prologue: Uint8Array, remoteStatic?: Uint8Array): void;
  send(payload?: Uint8Array): Uint8Array;
  recv(message: Uint8Array): Uint8Array;
}

/** The Noise of Hyperswarm, over sodium-native. */
function rival(): BenchRival {
  const name = "noise-handshake";
  const installed = rivalPackages("noise-handshake", { [name]: NOISE_VERSION });
  if ("why" in installed) return { name, value: null, note: installed.why };
  try {
    const require = createRequire(join(installed.folder, "package.json"));
    const Noise: new (pattern: string, initiator: boolean, key: unknown) => RivalNoise =
      require(name);
    const curve: { generateKeyPair(): { readonly publicKey: Uint8Array } } = require(
      `${name}/dh.js`,
    );
    const [first, second] = [curve.generateKeyPair(), curve.generateKeyPair()];
    const value = rate(() => {
      const a = new Noise("IK", true, first);
      const b = new Noise("IK", false, second);
      a.initialise(Buffer.alloc(0), second.publicKey);
      b.initialise(Buffer.alloc(0));
      b.recv(a.send());
      a.recv(b.send());
      return Buffer.compare(a.hash, b.hash) === 0;
    });
    return { name, value, note: `${NOISE_VERSION}, IK over sodium-native` };
  } catch (error) {
    return { name, value: null, note: `does not run here: ${String(error)}` };
  }
}

async function wasmRow(): Promise<BenchRow> {
  const id = "messages.handshakes.wasm.per-second";
  const name = "libsodium-wrappers-sumo";
  const installed = rivalPackages("libsodium", { [name]: SODIUM_VERSION });
  if ("why" in installed) return { ...benchRow(id, null, "handshakes/s"), note: installed.why };
  const require = createRequire(join(installed.folder, "package.json"));
  const sodium: Sodium & { readonly ready: Promise<void> } = require(name);
  await sodium.ready;
  const row = benchRow(id, rate(ours(wasmSuite(sodium))), "handshakes/s");
  return { ...row, note: `our Noise IK over libsodium ${SODIUM_VERSION} as WebAssembly` };
}

/** Noise IK handshakes per second of one core that does the work of both sides. */
export async function run(): Promise<BenchRow[]> {
  const native = rate(ours(createNodeSuite()));
  const pure = rate(ours(createReferenceSuite()));
  return [
    benchRow("messages.handshakes.native.per-second", native, "handshakes/s", [rival()]),
    await wasmRow(),
    {
      ...benchRow("messages.handshakes.pure.per-second", pure, "handshakes/s"),
      note: "JavaScript alone (@noble)",
    },
  ];
}
