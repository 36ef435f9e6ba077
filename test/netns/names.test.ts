import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Host, type Lab, waitUntil } from "./lab.ts";
import { startTunPeers, statusOf, whyNoTun } from "./tun-lab.ts";

const reason = whyNoTun();
if (reason !== undefined) console.log(`SKIPPED names over the virtual interface: ${reason}`);

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});

const CABLE = [[0, 1]] as const;
const USERS = "127.0.0.1 localhost\n::1 localhost\n";
const hostsOf = (host: Host): string => readFileSync(join(host.etc, "hosts"), "utf8");

async function startPair(config: object = {}) {
  const peers = await startTunPeers(2, CABLE, config);
  lab = peers.started;
  return peers;
}

/** What the system says a name stands for, as any program hears it. */
function lookUp(host: Host, name: string): string {
  try {
    return host.run("getent", "ahostsv6", name).split(/\s/)[0] ?? "";
  } catch {
    return "";
  }
}

/** What the peer's own DNS server says, asked from a host: AAAA records, or the error's code. */
function askServer(host: Host, server: string, name: string): string {
  const program = `
    const { Resolver } = require("node:dns").promises;
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([process.argv[1]]);
    resolver.resolve6(process.argv[2]).then((all) => console.log(all.join()),
      (error) => console.log(error.code));`;
  return host.run(process.execPath, "-e", program, server, name).trim();
}

async function namesWork(host: Host): Promise<boolean> {
  return (await statusOf(host)).virtualInterface?.names.works === true;
}

describe.skipIf(reason !== undefined)("names of contacts over the virtual interface", () => {
  test("every program knows them, also new ones at once; a peer that stops takes them away", async () => {
    const { first, last } = await startPair();
    expect(await waitUntil(() => namesWork(first), 20_000)).toBeDefined();
    const known = await waitUntil(
      async () => lookUp(first, "last.peer.alt") === last.up.address,
      5_000,
    );
    expect(known).toBeDefined();
    expect(first.run("ping", "-6", "-c", "2", "-W", "5", "last.peer.alt")).toContain(" 0% ");
    expect(first.peernet("contacts", "last", "--as", "Anna Maria")).toContain("Anna Maria to you");
    const seen = await waitUntil(
      async () => lookUp(first, "anna-maria.peer.alt") === last.up.address,
      5_000,
    );
    expect(seen).toBeDefined();
    expect(lookUp(first, "last.peer.alt")).toBe("");
    expect(first.peernet("status")).toContain("work in every program: /etc/hosts has them");
    expect(first.peernet("doctor")).toContain("work in every program");
    expect(hostsOf(first).startsWith(USERS)).toBe(true);
    await first.end();
    expect(hostsOf(first)).toBe(USERS);
  });

  test("our own DNS server answers programs of this machine, and no peer whatever the rules are", async () => {
    const { first, last } = await startPair();
    const server = `[${first.up.address}]:53`;
    const answers = async (): Promise<boolean> =>
      askServer(first, server, "last.peer.alt") === last.up.address;
    expect(await waitUntil(answers, 10_000)).toBeDefined();
    expect(askServer(first, server, "example.org")).toBe("EREFUSED");
    first.peernet("allow", "last", "all");
    expect(last.run("ping", "-6", "-c", "1", "-W", "5", first.up.address)).toContain(" 0% ");
    expect(askServer(last, server, "last.peer.alt")).toBe("ETIMEOUT");
  });

  test("what a killed peer leaves behind goes at the next start, with or without an interface", async () => {
    const { first } = await startPair();
    expect(await waitUntil(() => namesWork(first), 20_000)).toBeDefined();
    first.kill();
    expect(hostsOf(first)).toContain("last.peer.alt");
    const gone = async (): Promise<boolean> => !first.run("ip", "-o", "link").includes("peernet0");
    expect(await waitUntil(gone, 5_000)).toBeDefined();
    writeFileSync(join(first.home, "config.json"), "{}");
    await first.start();
    expect(hostsOf(first)).toBe(USERS);
  });

  test("a second peer on the same machine: the name of the interface is taken, or it has its own", async () => {
    const { first, started } = await startPair();
    expect(await waitUntil(() => namesWork(first), 20_000)).toBeDefined();
    const second = new Host(9, first.namespace, join(first.home, "second"));
    await expect(second.start("--tun")).rejects.toThrow(
      /The interface peernet0 is in use by another program. Choose another name: --tun peernet1/,
    );
    expect(lookUp(first, "last.peer.alt")).toBe(started.host(1).up.address);
    expect((await statusOf(first)).virtualInterface?.isUp).toBe(true);
    const other = new Host(10, first.namespace, join(first.home, "other"));
    await other.start("--tun", "peernet1");
    expect(await waitUntil(() => namesWork(other), 20_000)).toBeDefined();
    expect(lookUp(first, `${other.up.peerId}.peer.alt`)).toBe(other.up.address);
    expect(lookUp(first, "last.peer.alt")).toBe(started.host(1).up.address);
    await other.end();
    expect(lookUp(first, `${other.up.peerId}.peer.alt`)).toBe("");
    expect(lookUp(first, "last.peer.alt")).toBe(started.host(1).up.address);
    await first.end();
    expect(hostsOf(first)).toBe(USERS);
  });

  test("an interface that is removed takes its names with it", async () => {
    const { first } = await startPair();
    expect(await waitUntil(() => namesWork(first), 20_000)).toBeDefined();
    first.run("ip", "link", "del", "peernet0");
    expect(await waitUntil(async () => hostsOf(first) === USERS, 5_000)).toBeDefined();
    expect(await waitUntil(async () => !(await namesWork(first)), 5_000)).toBeDefined();
  });

  test("nothing is touched where that is wished, and a DNS server of one's own may ask", async () => {
    const { first, last } = await startPair({ names: false });
    const server = first.up.address;
    const answers = async (): Promise<boolean> =>
      askServer(first, `[${server}]:53`, "last.peer.alt") === last.up.address;
    expect(await waitUntil(answers, 10_000)).toBeDefined();
    expect(hostsOf(first)).toBe(USERS);
    expect((await statusOf(first)).virtualInterface?.names).toMatchObject({
      ...{ hook: "off", works: false, words: expect.stringContaining("as you wished") },
    });
    writeFileSync(join(first.etc, "resolv.conf"), `nameserver ${server}\n`);
    expect(lookUp(first, "last.peer.alt")).toBe(last.up.address);
    expect(first.peernet("doctor")).toContain("work in every program: the system asks this peer");
  });
});
