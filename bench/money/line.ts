import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeClock } from "../../src/adapters/node/clock.ts";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { createNodeRandom } from "../../src/adapters/node/random.ts";
import { openRecordStore } from "../../src/adapters/node/records.ts";
import { decodePeerRecord, encodePeerRecord, type PeerRecord } from "../../src/identity/index.ts";
import {
  AMOUNT_MAX,
  type LineEvents,
  type LineId,
  Lines,
  makeCurrency,
} from "../../src/money/index.ts";
import { type RecordStore, SILENT_LOG } from "../../src/ports/index.ts";
import { testIdentity } from "../../src/testing/index.ts";
import { QuickNet, Turns } from "../messages/villages/village-net.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";

const ROUNDS = 3;
const UNDER_WAY = 8_192;
const BURST = 512;
const PAYMENTS = 60_000;
const CONDITIONAL = 20_000;
const SINGLE = 200;
/** Operations that Offset puts into one turn at most (freedomlayer/offset, MAX_OPERATIONS_IN_BATCH). */
const OFFSET_BATCH = 16;
const OFFSET_PAYMENTS = 3_200;
const suite = createNodeSuite();

interface Side {
  readonly lines: Lines;
  readonly record: PeerRecord;
  readonly identity: ReturnType<typeof testIdentity>;
  /** Batches that went to this side's disk, each with a sync. */
  syncs: number;
  /** What this side's payments are told, replaced by each measurement. */
  hears: Partial<LineEvents>;
  close(): Promise<void>;
}

const nothing = (): void => undefined;

async function open(
  name: string,
  folder: string,
  net: QuickNet,
  all: readonly Side[],
): Promise<Side> {
  const identity = testIdentity(suite, name);
  const record = decodePeerRecord(suite, encodePeerRecord(identity, { name, seqno: 1 }));
  const store = await openRecordStore(join(folder, name));
  const records: RecordStore = {
    write: (batch, done) => {
      side.syncs++;
      store.write(batch, done);
    },
    scan: (prefix, done) => store.scan(prefix, done),
  };
  const lines = new Lines(
    {
      ...{ identity, suite, log: SILENT_LOG, records, isCopied: false },
      ...{ clock: createNodeClock(), random: createNodeRandom(), session: net.join(record) },
      people: {
        personOf: (peer) => all.find((one) => one.record.id === peer)?.record.person.personId,
        ...{ isContact: () => true, stands: () => true, nameOf: () => undefined },
        skeleton: (text) => text,
      },
    },
    { onLineChanged: nothing, onCurrency: nothing },
  );
  const side: Side = { lines, record, identity, syncs: 0, hears: {}, close: () => store.close() };
  await new Promise<void>((done, fail) =>
    lines.load((error) => (error === null ? done() : fail(error))),
  );
  lines.listen({
    ...{ onLine: nothing, onTold: nothing, onReach: nothing },
    onPaid: (...words) => side.hears.onPaid?.(...words),
    onPrepared: (...words) => side.hears.onPrepared?.(...words),
    onFulfilled: (...words) => side.hears.onFulfilled?.(...words),
    onCancelled: (...words) => side.hears.onCancelled?.(...words),
  });
  return side;
}

const breath = (): Promise<void> => new Promise((next) => setImmediate(next));

interface Bed {
  readonly anna: Side;
  readonly ben: Side;
  readonly id: LineId;
}

