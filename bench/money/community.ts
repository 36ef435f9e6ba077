import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeClock } from "../../src/adapters/node/clock.ts";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { createNodeRandom } from "../../src/adapters/node/random.ts";
import { openRecordStore } from "../../src/adapters/node/records.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  type PeerRecord,
  proofOf,
} from "../../src/identity/index.ts";
import { community, makeCurrency } from "../../src/money/index.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { testIdentity } from "../../src/testing/index.ts";
import { type Member, Town } from "../../test/support/commons.ts";
import { QuickNet, Turns } from "../messages/villages/village-net.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const STEWARDS = 3;
const PAYERS = 8;
const PAYMENTS = 400;
const GROUP = "9".repeat(32);
const ROUNDS = 12;
const SPLIT_MEMBERS = 12;
const LOOK_MS = 100;
/** An hour: whatever is not the same by then shows as that. */
const LOOKS_MAX = 36_000;
const suite = createNodeSuite();

interface Side {
  readonly all: community.Communities;
  readonly desk: community.CommunityDesk;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  close(): Promise<void>;
}

const breath = (): Promise<void> => new Promise((next) => setImmediate(next));

async function open(
  name: string,
  folder: string,
  net: QuickNet,
  sides: readonly Side[],
): Promise<Side> {
  const identity = testIdentity(suite, name);
  const record = decodePeerRecord(suite, encodePeerRecord(identity, { name, seqno: 1 }));
  const store = await openRecordStore(join(folder, name));
  const all = new community.Communities({
    ...{ identity, suite, log: SILENT_LOG, records: store, isCopied: false, events: {} },
    ...{ clock: createNodeClock(), random: createNodeRandom(), session: net.join(record) },
    people: {
      personOf: (peer) => sides.find((one) => one.record.id === peer)?.record.person.personId,
      ...{ isMember: (group) => group === GROUP, isMate: () => true, mayFound: () => true },
      stands: () => true,
      seatOf: (person) => {
        const found = sides.find((one) => one.record.person.personId === person)?.identity;
        return found && { person, key: found.signKey.publicKey, proof: proofOf(found.certificate) };
      },
    },
  });
  await new Promise<void>((done, fail) =>
    all.load((error) => (error === null ? done() : fail(error))),
  );
  return {
    all,
    desk: new community.CommunityDesk(all),
    identity,
    record,
    close: () => store.close(),
  };
}

function wishOf(sides: readonly Side[]): community.RuleWish {
  return {
    stewards: sides.slice(0, STEWARDS).map(({ record }) => record.person.personId),
    ...{ need: 2, tellers: [], admission: "group", creditLimit: 10 ** 9, softLimit: 10 ** 9 },
    ...{ exceptions: [], levyPpm: 10_000, demurragePpm: 0, demurrageFree: 0 },
    ...{ visibility: "members", bearer: "community" },
  };
}

const asked = (act: (done: (error: Error | null) => void) => void): Promise<void> =>
  new Promise((done, fail) => act((error) => (error === null ? done() : fail(error))));

function communeOf({ all }: Side): community.Commune {
  const [commune] = all.all();
  if (commune === undefined) throw new RangeError("a community is there");
  return commune;
}

async function found(sides: readonly Side[], net: QuickNet): Promise<void> {
  const [first, ...others] = sides as [Side, ...Side[]];
  for (const one of sides) {
    for (const other of sides) {
      if (one.record.id >= other.record.id) continue;
      net.meet(one.record.id, other.record.id);
      one.all.peerReachable(other.record.id);
      other.all.peerReachable(one.record.id);
    }
  }
  const terms = { name: "hours", unit: "hour", decimals: 2, group: GROUP };
  const made = { nonce: new Uint8Array(16), madeAtS: 1 };
  const currency = makeCurrency(suite, first.identity, terms, made);
  await asked((done) => first.desk.found(currency, wishOf(sides), (error) => done(error)));
  for (const steward of others.slice(0, STEWARDS - 1)) {
    while (steward.all.all()[0]?.proposals.all().length !== 1) await breath();
    const [signed] = communeOf(steward).proposals.all();
    if (signed === undefined) throw new RangeError("a proposal is there");
    await asked((done) =>
      steward.desk.sign(communeOf(steward), community.idOf(signed.matter), done),
    );
  }
  for (const side of sides) {
    while (side.all.all()[0]?.ledger.current === undefined) await breath();
    await asked((done) => side.desk.join(communeOf(side), done));
  }
  const accounts = (side: Side): number => community.communityInfo(communeOf(side)).accounts;
  while (sides.some((side) => accounts(side) < sides.length)) await breath();
}

