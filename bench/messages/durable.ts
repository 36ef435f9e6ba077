import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  parentPort,
  Worker,
  workerData,
} from "node:worker_threads";
import { createNodeClock } from "../../src/adapters/node/clock.ts";
import { Driver } from "../../src/adapters/node/driver.ts";
import type { Messages } from "../../src/messages/index.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { openSide, recordOf, type Side } from "./durable-side.ts";
import { ThreadNet } from "./thread-net.ts";
import { QuickNet, Turns } from "./villages/village-net.ts";

const MESSAGES = 6_000;
const ROUNDS = 3;
/** As many as one channel's window takes, where the other side acknowledges them now and then: sealed as they are sent. */
const UNDER_WAY = 150;
/** More than that: most are kept unsealed first, and sealed as the window moves. */
const BACKLOG = 600;
const TEXT =
  "See you at the market tomorrow morning, the usual place; bring the two boxes if you can. ";
/** How a worker knows that it is the other end of this bench. */
const ROLE = "peernet messages bench: ben";

/** Ben opens his side there, and is reached by that. */
interface Far {
  readonly port: MessagePort;
  readonly folder: string;
}

interface Round {
  readonly perCpuSecond: number;
  readonly perSecond: number;
}

/** What Anna sends with, how many have arrived, and how to hear of more. */
class Count {
  delivered = 0;
  onMore = (): void => undefined;

  readonly add = (): void => {
    this.delivered++;
    this.onMore();
  };
}

/** From `send` until both disks have all of them and the sender knows. */
async function sendAll(messages: Messages, count: Count, underWay: number): Promise<Round> {
  const to = recordOf("ben").person.personId;
  const startMs = performance.now();
  const before = process.cpuUsage();
  for (let sent = 0; sent < MESSAGES; ) {
    if (sent - count.delivered < underWay) {
      const end = Math.min(sent + 100, count.delivered + underWay, MESSAGES);
      for (; sent < end; sent++) {
        messages.send(to, `${TEXT}${sent}`, (error) => {
          if (error !== null) throw error;
        });
      }
    }
    // Without turning in circles: what waiting costs is not what messages cost.
    await new Promise<void>((next) => {
      if (sent - count.delivered < underWay) setImmediate(next);
      else count.onMore = next;
    });
  }
  while (messages.waitingCount() > 0 || count.delivered < MESSAGES) {
    await new Promise((next) => setTimeout(next, 2));
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startMs) / 1_000;
  return { perCpuSecond: MESSAGES / ((user + system) / 1e6), perSecond: MESSAGES / seconds };
}

async function inFolder(round: (folder: string) => Promise<Round>): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), "peernet-durable-"));
  try {
    return await round(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Both ends in one thread: what a message costs, of processor. */
function onOneThread(underWay: number): Promise<Round> {
  return inFolder(async (folder) => {
    const net = new QuickNet(new Turns((run) => setImmediate(run)));
    const count = new Count();
    const records = { anna: recordOf("anna"), ben: recordOf("ben") };
    const sides: Side[] = [];
    for (const name of ["anna", "ben"] as const) {
      sides.push(await openSide(name, folder, net.join(records[name]), count.add));
    }
    const [anna, ben] = sides;
    if (anna === undefined || ben === undefined) throw new RangeError("two sides are opened");
    net.meet(records.anna.id, records.ben.id);
    anna.messages.peerReachable(records.ben.id);
    ben.messages.peerReachable(records.anna.id);
    try {
      return await sendAll(anna.messages, count, underWay);
    } finally {
      for (const side of sides) await side.close();
    }
  });
}

/** Does what falls due, as in a whole peer. */
function drive(messages: Messages, net: ThreadNet): Driver {
  const clock = createNodeClock();
  const driver = new Driver(
    messages,
    () => clock.monotonicMs(),
    (error) => {
      throw error;
    },
  );
  net.onTurn = () => driver.poke();
  return driver;
}

/** Each end in a thread of its own, as two people have a device each: how many a second there are. */
function onTwoThreads(far: Worker, underWay: number): Promise<Round> {
  return inFolder(async (folder) => {
    const { port1, port2 } = new MessageChannel();
    far.postMessage({ port: port2, folder } satisfies Far, [port2]);
    await once(far, "message");
    const ben = recordOf("ben");
    const count = new Count();
    const net = new ThreadNet(port1, ben, true);
    const anna = await openSide("anna", folder, net.sessions, count.add);
    const driver = drive(anna.messages, net);
    anna.messages.peerReachable(ben.id);
    try {
      return await sendAll(anna.messages, count, underWay);
    } finally {
      driver.stop();
      far.postMessage("end");
      await once(far, "message");
      port1.close();
      await anna.close();
    }
  });
}

/** One round after another, as the worker does them. */
async function serveFar(main: MessagePort): Promise<void> {
  const anna = recordOf("anna");
  for (;;) {
    const [{ port, folder }] = (await once(main, "message")) as [Far];
    const net = new ThreadNet(port, anna, false);
    const ben = await openSide("ben", folder, net.sessions, () => undefined);
    const driver = drive(ben.messages, net);
    ben.messages.peerReachable(anna.id);
    main.postMessage("ready");
    await once(main, "message");
    driver.stop();
    port.close();
    await ben.close();
    main.postMessage("closed");
  }
}

// `bench.mjs` is one file for both threads.
if (!isMainThread && workerData === ROLE && parentPort !== null) void serveFar(parentPort);

/** How many messages a second are sealed, made durable, handed over, opened and made durable again. */
export async function run(_options: BenchOptions): Promise<BenchRow[]> {
  const far = new Worker(fileURLToPath(import.meta.url), { workerData: ROLE });
  const [inWindow, backlog, apart]: [Round[], Round[], Round[]] = [[], [], []];
  await onOneThread(UNDER_WAY);
  await onTwoThreads(far, UNDER_WAY);
  for (let at = 0; at < ROUNDS; at++) {
    inWindow.push(await onOneThread(UNDER_WAY));
    backlog.push(await onOneThread(BACKLOG));
    apart.push(await onTwoThreads(far, UNDER_WAY));
  }
  await far.terminate();
  return [
    rowOf("messages.durable", UNDER_WAY, apart, "perSecond"),
    rowOf("messages.durable.per-core", UNDER_WAY, inWindow, "perCpuSecond"),
    rowOf("messages.durable.backlog.per-core", BACKLOG, backlog, "perCpuSecond"),
  ];
}

function rowOf(
  id: string,
  underWay: number,
  rounds: readonly Round[],
  by: "perCpuSecond" | "perSecond",
): BenchRow {
  const row = benchRow(id, median(rounds.map((each) => each[by])), "messages/s");
  const other = by === "perSecond" ? "perCpuSecond" : "perSecond";
  const rest = Math.round(median(rounds.map((each) => each[other])) ?? 0);
  const [where, told] =
    by === "perSecond"
      ? [
          "each end in a thread of its own, after a round to warm up",
          `${rest} for each second of processor`,
        ]
      : ["both ends in one thread, after a round to warm up", `${rest} a second by the wall clock`];
  return { ...row, note: `${where}, real files, ${underWay} under way; ${told}` };
}