/** Two desks on real disks in one process with an open line, for one measurement. */
async function withBed<T>(measure: (bed: Bed) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "peernet-line-"));
  const net = new QuickNet(new Turns((run) => setImmediate(run)));
  const sides: Side[] = [];
  try {
    for (const name of ["anna", "ben"]) sides.push(await open(name, folder, net, sides));
    const [anna, ben] = sides;
    if (anna === undefined || ben === undefined) throw new RangeError("two sides are opened");
    const terms = { name: "hours", unit: "hour", decimals: 2, group: undefined };
    const currency = makeCurrency(suite, anna.identity, terms, {
      nonce: new Uint8Array(16),
      madeAtS: 1,
    });
    net.meet(anna.record.id, ben.record.id);
    anna.lines.peerReachable(ben.record.id);
    ben.lines.peerReachable(anna.record.id);
    for (const [me, other] of [
      [anna, ben],
      [ben, anna],
    ] as const) {
      await new Promise<void>((done, fail) =>
        me.lines.begin(other.record.person.personId, currency, AMOUNT_MAX / 2, (error) =>
          error === null ? done() : fail(error),
        ),
      );
      while ([...other.lines.lines()].length === 0) await breath();
    }
    const [line] = anna.lines.lines();
    if (line === undefined) throw new RangeError("a line was begun");
    while (anna.lines.line(line.id)?.state !== "open") await breath();
    return await measure({ anna, ben, id: line.id });
  } finally {
    for (const side of sides) await side.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function throwIf(error: Error | null): void {
  if (error !== null) throw error;
}

/** Payments until both disks have them, a second by the wall clock and a second of processor. */
interface Speed {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

async function timed(count: number, run: () => Promise<void>): Promise<Speed> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  await run();
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(before);
  return { perSecond: count / seconds, perCpuSecond: count / ((user + system) / 1e6) };
}

/** Plain payments: signed, on the payer's disk, told, checked, on the payee's disk. */
function direct(): Promise<Speed> {
  return withBed(({ anna, ben, id }) => {
    let arrived = 0;
    ben.hears = { onPaid: () => void arrived++ };
    return timed(PAYMENTS, async () => {
      for (let sent = 0; arrived < PAYMENTS; ) {
        for (
          let some = 0;
          some < BURST && sent < PAYMENTS && sent - arrived < UNDER_WAY;
          some++, sent++
        ) {
          anna.lines.pay(id, 1, "", [], throwIf);
        }
        await breath();
      }
    });
  });
}

/** Payments that wait for a preimage: locked, on both disks, taken, on both disks. */
function conditional(): Promise<Speed> {
  return withBed(({ anna, ben, id }) => {
    const preimage = new Uint8Array(32).fill(7);
    const hash = suite.sha256(preimage);
    let taken = 0;
    ben.hears = { onPrepared: (_, lock) => ben.lines.fulfil(id, lock.id, preimage, [], throwIf) };
    anna.hears = { onFulfilled: () => void taken++ };
    return timed(CONDITIONAL, async () => {
      for (let sent = 0; taken < CONDITIONAL; ) {
        // A side may hold so many locks open.
        for (
          let some = 0;
          some < BURST && sent < CONDITIONAL && sent - taken < 1_000;
          some++, sent++
        ) {
          const lockId = new Uint8Array(16);
          new DataView(lockId.buffer).setUint32(0, sent);
          anna.lines.prepare(
            id,
            { id: lockId, amount: 1, hash, onion: new Uint8Array(0) },
            [],
            throwIf,
          );
        }
        await breath();
      }
    });
  });
}

/** As Offset does: at most 16 payments, then the token has to come back before the next ones go. */
function tokens(): Promise<Speed> {
  return withBed(({ anna, ben, id }) => {
    let arrived = 0;
    ben.hears = { onPaid: () => void arrived++ };
    const returned = (): number => anna.lines.entry(id).told;
    return timed(OFFSET_PAYMENTS, async () => {
      for (let sent = 0; sent < OFFSET_PAYMENTS; ) {
        anna.lines.together(() => {
          for (let some = 0; some < OFFSET_BATCH; some++, sent++)
            anna.lines.pay(id, 1, "", [], throwIf);
        });
        while (arrived < sent) await breath();
        const before = returned();
        ben.lines.limit(id, AMOUNT_MAX / 2, throwIf);
        while (returned() === before) await breath();
      }
    });
  });
}

/** One payment after the other: milliseconds until the payee's disk has it, and syncs of each side for one. */
function single(): Promise<{ ms: number; payer: number; payee: number }> {
  return withBed(async ({ anna, ben, id }) => {
    let arrived = 0;
    ben.hears = { onPaid: () => void arrived++ };
    const times: number[] = [];
    const [before, beforeBen] = [anna.syncs, ben.syncs];
    for (let sent = 1; sent <= SINGLE; sent++) {
      const startMs = performance.now();
      anna.lines.pay(id, 1, "", [], throwIf);
      while (arrived < sent) await breath();
      times.push(performance.now() - startMs);
    }
    const payer = (anna.syncs - before) / SINGLE;
    return { ms: median(times) ?? 0, payer, payee: (ben.syncs - beforeBen) / SINGLE };
  });
}

async function medianOf(measure: () => Promise<Speed>): Promise<Speed> {
  const rounds: Speed[] = [];
  for (let at = 0; at < ROUNDS; at++) rounds.push(await measure());
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)) ?? 0,
    perCpuSecond: median(rounds.map(({ perCpuSecond }) => perCpuSecond)) ?? 0,
  };
}

/** How fast a line is, both ends on this machine, through the desk and onto real disks. */
export async function line(_options: BenchOptions): Promise<BenchRow[]> {
  const offset = await medianOf(tokens);
  const rival = {
    name: "offset-batch-16",
    value: offset.perSecond,
    note: "its rule on our desk: 16 payments, then the signed token comes back",
  };
  const plain = await medianOf(direct);
  const locked = await medianOf(conditional);
  const one = await single();
  const note = ({ perCpuSecond }: Speed): string =>
    `both ends in one process, real files; ${Math.round(perCpuSecond)} a second of processor`;
  return [
    { ...benchRow("money.line.rate", plain.perSecond, "payments/s", [rival]), note: note(plain) },
    { ...benchRow("money.line.conditional", locked.perSecond, "payments/s"), note: note(locked) },
    benchRow("money.line.single.payer.syncs", one.payer, "syncs"),
    benchRow("money.line.single.payee.syncs", one.payee, "syncs"),
    benchRow("money.line.single.ms", one.ms, "ms"),
  ];
}
