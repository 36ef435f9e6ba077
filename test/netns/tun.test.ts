import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { release } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { TraceBody } from "../../src/api/client/index.ts";
import { DIAMOND, type Host, type Lab, waitUntil } from "./lab.ts";
import { startTunPeers, statusOf, whyNoTun } from "./tun-lab.ts";

const reason = whyNoTun();
if (reason !== undefined) console.log(`SKIPPED virtual interface tests: ${reason}`);

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});

const OPEN_PORT = 8_080;
const CLOSED_PORT = 8_081;

async function startPeers(count: number, cables: readonly (readonly [number, number])[]) {
  const peers = await startTunPeers(count, cables);
  lab = peers.started;
  peers.last.peernet("allow", "host0", String(OPEN_PORT));
  return peers;
}

/** Bytes of a stream, which both ends can tell without asking each other. */
const BLOCK = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 31 + (i >> 8)) & 0xff));

/** A server that sends `blocks` blocks to whoever connects, then ends. */
async function serve(host: Host, port: number, blocks: number): Promise<void> {
  const program = `
    const block = Buffer.from(Array.from({ length: 65536 }, (_, i) => (i * 31 + (i >> 8)) & 255));
    require("node:net").createServer(async (socket) => {
      socket.on("error", (error) => console.error(error.code));
      for (let i = 0; i < ${blocks}; i++)
        if (!socket.write(block)) await new Promise((go) => socket.once("drain", go));
      socket.end();
    }).listen(${port}, "::", () => console.log("ready"));`;
  const server = host.spawn(process.execPath, ["-e", program]);
  await new Promise((resolve) => server.stdout?.once("data", resolve));
}

/** Fetches from a server to a file; resolves with the hash of what came, or the error's code. */
function fetch(host: Host, address: string, port: number, file: string): Promise<string> {
  const program = `
    const fs = require("node:fs"), hash = require("node:crypto").createHash("sha256");
    const out = fs.openSync(process.argv[1], "w");
    const socket = require("node:net").connect(${port}, process.argv[2]);
    socket.on("data", (bytes) => { hash.update(bytes); fs.writeSync(out, bytes); });
    socket.on("error", (error) => { console.log(error.code); process.exit(); });
    socket.on("end", () => { console.log(hash.digest("hex")); socket.end(); });`;
  const client = host.spawn(process.execPath, ["-e", program, file, address]);
  return new Promise((resolve) => {
    client.stdout?.once("data", (text: Buffer) => resolve(text.toString().trim()));
  });
}

/** Counts datagrams until none has come for a second; each should be full of the byte that it begins with. */
const COUNTING = `
  const socket = require("node:dgram").createSocket("udp6");
  const sizes = [];
  let bad = 0, timer;
  socket.on("message", (bytes) => {
    sizes.push(bytes.length);
    if (bytes.some((byte) => byte !== bytes[0])) bad++;
    clearTimeout(timer);
    timer = setTimeout(() => console.log(JSON.stringify({ sizes, bad })), 1000);
  });
  socket.bind(Number(process.argv[1]), "::", () => console.log("ready"));`;

/** Sends 39 datagrams of 1,000 bytes and one of 500 with each of 20 calls (UDP_SEGMENT). */
const MANY_AT_ONCE = `
  const koffi = require(process.argv[1]);
  const libc = koffi.load("libc.so.6");
  const socket = libc.func("int socket(int, int, int)");
  const setsockopt = libc.func("int setsockopt(int, int, int, const void *, uint32_t)");
  const sendto = libc.func("intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)");
  const fd = socket(10, 2, 0);
  const to = Buffer.alloc(28);
  to.writeUInt16LE(10, 0);
  to.writeUInt16BE(Number(process.argv[3]), 2);
  const [head, tail = ""] = process.argv[2].split("::");
  const [left, right] = [head, tail].map((part) => part.split(":").filter(Boolean));
  const words = [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  words.forEach((word, i) => to.writeUInt16BE(parseInt(word, 16), 8 + 2 * i));
  const size = Buffer.alloc(4);
  size.writeInt32LE(1000);
  if (setsockopt(fd, 17, 103, size, 4) !== 0) throw new Error("no UDP_SEGMENT");
  const bytes = Buffer.alloc(39500);
  for (let i = 0; i < 40; i++) bytes.fill(i + 1, i * 1000, Math.min(bytes.length, (i + 1) * 1000));
  let calls = 0;
  const timer = setInterval(() => {
    if (sendto(fd, bytes, bytes.length, 0, to, 28) !== bytes.length) throw new Error("not sent");
    if (++calls === 20) clearInterval(timer);
  }, 50);`;

