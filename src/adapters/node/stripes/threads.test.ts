import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { SILENT_LOG } from "../../../ports/index.ts";
import {
  Codecs,
  type MadeStripe,
  madeBytes,
  makeStripe,
  type StripeTask,
} from "../../../store/index.ts";
import { createNodeSuite } from "../crypto.ts";
import { STRIPE_SLOT_BYTES_MAX, STRIPE_SLOTS_PER_THREAD } from "../limits.ts";
import { StripeThreads } from "./threads.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-stripes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const suite = createNodeSuite();

/** A thread that does as this text says; the true one needs the package to be built. */
function threads(
  name: string,
  onMessage: string,
  count = 1,
): { made: StripeThreads; pokes: () => number } {
  const file = join(folder, `${name}.mjs`);
  const imports = `import { parentPort } from "node:worker_threads";`;
  writeFileSync(file, `${imports}\nparentPort.on("message", (request) => { ${onMessage} });\n`);
  let pokes = 0;
  const made = new StripeThreads({
    ...{ workerFile: pathToFileURL(file), count, suite, log: SILENT_LOG, idleMs: 1 },
    poke: () => pokes++,
  });
  return { made, pokes: () => pokes };
}

function task(stripe: number, bytes = 300_000): StripeTask {
  const plain = new Uint8Array(bytes).map((_, at) => at * stripe);
  const readKey = new Uint8Array(32).fill(7);
  return { readKey, stripe, layer: 0, isLast: false, plain, k: 4, n: 6, nMax: 8 };
}

function made(by: StripeThreads, what: StripeTask): Promise<MadeStripe> {
  return new Promise((resolve) => expect(by.make(what, resolve)).toBe(true));
}

const FILLS = `
  request.shards.fill(request.task.plain[1]);
  request.leaves.fill(9);
  parentPort.postMessage(request.id);
`;

test("what a thread writes comes back in memory that is shared, and is used again", async () => {
  const { made: by, pokes } = threads("fills", FILLS, 2);
  for (let round = 1; round < 10; round++) {
    const what = task(round);
    const answers = await Promise.all([made(by, what), made(by, task(round + 100))]);
    const [{ shards, leaves }] = answers as [MadeStripe, MadeStripe];
    expect(shards).toHaveLength(madeBytes(what).shards);
    expect([shards[0], shards.at(-1), leaves[0], leaves.length]).toEqual([round, round, 9, 8 * 32]);
    expect(what.plain[1]).toBe(round);
    for (const answer of answers) answer.release();
  }
  expect(pokes()).toBe(18);
  await by.close();
});

test("there is room for so many, and for one more once one was let go", async () => {
  const { made: by } = threads("room", FILLS);
  const kept: MadeStripe[] = [];
  for (let stripe = 0; stripe < STRIPE_SLOTS_PER_THREAD; stripe++)
    kept.push(await made(by, task(1)));
  expect(by.make(task(2), () => expect.unreachable())).toBe(false);
  kept[0]?.release();
  (await made(by, task(3))).release();
  await by.close();
});

test("a stripe may be so long, and not longer", async () => {
  const { made: by } = threads("long", FILLS);
  const extra = madeBytes(task(1, 1_000)).leaves;
  // Of 4 and 6 shards: half as much again as the stripe beside it, and the seal.
  const fits = Math.floor((STRIPE_SLOT_BYTES_MAX - extra - 1_000) / 2.5);
  (await made(by, task(1, fits))).release();
  expect(by.make(task(1, fits + 2_000), () => expect.unreachable())).toBe(false);
  await by.close();
});

test("what a thread that dies was to make, or one that is closed, is made here", async () => {
  const what = task(5);
  const bytes = madeBytes(what);
  const expected = { shards: new Uint8Array(bytes.shards), leaves: new Uint8Array(bytes.leaves) };
  makeStripe(suite, new Codecs(), what, expected);
  const check = ({ shards, leaves }: MadeStripe): void => {
    expect(suite.sha256(Uint8Array.from(shards), Uint8Array.from(leaves))).toEqual(
      suite.sha256(expected.shards, expected.leaves),
    );
  };
  const { made: by, pokes } = threads("dies", "process.exit(1);");
  check(await made(by, what));
  expect(pokes()).toBe(1);
  check(await made(by, what));
  await by.close();
  const { made: silent } = threads("silent", "");
  const waiting = made(silent, what);
  await silent.close();
  check(await waiting);
});
