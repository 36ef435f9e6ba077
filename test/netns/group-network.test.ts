import { afterEach, describe, expect, test } from "vitest";
import type { GroupBody, GroupLinkBody } from "../../src/api/client/index.ts";
import { type Host, type Lab, waitUntil } from "./lab.ts";
import { startTunPeers, statusOf, whyNoTun } from "./tun-lab.ts";

const reason = whyNoTun();
if (reason !== undefined) console.log(`SKIPPED networks of groups: ${reason}`);

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});

const PORT = 8_080;

async function call<T>(host: Host, method: string, path: string, body?: object): Promise<T> {
  return (await host.call(method, path, body)).json as T;
}

/** The addresses that groups give this host. */
async function groupAddressesOf(host: Host): Promise<readonly string[]> {
  return (await statusOf(host)).virtualInterface?.groupAddresses ?? [];
}

async function stateOf(host: Host): Promise<string> {
  return (await call<GroupBody>(host, "GET", "/v1/groups/our-coop")).state;
}

/** Whether the address answers; `from` is the own address that is used. */
function answers(host: Host, address: string, from?: string): boolean {
  const words = from === undefined ? [] : ["-I", from];
  try {
    return host.run("ping", "-6", "-c", "2", "-i", "0.2", "-W", "2", ...words, address) !== "";
  } catch {
    return false;
  }
}

/** Fetches a word from a server there, or the error's code. */
function fetch(host: Host, address: string): string {
  const program = `
    const socket = require("node:net").connect(${PORT}, process.argv[1]);
    const end = (text) => { console.log(text); process.exit(); };
    setTimeout(() => end("silence"), 3000);
    socket.on("data", (bytes) => end(bytes.toString()));
    socket.on("error", (error) => end(error.code));`;
  return host.run(process.execPath, "-e", program, address).trim();
}

/** Tells whoever connects which address they have. */
async function serve(host: Host): Promise<void> {
  const program = `
    require("node:net").createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end(socket.remoteAddress);
    }).listen(${PORT}, "::", () => console.log("ready"));`;
  const server = host.spawn(process.execPath, ["-e", program]);
  await new Promise((resolve) => server.stdout?.once("data", resolve));
}

function lookUp(host: Host, name: string): string {
  try {
    return host.run("getent", "ahostsv6", name).split(/\s/)[0] ?? "";
  } catch {
    return "";
  }
}

describe.skipIf(reason !== undefined)("the network of a group over the virtual interface", () => {
  test("members reach each other in it by address and name; a contact who is none does not, nor who was removed", async () => {
    const { first, last, started } = await startTunPeers(3, [
      [0, 1],
      [1, 2],
    ]);
    lab = started;
    const member = started.host(1);
    await call(first, "POST", "/v1/groups", { title: "Our Coop" });
    const { link } = await call<GroupLinkBody>(first, "POST", "/v1/groups/our-coop/invites", {});
    await call(member, "POST", "/v1/groups", { link });
    expect(await waitUntil(async () => (await stateOf(member)) === "in", 20_000)).toBeDefined();
    const hasBoth = async (): Promise<boolean> =>
      (await groupAddressesOf(first)).length + (await groupAddressesOf(member)).length === 2;
    expect(await waitUntil(hasBoth, 10_000)).toBeDefined();
    const [own = ""] = await groupAddressesOf(first);
    const [theirs = ""] = await groupAddressesOf(member);
    expect(theirs).not.toBe(member.up.address);
    expect(own.split(":").slice(0, 4)).toEqual(theirs.split(":").slice(0, 4));

    // Both ways, by the name that leads there, and as who one is in the group.
    expect(answers(first, theirs)).toBe(true);
    expect(answers(member, own)).toBe(true);
    const isNamed = async (): Promise<boolean> =>
      lookUp(first, "host1.our-coop.peer.alt") === theirs;
    expect(await waitUntil(isNamed, 35_000)).toBeDefined();
    await serve(member);
    expect(fetch(first, theirs)).toBe("EACCES");
    member.peernet("allow", "our-coop", String(PORT));
    expect(fetch(first, theirs)).toBe(own);

    // Who is first's contact, and knows both addresses, belongs to no group: not by its own address, nor by one it takes.
    expect(await groupAddressesOf(last)).toEqual([]);
    expect(answers(last, first.up.address)).toBe(true);
    expect(answers(last, own)).toBe(false);
    last.run("ip", "-6", "address", "add", `${theirs}/64`, "dev", "peernet0");
    expect(answers(last, own, theirs)).toBe(false);
    expect(answers(last, own, last.up.address)).toBe(false);

    // Removed: neither end lets anything pass any more, and the address is gone.
    await call(first, "DELETE", "/v1/groups/our-coop/members/host1");
    expect(answers(first, theirs)).toBe(false);
    expect(answers(member, own)).toBe(false);
    expect(fetch(first, theirs)).not.toBe(own);
    expect((await statusOf(first)).virtualInterface?.droppedIn["not-for-us"]).toBeGreaterThan(0);
    expect(answers(first, member.up.address)).toBe(true);
  });
});