/** Payments of several members at once, each after its last one counts, until every disk was told of all of them. */
async function payAll(
  sides: readonly Side[],
): Promise<{ perSecond: number; perCpuSecond: number }> {
  const payers = sides.slice(STEWARDS);
  const [first] = payers;
  if (first === undefined) throw new RangeError("somebody pays");
  const left = payers.map(() => PAYMENTS / payers.length);
  const size = (side: Side): number => communeOf(side).ledger.size;
  const wanted = size(first) + PAYMENTS;
  const startMs = performance.now();
  const before = process.cpuUsage();
  while (sides.some((side) => size(side) < wanted)) {
    for (const [at, payer] of payers.entries()) {
      const commune = communeOf(payer);
      const payee = payers[(at + 1) % payers.length]?.record.person.personId ?? "";
      if ((left[at] ?? 0) === 0 || commune.own !== undefined) continue;
      left[at] = (left[at] ?? 0) - 1;
      payer.desk.pay(commune, payee, 1 + at, "bread", (error) => {
        if (error !== null) throw error;
      });
    }
    await breath();
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(before);
  return { perSecond: PAYMENTS / seconds, perCpuSecond: PAYMENTS / ((user + system) / 1e6) };
}

async function rate(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "peernet-community-"));
  let bytes = 0;
  const net = new QuickNet(new Turns((run) => setImmediate(run)));
  const sides: Side[] = [];
  try {
    for (let at = 0; at < STEWARDS + PAYERS; at++)
      sides.push(await open(`m${at}`, folder, net, sides));
    await found(sides, net);
    net.onWrite = (_service, chunk) => {
      bytes += chunk.length;
    };
    const speed = await payAll(sides);
    const [first] = sides;
    const commune = first && communeOf(first);
    const facts = [...(commune?.ledger.facts() ?? [])].slice(-100);
    const kept = facts.reduce((sum, fact) => sum + community.encodeSigned(fact).length, 0);
    const members = sides.length;
    return [
      {
        ...benchRow("money.community.rate", speed.perSecond, "payments/s"),
        note: `2 of ${STEWARDS} stewards, ${PAYERS} members pay at once, all ${members} books on real disks in one process; ${Math.round(speed.perCpuSecond)} a second of processor for all ${members}`,
      },
      {
        ...benchRow("money.community.payment.bytes", kept / facts.length, "B"),
        note: `in the books, two signatures of stewards and the payer's among them; on all streams ${Math.round(bytes / PAYMENTS / members)} B for each payment and member`,
      },
    ];
  } finally {
    for (const side of sides) await side.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two parts pay for a while, one with stewards and one with a teller; how long until all say the same. */
function convergence(): BenchRow {
  const town = new Town("bench");
  const names = Array.from({ length: SPLIT_MEMBERS }, (_, at) => `m${at}`);
  const members = names.map((name) => town.add(name));
  const teller = members[2]?.person ?? "";
  town.found(members.slice(0, STEWARDS), {
    ...{ creditLimit: 10_000, softLimit: 10_000 },
    tellers: [{ person: teller, exposure: 100_000, perMember: 10_000 }],
  });
  const pocket = [...members.slice(2, 3), ...members.slice(7)];
  town.split(pocket);
  let paid = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const part of [members.slice(3, 7), pocket.slice(1)]) {
      for (const [at, member] of part.entries()) {
        const payee = part[(at + 1) % part.length] as Member;
        if (town.pay(member, payee, 10) === "") paid++;
      }
    }
    town.pass(2_000);
  }
  const told = [...(pocket[0]?.commune.slips.all() ?? [])].length;
  town.healAll();
  const fromMs = town.clock.monotonicMs();
  const same = (): boolean =>
    new Set(members.map(({ commune }) => `${commune.sum.bytes} ${commune.slips.size}`)).size === 1;
  const isDone = (): boolean => same() && pocket[0]?.commune.slips.size === 0;
  for (let look = 0; look < LOOKS_MAX && !isDone(); look++) town.pass(LOOK_MS);
  const seconds = (town.clock.monotonicMs() - fromMs) / 1_000;
  const unequal = members.filter(({ info }) => info.sum !== 0).length;
  return {
    ...benchRow("money.community.convergence.s", seconds, "s"),
    note: `virtual time without latency, ${paid} payments in two parts, ${told} of them with a teller; sums that are not zero: ${unequal}`,
  };
}

/** A community currency: how fast, how large, and how soon two parts agree. */
export async function communityRows(_options: BenchOptions): Promise<BenchRow[]> {
  return [...(await rate()), convergence()];
}
