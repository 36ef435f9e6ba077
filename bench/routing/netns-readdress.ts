import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ObjectBody } from "../../src/api/client/index.ts";
import { type Host, type Lab, waitUntil } from "../../test/netns/lab.ts";
import type { SteadyPing } from "../../test/netns/steady-ping.ts";
import { hasNeighbours, inLab, pause, startAll } from "./netns-rig.ts";

const PING_MS = 50;
const STEADY_ANSWERS = 40;
const STEADY_GAP_MS = 150;
const OBJECT_BYTES = 30_000_000;
const LIMIT_MS = 60_000;

/** What a change of all addresses cost. */
export interface Readdress {
  /** Silence of a ping beyond the pause between pings; Infinity: it never came back. */
  readonly gapMs: number;
  /** Bytes of a transfer under way that did not arrive as they were. */
  readonly lostBytes: number;
  /** Whether the transfer was still under way when the addresses changed. */
  readonly underWay: boolean;
}

/** Gives the one device of a host other addresses, IPv6 link-local included. */
function readdress(host: Host, round: number): Promise<void> {
  const device = host.index === 0 ? "e1" : "e0";
  const last = host.index + 1;
  const script = [
    `ip addr flush dev ${device}`,
    `ip addr add 10.99.${100 + (round % 100)}.${last}/24 dev ${device}`,
    `ip -6 addr add fe80::${(0x1000 + round).toString(16)}:${last}/64 dev ${device} nodad`,
  ].join(" && ");
  const child = host.spawn("sh", ["-c", script]);
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

/** Bytes that differ or are missing. */
function lostBytes(sent: Buffer, file: string): number {
  const received = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
  if (hash(sent) === hash(received)) return 0;
  let lost = Math.abs(sent.length - received.length);
  for (let i = 0; i < Math.min(sent.length, received.length); i++) {
    if (sent[i] !== received[i]) lost++;
  }
  return lost;
}

async function changeOnce(
  lab: Lab,
  ping: SteadyPing,
  round: number,
): Promise<Readdress | undefined> {
  const [reader, holder] = [lab.host(0), lab.host(1)];
  for (const host of lab.hosts) {
    await waitUntil(async () => hasNeighbours(host, 1), LIMIT_MS, 100);
  }
  const sent = randomBytes(OBJECT_BYTES);
  const file = join(holder.home, "sent.bin");
  mkdirSync(holder.home, { recursive: true });
  writeFileSync(file, sent);
  const { link } = JSON.parse(holder.peernet("put", file, "--wait", "0", "--json")) as ObjectBody;
  const sinceMs = Date.now();
  const isSteady = async (): Promise<boolean> =>
    ping.isSteady(sinceMs, STEADY_ANSWERS, STEADY_GAP_MS);
  if ((await waitUntil(isSteady, LIMIT_MS)) === undefined) return undefined;
  const copy = join(reader.home, "received.bin");
  let isOver = false;
  const reading = reader
    .peernetBeside("get", link, "-o", copy)
    .catch((error: unknown) => console.error(String(error)))
    .finally(() => {
      isOver = true;
    });
  await waitUntil(async () => existsSync(`${copy}.partial`) || isOver, LIMIT_MS, 5);
  await pause(200);
  const underWay = !isOver;
  const changedAtMs = Date.now();
  await Promise.all(lab.hosts.map((host) => readdress(host, round)));
  const doneAtMs = Date.now();
  const isBack = async (): Promise<boolean> =>
    ping.isSteady(doneAtMs, STEADY_ANSWERS, STEADY_GAP_MS);
  const back = await waitUntil(isBack, LIMIT_MS);
  const silenceMs = ping.longestSilenceMs(changedAtMs);
  await reading;
  const lost = lostBytes(sent, copy);
  rmSync(copy, { force: true });
  const gapMs = back === undefined ? Number.POSITIVE_INFINITY : Math.max(0, silenceMs - PING_MS);
  return { gapMs, lostBytes: lost, underWay };
}

/** Two linked hosts whose addresses all change at the same moment under a transfer and a ping. */
export function measureReaddress(count: number): Promise<readonly Readdress[]> {
  return inLab(
    2,
    [[0, 1]],
    async (lab) => {
      await startAll(lab);
      const ping = lab.host(0).ping(lab.host(1).up.peerId, PING_MS);
      const found: Readdress[] = [];
      for (let round = 0; round < count; round++) {
        const one = await changeOnce(lab, ping, round);
        if (one === undefined) break;
        found.push(one);
        if (!Number.isFinite(one.gapMs)) break;
      }
      await ping.stop();
      return found;
    },
    true,
  );
}
