import { spawnSync } from "node:child_process";
import { openBlockStore } from "../../src/adapters/node/blocks.ts";
import { equalBytes } from "../../src/base/bytes.ts";
import { MemoryBucket } from "../../src/simulation/memory-bucket.ts";
import { MemoryFiles } from "../../src/simulation/memory-disk-files.ts";
import { TestDisk } from "../../src/store/disk.fixture.ts";
import { get, pattern, put, repair, STRIPE, tryPut } from "../../src/store/jobs.fixture.ts";
import { getBlock, putBlock, removeBlocks } from "../../src/testing/block-calls.ts";
import { makeStoreNet, restartStore } from "../../test/support/store-net.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const KILLS = 300;
const KILLS_REDUCED = 40;
/** Steps of a busy life of the block store; each has several file operations. */
const STEPS = 150;
const SMALL = { stripeBytes: STRIPE };
const CODE = { k: 2, n: 4 };

/** Cuts tried and what was lost in them. */
class Tally {
  readonly cuts: Record<string, number> = {};
  readonly losses: string[] = [];

  add(where: string, isWhole: boolean, what: string): void {
    this.cuts[where] = (this.cuts[where] ?? 0) + 1;
    if (!isWhole) this.losses.push(`${where}: ${what}`);
  }

  get count(): number {
    return Object.values(this.cuts).reduce((all, one) => all + one, 0);
  }
}

type Acknowledged = ReadonlyMap<string, Uint8Array | null>;

/** Files of which every state after an operation is kept, with what had been acknowledged by then. */
class WatchedFiles extends MemoryFiles {
  readonly states: { readonly files: MemoryFiles; readonly acknowledged: Acknowledged }[] = [];
  acknowledged = new Map<string, Uint8Array | null>();

  override async open(name: string, create: boolean) {
    const file = await super.open(name, create);
    this.note();
    const then = async <T>(work: Promise<T>): Promise<T> => {
      const done = await work;
      this.note();
      return done;
    };
    return {
      ...file,
      write: (parts: readonly Uint8Array[], position: number) => then(file.write(parts, position)),
      sync: () => then(file.sync()),
      truncate: (length: number) => then(file.truncate(length)),
    };
  }

  override async remove(name: string): Promise<void> {
    await super.remove(name);
    this.note();
  }

  /** Once with only what was flushed, once with a part of what was not. */
  note(): void {
    const acknowledged = new Map(this.acknowledged);
    const files = this.afterPowerLoss();
    this.states.push({ files, acknowledged });
    const torn = this.afterPowerLoss();
    let isTorn = false;
    for (const [name, content] of this.contents) {
      const safe = this.flushed.get(name)?.length ?? 0;
      if (content.length <= safe) continue;
      isTorn = true;
      const part = safe + ((this.states.length * 7_919) % (content.length - safe + 1));
      torn.contents.set(name, content.slice(0, part));
    }
    if (isTorn) this.states.push({ files: torn, acknowledged });
  }
}

function block(seed: number, length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (seed * 31 + i * 7) & 255);
}

/** What is acknowledged must be found; a key with a change under way may hold either. */
async function checkBlocks(
  tally: Tally,
  where: string,
  files: MemoryFiles,
  acknowledged: Acknowledged,
  underWay: ReadonlySet<string>,
): Promise<void> {
  const store = await openBlockStore("after a cut", { files, segmentBytes: 2_000 });
  let lost = "";
  for (const [key, expected] of acknowledged) {
    if (underWay.has(key)) continue;
    const found = await getBlock(store, key);
    const isSame =
      expected === null ? found === null : found !== null && equalBytes(found, expected);
    if (!isSame) lost = key;
  }
  await store.close();
  tally.add(where, lost === "", lost);
}

/** Puts, overwrites and removals with much compaction, cut after every operation on a file. */
async function cutBlocks(tally: Tally): Promise<void> {
  const files = new WatchedFiles();
  const store = await openBlockStore("busy", { files, segmentBytes: 2_000 });
  for (let step = 0; step < STEPS; step++) {
    const key = `k${(step * 5) % 23}`;
    const before = files.states.length;
    const value = step % 4 === 3 ? null : block(step, 20 + step);
    const error =
      value === null ? await removeBlocks(store, key) : await putBlock(store, key, value);
    const underWay = new Set([key]);
    for (const state of files.states.slice(before)) {
      await checkBlocks(tally, "blocks on a disk", state.files, state.acknowledged, underWay);
    }
    if (error === null) files.acknowledged.set(key, value);
  }
  const before = files.states.length;
  await store.idle();
  await store.close();
  for (const state of files.states.slice(before)) {
    await checkBlocks(tally, "blocks on a disk", state.files, state.acknowledged, new Set());
  }
}

/** The same over a bucket, which only takes whole objects; some requests fail after they were done. */
async function cutBucket(tally: Tally): Promise<void> {
  const bucket = new MemoryBucket(new Map(), 2_000);
  bucket.beforeKeep = async (segment) => (segment % 9 === 5 ? "keep and fail" : "keep");
  const store = await openBlockStore("bucket", { files: bucket });
  const acknowledged = new Map<string, Uint8Array | null>();
  const unsure = new Set<string>();
  for (let step = 0; step < STEPS; step++) {
    const key = `k${(step * 5) % 23}`;
    const value = step % 4 === 3 ? null : block(step, 20 + step);
    const error =
      value === null ? await removeBlocks(store, key) : await putBlock(store, key, value);
    if (error === null) {
      acknowledged.set(key, value);
      unsure.delete(key);
    } else unsure.add(key);
    const copy = new MemoryBucket(bucket.contents, 2_000);
    await checkBlocks(tally, "blocks in a bucket", copy, acknowledged, unsure);
  }
  await store.close();
}