function hashOf(blocks: number): string {
  const hash = createHash("sha256");
  for (let i = 0; i < blocks; i++) hash.update(BLOCK);
  return hash.digest("hex");
}

describe.skipIf(reason !== undefined)("ordinary programs over the virtual interface", () => {
  test("over two hops: ping, a TCP stream byte for byte, and closed ports say so", async () => {
    const { first, last, started } = await startPeers(3, [
      [0, 1],
      [1, 2],
    ]);
    const { address } = last.up;
    const pinged = first.run("ping", "-6", "-c", "5", "-i", "0.2", "-W", "5", address);
    expect(pinged).toContain(" 0% packet loss");
    console.log(`over two hops: ${pinged.trim().split("\n").at(-1)}`);
    expect(first.run("ping", "-6", "-c", "2", "-s", "4000", "-W", "5", address)).toContain(" 0% ");
    await serve(last, OPEN_PORT, 100);
    await serve(last, CLOSED_PORT, 1);
    const file = join(first.home, "received");
    const startMs = performance.now();
    expect(await fetch(first, address, OPEN_PORT, file)).toBe(hashOf(100));
    const seconds = (performance.now() - startMs) / 1_000;
    console.log(
      `TCP over two hops: ${((100 * BLOCK.length * 8) / seconds / 1e6).toFixed(0)} Mbit/s`,
    );
    expect(await fetch(first, address, CLOSED_PORT, file)).toBe("EACCES");
    // The relay is no contact: what is open to contacts is closed to it.
    expect(await fetch(started.host(1), address, OPEN_PORT, file)).toBe("EACCES");
    expect(await fetch(first, "fd00::1", OPEN_PORT, file)).toBe("ENETUNREACH");
    const own = (await statusOf(last)).virtualInterface;
    expect(own).toMatchObject({ isUp: true, name: "peernet0", droppedIn: { "not-allowed": 2 } });
  });

  test("bursts of UDP datagrams, joined on their way in, arrive each as it was sent", async () => {
    const { first, last } = await startPeers(2, [[0, 1]]);
    const echo = `
      const socket = require("node:dgram").createSocket("udp6");
      socket.on("message", (bytes, { address, port }) => socket.send(bytes, port, address));
      socket.bind(${OPEN_PORT}, "::", () => console.log("ready"));`;
    const server = last.spawn(process.execPath, ["-e", echo]);
    await new Promise((resolve) => server.stdout?.once("data", resolve));
    // Most are of one size, as of a call or a transfer; others come in between.
    const bursts = `
      const socket = require("node:dgram").createSocket("udp6");
      const seen = [];
      let bad = 0;
      const make = (index) => {
        const size = index % 11 === 10 ? 1 + (index % 700) : 1200;
        const bytes = Buffer.alloc(Math.max(size, 4), index);
        bytes.writeUInt32BE(index);
        return bytes;
      };
      socket.on("message", (bytes) => {
        const index = bytes.readUInt32BE();
        if (!bytes.equals(make(index))) bad++;
        seen.push(index);
      });
      let next = 0;
      const timer = setInterval(() => {
        for (let i = 0; i < 30; i++) socket.send(make(next++), ${OPEN_PORT}, process.argv[1]);
        if (next < 600) return;
        clearInterval(timer);
        setTimeout(() => {
          const isInOrder = seen.every((index, i) => i === 0 || index > seen[i - 1]);
          console.log(JSON.stringify({ count: seen.length, bad, isInOrder }));
          socket.close();
        }, 1000);
      }, 50);`;
    const client = first.spawn(process.execPath, ["-e", bursts, last.up.address]);
    const text = await new Promise<string>((resolve) => {
      client.stdout?.once("data", (bytes: Buffer) => resolve(bytes.toString()));
    });
    const found = JSON.parse(text) as { readonly count: number };
    expect(found).toMatchObject({ bad: 0, isInOrder: true });
    expect(found.count).toBeGreaterThan(500);
  });

  test("datagrams that a program sends with one call travel as one, and arrive each as it was sent", async () => {
    const { first, last } = await startPeers(2, [[0, 1]]);
    const server = last.spawn(process.execPath, ["-e", COUNTING, String(OPEN_PORT)]);
    await new Promise((resolve) => server.stdout?.once("data", resolve));
    const told = new Promise<string>((resolve) => {
      server.stdout?.once("data", (bytes: Buffer) => resolve(bytes.toString()));
    });
    const before = (await statusOf(first)).virtualInterface?.sentPackets ?? 0;
    const koffi = createRequire(import.meta.url).resolve("koffi");
    const words = [koffi, last.up.address, String(OPEN_PORT)];
    first.run(process.execPath, "-e", MANY_AT_ONCE, ...words);
    const { sizes, bad } = JSON.parse(await told) as { sizes: readonly number[]; bad: number };
    expect(bad).toBe(0);
    const call = [...Array(39).fill(1_000), 500];
    // A busy machine may lose one of them, but then with all that it stands for.
    const calls = sizes.length / call.length;
    expect(calls).toBeGreaterThan(15);
    expect(sizes).toEqual(Array(calls).fill(call).flat());
    const sent = ((await statusOf(first)).virtualInterface?.sentPackets ?? 0) - before;
    const [major = 0, minor = 0] = release().split(".").map(Number);
    // Before Linux 6.2 an interface gets them one by one.
    if (major > 6 || (major === 6 && minor >= 2)) expect(sent).toBeLessThan(100);
  });

  test("a TCP stream outlives the relay in use, as another way is there", async () => {
    const { first, last, started } = await startPeers(4, DIAMOND);
    const blocks = 400;
    await serve(last, OPEN_PORT, blocks);
    const file = join(first.home, "received");
    const fetched = fetch(first, last.up.address, OPEN_PORT, file);
    const size = (): number => (existsSync(file) ? statSync(file).size : 0);
    expect(await waitUntil(async () => size() > 2_000_000, 20_000)).toBeDefined();
    const trace = (await last.call("GET", `/v1/trace?to=${first.up.peerId}`)).json as TraceBody;
    const relay = started.hosts.find((host) => host.up.peerId === trace.hops[0]?.peerId);
    expect([1, 2]).toContain(relay?.index);
    expect(size()).toBeLessThan(blocks * BLOCK.length);
    relay?.kill();
    const killedAtMs = performance.now();
    expect(await fetched).toBe(hashOf(blocks));
    console.log(
      `whole after SIGKILL of the relay: ${Math.round(performance.now() - killedAtMs)} ms`,
    );
  });

  test("an interface that is removed: said in words, and the peer lives on", async () => {
    const { first, last } = await startPeers(2, [[0, 1]]);
    first.run("ip", "link", "del", "peernet0");
    const gone = await waitUntil(
      async () => (await statusOf(first)).virtualInterface?.isUp === false,
      10_000,
    );
    expect(gone).toBeDefined();
    const doctor = JSON.stringify((await first.call("GET", "/v1/doctor")).json);
    expect(doctor).toContain("was removed by another program");
    const ping = await first.call("POST", "/v1/ping", { to: last.up.peerId });
    expect((ping.json as { readonly roundTripMs: number | null }).roundTripMs).not.toBeNull();
  });
});
