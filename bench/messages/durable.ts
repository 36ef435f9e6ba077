import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeClock } from "../../src/adapters/node/clock.ts";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { createNodeRandom } from "../../src/adapters/node/random.ts";
import { openRecordStore } from "../../src/adapters/node/records.ts";
import { decodePeerRecord, encodePeerRecord, type PeerRecord } from "../../src/identity/index.ts";
import { Messages } from "../../src/messages/index.ts";
import * as ratchet from "../../src/messages/ratchet/index.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { testIdentity } from "../../src/testing/index.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { QuickNet, Turns } from "./villages/village-net.ts";

const MESSAGES = 6_000;
const ROUNDS = 3;
/** As many as one channel's window takes, where the other side acknowledges them now and then: sealed as they are sent. */
const UNDER_WAY = 150;
/** More than that: most are kept unsealed first, and sealed as the window moves. */
const BACKLOG = 600;
const TEXT =
  "See you at the market tomorrow morning, the usual place; bring the two boxes if you can. ";
const suite = createNodeSuite();

interface Side {
  readonly messages: Messages;
  readonly record: PeerRecord;
  close(): Promise<void>;
}

async function open(
  name: string,
  folder: string,
  net: QuickNet,
  others: () => readonly PeerRecord[],
  onDelivered: () => void,
): Promise<Side> {
  const identity = testIdentity(suite, name);
  const record = decodePeerRecord(suite, encodePeerRecord(identity, { name, seqno: 1 }));
  const records = await openRecordStore(join(folder, name));
  const personOf = (id: string): string | undefined =>
    others().find((one) => one.id === id)?.person.personId;
  const messages = new Messages({
    ...{ identity, suite, log: SILENT_LOG, ratchet, records },
    clock: createNodeClock(),
    random: createNodeRandom(),
    sessions: net.join(record),
    correspondents: {
      byPerson: (personId) => {
        const known = others().find(({ person }) => person.personId === personId);
        const devices = known ? [{ peerId: known.id, signKey: known.signKey }] : [];
        return known && { personId, devices };
      },
      personOf,
      admit: ({ person }) => person.personId,
      all: () => [],
      own: () => [],
    },
    events: {
      onMessage: () => undefined,
      onMessageState: ({ state }) => state === "delivered" && onDelivered(),
    },
  });
  await new Promise<void>((done, fail) =>
    messages.load((error) => (error === null ? done() : fail(error))),
  );
  return { messages, record, close: () => records.close() };
}

/** Messages a second and core, from `send` until both disks have them and the sender knows. */
async function round(underWay: number): Promise<{ perCpuSecond: number; perSecond: number }> {
  const folder = mkdtempSync(join(tmpdir(), "peernet-durable-"));
  const turns = new Turns((run) => setImmediate(run));
  const net = new QuickNet(turns);
  const sides: Side[] = [];
  const records = (): readonly PeerRecord[] => sides.map(({ record }) => record);
  let delivered = 0;
  let onDelivered = (): void => undefined;
  const count = (): void => {
    delivered++;
    onDelivered();
  };
  try {
    for (const name of ["anna", "ben"]) sides.push(await open(name, folder, net, records, count));
    const [anna, ben] = sides;
    if (anna === undefined || ben === undefined) throw new RangeError("two sides are opened");
    net.meet(anna.record.id, ben.record.id);
    anna.messages.peerReachable(ben.record.id);
    ben.messages.peerReachable(anna.record.id);
    const startMs = performance.now();
    const before = process.cpuUsage();
    for (let sent = 0; sent < MESSAGES; ) {
      if (sent - delivered < underWay) {
        const end = Math.min(sent + 100, delivered + underWay, MESSAGES);
        for (; sent < end; sent++) {
          anna.messages.send(ben.record.person.personId, `${TEXT}${sent}`, (error) => {
            if (error !== null) throw error;
          });
        }
      }
      // Without turning in circles: what waiting costs is not what messages cost.
      await new Promise<void>((next) => {
        if (sent - delivered < underWay) setImmediate(next);
        else onDelivered = next;
      });
    }
    while (anna.messages.waitingCount() > 0 || delivered < MESSAGES) {
      await new Promise((next) => setTimeout(next, 2));
    }
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - startMs) / 1_000;
    return { perCpuSecond: MESSAGES / ((user + system) / 1e6), perSecond: MESSAGES / seconds };
  } finally {
    for (const side of sides) await side.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowOf(
  id: string,
  underWay: number,
  rounds: readonly { perCpuSecond: number; perSecond: number }[],
): BenchRow {
  const row = benchRow(id, median(rounds.map((each) => each.perCpuSecond)), "messages/s");
  const wall = median(rounds.map(({ perSecond }) => perSecond)) ?? 0;
  const note = `both ends in one process, real files, ${underWay} under way, after a round to warm up; ${Math.round(wall)} a second by the wall clock`;
  return { ...row, note };
}

/** How many messages a second and core are sealed, made durable, handed over, opened and made durable again. */
export async function run(_options: BenchOptions): Promise<BenchRow[]> {
  await round(UNDER_WAY);
  const inWindow = [];
  const backlog = [];
  for (let at = 0; at < ROUNDS; at++) {
    inWindow.push(await round(UNDER_WAY));
    backlog.push(await round(BACKLOG));
  }
  return [
    rowOf("messages.durable.per-core", UNDER_WAY, inWindow),
    rowOf("messages.durable.backlog.per-core", BACKLOG, backlog),
  ];
}