/** Runs `scene` with the power cut after 0, 1, 2… disk operations, until one is not cut any more. */
function eachCut(scene: (cut: number, swallows: boolean) => boolean): void {
  for (const swallows of [false, true]) {
    for (let cut = 0; scene(cut, swallows); cut++);
  }
}

/** Cuts during a put of several sizes: an acknowledged one is there, another leaves nothing. */
function cutPuts(tally: Tally): void {
  for (const stripes of [0, 2, 7, 16]) {
    const data = pattern(stripes * STRIPE + 5);
    eachCut((cut, swallows) => {
      const net = makeStoreNet();
      const peer = net.add(SMALL);
      Object.assign(peer.disk, { operationsLeft: cut, swallowsLastAnswer: swallows });
      const { link } = tryPut(net, peer, data, CODE);
      const again = restartStore(net, peer);
      const links = again.store.list().map((object) => object.link);
      const isThere = link === undefined || links.includes(link);
      const areWhole = links.every((one) => equalBytes(get(net, again, one).bytes, data));
      const isClean = links.length > 0 || again.disk.usedBytes() === 0;
      tally.add("put", isThere && areWhole && isClean, `${stripes} stripes, cut ${cut}`);
      return link === undefined;
    });
  }
}

/** Cuts of a publisher or of a holder while fragments are spread. */
function cutSpreading(tally: Tally): void {
  for (const stripes of [2, 5]) {
    const data = pattern(stripes * STRIPE + 5);
    for (const who of ["publisher", "holder"]) {
      eachCut((cut, swallows) => {
        const net = makeStoreNet();
        const first = net.add(SMALL);
        const link = put(net, first, data, CODE);
        const holder = net.add(SMALL);
        const victim = who === "publisher" ? first : holder;
        Object.assign(victim.disk, { operationsLeft: cut, swallowsLastAnswer: swallows });
        net.settle(5_000);
        const wasCut = victim.disk.operationsLeft === 0;
        const again = restartStore(net, victim);
        net.settle(60_000);
        const both = [victim === first ? holder : first, again];
        const isWhole = both.every((peer) => equalBytes(get(net, peer, link).bytes, data));
        tally.add(`spread, ${who}`, isWhole, `${stripes} stripes, cut ${cut}`);
        return wasCut;
      });
    }
  }
}

/** Cuts of the peer that repairs, while it still is one of those the object lives on. */
function cutRepairs(tally: Tally): void {
  const data = pattern(4 * STRIPE);
  eachCut((cut, swallows) => {
    const net = makeStoreNet();
    const first = net.add(SMALL);
    const link = put(net, first, data, CODE);
    const second = net.add(SMALL);
    net.settle(60_000);
    net.kill(first);
    const healer = net.add(SMALL, new TestDisk());
    Object.assign(healer.disk, { operationsLeft: cut, swallowsLastAnswer: swallows });
    repair(net, healer, link);
    net.settle(5_000);
    const wasCut = healer.disk.operationsLeft === 0;
    const again = restartStore(net, healer);
    net.settle(60_000);
    const isWhole = [second, again].every((peer) => equalBytes(get(net, peer, link).bytes, data));
    tally.add("repair", isWhole, `cut ${cut}`);
    return wasCut;
  });
}

/** Real processes that write and are killed: test/crash, with this many kills. */
function killRow(kills: number): BenchRow {
  const command = ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.crash.config.ts"];
  const { status, stdout } = spawnSync(process.execPath, [...command, "test/crash/kills.test.ts"], {
    env: { ...process.env, PEERNET_CRASH_KILLS: String(kills) },
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  const told = /(\d+) kills while writing, (\d+) while starting.*/.exec(stdout);
  const done = told === null ? 0 : Number(told[1]) + Number(told[2]);
  const isSound = status === 0 && done > 0;
  const row = benchRow("store.crash.kills", isSound ? done : null, "kills");
  const note = isSound
    ? `${told?.[0]}; every acknowledged message and object was read back from the other peer`
    : `test/crash/kills.test.ts failed: ${stdout.slice(-500)}`;
  return { ...row, note, ...(kills < KILLS ? { reduced: true } : {}) };
}

/** Power cuts at every write, in memory; then processes that are killed. */
export async function crashRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const tally = new Tally();
  await cutBlocks(tally);
  await cutBucket(tally);
  cutPuts(tally);
  cutSpreading(tally);
  cutRepairs(tally);
  const note = Object.entries(tally.cuts)
    .map(([where, count]) => `${where} ${count}`)
    .join(", ");
  const lossNote = tally.losses.slice(0, 5).join("; ");
  return [
    { ...benchRow("store.crash.cuts", tally.count, "cuts"), note },
    {
      ...benchRow("store.crash.lost", tally.losses.length, "cuts"),
      note: lossNote || "cuts after which something acknowledged was missing or wrong",
    },
    killRow(full ? KILLS : KILLS_REDUCED),
  ];
}
