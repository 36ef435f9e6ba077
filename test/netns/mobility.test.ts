import { afterEach, describe, expect, test } from "vitest";
import type { StatusBody } from "../../src/api/client/index.ts";
import { type Host, Lab, longestGapMs, pingRun, waitUntil, whyNoNamespaces } from "./lab.ts";
import { readWhile } from "./reading.ts";

const reason = whyNoNamespaces();
if (reason !== undefined) console.log(`SKIPPED network namespace tests: ${reason}`);

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});

/** Hosts 0, 1 and 2 in a row; 1 relays. */
async function startRow(): Promise<Lab> {
  const row = new Lab(3);
  lab = row;
  row.link(0, 1);
  row.link(1, 2);
  await Promise.all(row.hosts.map((host) => host.start()));
  const ready = await waitUntil(async () => {
    const status = (await row.host(0).call("GET", "/v1/status")).json as StatusBody;
    return status.reachableCount === 2;
  }, 20_000);
  expect(ready).toBeDefined();
  return row;
}

/** The address of link-local scope of a host's cable. */
function linkLocal(host: Host, device: string): string {
  const [address] = /fe80::[0-9a-f:]+/.exec(host.run("ip", "-6", "addr", "show", device)) ?? [""];
  return address;
}

function readdress(host: Host, device: string, address: string): void {
  const flush = `ip -6 addr flush dev ${device} scope link`;
  host.run("sh", "-c", `${flush} && ip -6 addr add ${address}/64 dev ${device} scope link nodad`);
}

/** Both ends of the cable between 0 and 1 get other addresses: new ones, or each the other's. */
function moveBothEnds(row: Lab, how: "new" | "swapped"): void {
  const [a, b] = [row.host(0), row.host(1)];
  const [addressA, addressB] = [linkLocal(a, "e1"), linkLocal(b, "e0")];
  readdress(a, "e1", how === "new" ? "fe80::a1" : addressB);
  readdress(b, "e0", how === "new" ? "fe80::b1" : addressA);
}

describe.skipIf(reason !== undefined)("both ends of a cable change their addresses at once", () => {
  test("a ping over it goes on, also where they take each other's", async () => {
    const row = await startRow();
    const target = row.host(2).up.peerId;
    for (const how of ["new", "swapped"] as const) {
      await new Promise((done) => setTimeout(done, 2_000));
      let movedAtMs = 0;
      const run = await pingRun(row.host(0), target, 50, 4_000, async () => {
        await new Promise((done) => setTimeout(done, 1_500));
        movedAtMs = Date.now();
        moveBothEnds(row, how);
      });
      const gapMs = longestGapMs(run, movedAtMs);
      console.log(`gap of a ping after both ends got ${how} addresses: ${Math.round(gapMs)} ms`);
      expect(gapMs).toBeLessThan(2_000);
    }
    const status = (await row.host(0).call("GET", "/v1/status")).json as StatusBody;
    expect([status.neighbourCount, status.reachableCount]).toEqual([1, 2]);
  });

  test("a file that is being read over it arrives whole", async () => {
    const row = await startRow();
    const swap = (): void => moveBothEnds(row, "swapped");
    const stallMs = await readWhile(row.host(0), row.host(2), 5_000_000, swap);
    console.log(`longest stall of a file whose cable got other addresses: ${stallMs} ms`);
  });
});
