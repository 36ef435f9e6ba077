import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DiagnosticsBody, ObjectBody } from "../../src/api/client/index.ts";
import { sentBytes } from "../../test/netns/faults.ts";
import { type Host, type Lab, waitUntil } from "../../test/netns/lab.ts";
import { DIAMOND, hasNeighbours, inLab, pause, startAll } from "./netns-rig.ts";

/** Bytes of the object that each end reads from the other, again and again. */
const OBJECT_BYTES = 30_000_000;
/** Readers at each end: one waits for disks and answers in between. */
const READERS = 2;
const SETTLE_MS = 5_000;

/** What happened on links that nothing was wrong with. */
export interface Switches {
  readonly suspicions: number;
  readonly neighboursLost: number;
  readonly wayChanges: number;
  /** All hosts together, while it was counted. */
  readonly sentBytesPerSecond: number;
}

async function ways(host: Host): Promise<DiagnosticsBody["ways"]> {
  return ((await host.call("GET", "/v1/diagnostics")).json as DiagnosticsBody).ways;
}

function storeOn(host: Host): string {
  const file = join(host.home, "bulk.bin");
  mkdirSync(host.home, { recursive: true });
  writeFileSync(file, randomBytes(OBJECT_BYTES));
  const stored = host.peernet("put", file, "--wait", "0", "--json");
  return (JSON.parse(stored) as ObjectBody).link;
}

/** Reads an object until told to stop; the copy is thrown away. */
async function readOn(
  host: Host,
  reader: number,
  link: string,
  isOver: () => boolean,
): Promise<void> {
  const copy = join(host.home, `copy-${reader}.bin`);
  while (!isOver()) {
    await host.peernetBeside("get", link, "-o", copy).catch((error: unknown) => {
      console.error(String(error));
      return pause(500);
    });
    rmSync(copy, { force: true });
  }
}

async function sum(lab: Lab): Promise<Omit<Switches, "sentBytesPerSecond">> {
  const all = await Promise.all(lab.hosts.map(ways));
  const total = (pick: (one: DiagnosticsBody["ways"]) => number): number =>
    all.reduce((count, one) => count + pick(one), 0);
  return {
    suspicions: total((one) => one.suspicions),
    neighboursLost: total((one) => one.neighboursLost),
    wayChanges: total((one) => one.wayChanges),
  };
}

/** Suspicions and changes of way in a healthy diamond whose ends send to each other all they can. */
export function measureSwitches(durationMs: number): Promise<Switches> {
  return inLab(4, DIAMOND, async (lab) => {
    await startAll(lab);
    for (const host of lab.hosts) {
      await waitUntil(async () => hasNeighbours(host, 2), 20_000, 100);
    }
    const [source, target] = [lab.host(0), lab.host(3)];
    const links = [storeOn(source), storeOn(target)];
    let over = false;
    const readers = Array.from({ length: READERS }, (_, reader) => [
      readOn(target, reader, links[0] ?? "", () => over),
      readOn(source, reader, links[1] ?? "", () => over),
    ]).flat();
    await pause(SETTLE_MS);
    const before = await sum(lab);
    const sent = (): number => lab.hosts.reduce((bytes, host) => bytes + sentBytes(host), 0);
    const beforeBytes = sent();
    await pause(durationMs);
    const after = await sum(lab);
    const sentBytesPerSecond = (sent() - beforeBytes) / (durationMs / 1_000);
    over = true;
    await Promise.all(readers);
    return {
      suspicions: after.suspicions - before.suspicions,
      neighboursLost: after.neighboursLost - before.neighboursLost,
      wayChanges: after.wayChanges - before.wayChanges,
      sentBytesPerSecond,
    };
  });
}
