import { type FileHandle, open } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { openBlockStore } from "../../src/adapters/node/blocks.ts";
import { createNodeClock } from "../../src/adapters/node/clock.ts";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { STRIPE_THREADS_MAX } from "../../src/adapters/node/limits.ts";
import { returnSpareMemory } from "../../src/adapters/node/native/spare-memory.ts";
import { createNodeRandom } from "../../src/adapters/node/random.ts";
import { openRecordStore } from "../../src/adapters/node/records.ts";
import { allowRelaxedSimd } from "../../src/adapters/node/relaxed-simd.ts";
import { StripeThreads } from "../../src/adapters/node/stripes/threads.ts";
import { compileSooner } from "../../src/adapters/node/warm-code.ts";
import { collectAlone, holdYoungGeneration } from "../../src/adapters/node/young-generation.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { Store } from "../../src/store/index.ts";
import { startBarePeer } from "../hotpath/bare-peer.ts";

/** What the child is told, as JSON in this variable of its environment. */
export const INGEST_TASK = "PEERNET_BENCH_INGEST";

/** One put to measure. */
export interface IngestTask {
  /** Where the disks are made. */
  readonly directory: string;
  readonly file: string;
  readonly nMax: number;
  /** Bytes of the file put before, so that everything is compiled. */
  readonly warmBytes: number;
  /** Whether stripes are made in threads, on all processors. */
  readonly hasThreads: boolean;
}

/** What a put took. */
export interface IngestFigures {
  readonly bytes: number;
  /** Processor time of the whole process, all its threads. */
  readonly cpuUs: number;
  readonly wallMs: number;
}

/** Pieces of a stripe: how the file is read is not what is measured, and each read costs a thread's turn. */
const CHUNK_BYTES = 1 << 20;

/** Puts a file into a store on real disks; reports and waits to be ended, so that its memory can be read. */
export async function runIngest(): Promise<void> {
  const task: IngestTask = JSON.parse(process.env[INGEST_TASK] ?? "");
  allowRelaxedSimd();
  // As the daemon does.
  returnSpareMemory();
  holdYoungGeneration();
  compileSooner();
  collectAlone();
  const store = await openStore(task);
  const file = await open(task.file);
  const { size } = await file.stat();
  if (task.warmBytes > 0) await put(store, file, task.warmBytes, task.nMax);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await put(store, file, size, task.nMax);
  const { user, system } = process.cpuUsage(cpu);
  const figures: IngestFigures = {
    bytes: size,
    cpuUs: user + system,
    wallMs: performance.now() - startMs,
  };
  process.send?.(figures);
  process.once("disconnect", () => process.exit());
}

async function openStore({ directory, hasThreads }: IngestTask): Promise<Store> {
  const peer = await startBarePeer("ingest");
  const [records, blocks] = [
    await openRecordStore(join(directory, "records")),
    await openBlockStore(join(directory, "blocks")),
  ];
  const store = new Store({
    identity: peer.identity,
    suite: createNodeSuite(),
    clock: createNodeClock(),
    random: createNodeRandom(),
    log: SILENT_LOG,
    records,
    blocks,
    routing: peer.routing,
    session: peer.session,
    quotaBytes: 0,
    stripeMaker: hasThreads ? stripeThreads() : undefined,
    events: { onProgress: () => undefined, onObjectChanged: () => undefined },
  });
  await new Promise<void>((resolve, reject) => {
    store.load((error) => (error === undefined ? resolve() : reject(error)));
  });
  return store;
}

function stripeThreads(): StripeThreads {
  return new StripeThreads({
    workerFile: pathToFileURL(resolve("dist/adapters/node/stripes/worker.js")),
    count: Math.min(STRIPE_THREADS_MAX, availableParallelism()),
    suite: createNodeSuite(),
    log: SILENT_LOG,
    poke: () => undefined,
  });
}

/** Puts the first bytes of a file, as a caller does that reads them piece by piece. */
async function put(store: Store, file: FileHandle, bytes: number, nMax: number): Promise<void> {
  let drained = (): void => undefined;
  const options = { name: "ingest", k: 20, n: 40, nMax };
  await new Promise<void>((resolve, reject) => {
    const job = store.beginPut(options, {
      onDone: () => resolve(),
      onError: reject,
      onDrain: () => drained(),
    });
    const feed = async (): Promise<void> => {
      const chunk = new Uint8Array(CHUNK_BYTES);
      for (let at = 0; at < bytes; ) {
        const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK_BYTES, bytes - at), at);
        at += bytesRead;
        const wait = new Promise<void>((done) => {
          drained = done;
        });
        if (!job.write(chunk.subarray(0, bytesRead))) await wait;
      }
      job.finish();
    };
    feed().catch(reject);
  });
}
