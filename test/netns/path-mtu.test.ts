import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { debianPackage } from "../../bench/rivals/debian.ts";
import type { PeersBody } from "../../src/api/client/index.ts";
import { type Host, Lab, waitUntil, whyNoNamespaces } from "./lab.ts";
import { readWhile } from "./reading.ts";

const reason = whyNoNamespaces();
if (reason !== undefined) console.log(`SKIPPED network namespace tests: ${reason}`);

/** Swallowing a router's words needs Debian's nftables. */
const hasNft = reason === undefined && debianPackage("nftables") !== null;

const PORT = "47200";
/** Headers of IPv6 and UDP. */
const HEADERS_BYTES = 48;
/** What is tried where it is not known what fits; on a busy machine also where it is. */
const USUAL_BYTES = 1_332;
const FILE_BYTES = 4_000_000;

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});

/** Bytes that both ends of a cable carry in one packet. */
function setMtu(on: Lab, a: number, b: number, bytes: number): void {
  on.host(a).run("ip", "link", "set", `e${b}`, "mtu", String(bytes));
  on.host(b).run("ip", "link", "set", `e${a}`, "mtu", String(bytes));
}

/** Peers 0 and 2, linked by UDP through host 1, a router of the kernel that knows nothing of Peernet. */
async function startRouted(nearBytes: number, farBytes: number): Promise<Lab> {
  const routed = new Lab(3);
  lab = routed;
  routed.link(0, 1, "10.71.1");
  routed.link(1, 2, "10.71.2");
  setMtu(routed, 0, 1, nearBytes);
  setMtu(routed, 1, 2, farBytes);
  routed.host(1).run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
  routed.host(0).run("ip", "route", "add", "default", "via", routed.ipv4Between(1, 0));
  routed.host(2).run("ip", "route", "add", "default", "via", routed.ipv4Between(1, 2));
  return routed;
}

async function startPeers(on: Lab): Promise<readonly [Host, Host]> {
  const [a, b] = [on.host(0), on.host(2)];
  await b.start("--udp-port", PORT);
  await a.start("--link", `udp://${on.ipv4Between(2, 1)}:${PORT}`);
  const isLinked = async (): Promise<boolean> => (await neighbourOf(a)) !== undefined;
  expect(await waitUntil(isLinked, 20_000)).toBeDefined();
  return [a, b];
}

async function neighbourOf(host: Host): Promise<PeersBody["neighbours"][number] | undefined> {
  return ((await host.call("GET", "/v1/peers")).json as PeersBody).neighbours[0];
}

async function frameBytes(host: Host): Promise<number | undefined> {
  return (await neighbourOf(host))?.frameBytes;
}

let files = 0;
/** A file that `from` stores is read by `to`, whole. */
async function carry(from: Host, to: Host, sizeBytes: number): Promise<void> {
  const [sent, came] = [from, to].map(({ home }) => join(home, `file${files}`)) as [string, string];
  files += 1;
  const content = randomBytes(sizeBytes);
  writeFileSync(sent, content);
  const link = (await from.peernetBeside("put", sent, "--wait", "0")).trim();
  await to.peernetBeside("get", link, "-o", came);
  expect(readFileSync(came).equals(content)).toBe(true);
}

/** Files are carried until the sender's frames have a size between these. */
async function carryUntil(from: Host, to: Host, least: number, most: number): Promise<boolean> {
  const isThere = async (): Promise<boolean> => {
    const bytes = (await frameBytes(from)) ?? 0;
    return bytes >= least && bytes <= most;
  };
  for (let round = 0; round < 60 && !(await isThere()); round++) await carry(from, to, FILE_BYTES);
  return isThere();
}

describe.skipIf(reason !== undefined)("a link through a router", () => {
  test("uses frames as large as the narrowest cable carries, which the router tells", async () => {
    const routed = await startRouted(9_000, 1_400);
    const [a, b] = await startPeers(routed);
    expect(await carryUntil(b, a, USUAL_BYTES, 1_400 - HEADERS_BYTES)).toBe(true);
    // What is sent from the wide side has to be told by the router.
    expect(await carryUntil(a, b, USUAL_BYTES, 1_400 - HEADERS_BYTES)).toBe(true);
  });

  test("uses cables for large packets, and goes on when one of them becomes narrow", async () => {
    const routed = await startRouted(9_000, 9_000);
    const [a, b] = await startPeers(routed);
    expect(await carryUntil(b, a, 1_500, 9_000 - HEADERS_BYTES)).toBe(true);
    const stallMs = await readWhile(a, b, 20_000_000, () => setMtu(routed, 0, 1, 1_500));
    console.log(`longest stall of a file whose cable became narrow: ${stallMs} ms`);
    expect(await carryUntil(b, a, USUAL_BYTES, 1_500 - HEADERS_BYTES)).toBe(true);
  });

  const swallows = hasNft ? test : test.skip;
  swallows("finds out by itself where the router swallows what is too large", async () => {
    const routed = await startRouted(9_000, 1_400);
    const rule = "chain o { type filter hook output priority 0; ip protocol icmp drop; }";
    routed.host(1).run("nft", `table ip mute {\n${rule}\n}`);
    const [a, b] = await startPeers(routed);
    // IPv4 has smaller headers, so this usual size just fits.
    expect(await carryUntil(a, b, USUAL_BYTES, 1_372)).toBe(true);
    await carry(b, a, FILE_BYTES);
  });
});
