import { createSocket } from "node:dgram";
import type { NetworkInterfaceInfo } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import type { TransportEvents } from "../../ports/index.ts";
import { AdapterError } from "./errors.ts";
import { createUdpTransport, type UdpOptions, type UdpTransport } from "./udp.ts";

const lo: NetworkInterfaceInfo = {
  address: "127.0.0.1",
  netmask: "255.0.0.0",
  family: "IPv4",
  mac: "00:00:00:00:00:00",
  internal: true,
  cidr: "127.0.0.1/8",
};
/** As on a machine that has lost every network. */
const onlyLoopback = () => ({ lo: [lo] });

class Recorder implements TransportEvents {
  readonly frames: { endpoint: string; frame: Uint8Array }[] = [];
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  readonly unreachable: string[] = [];
  onFrame(endpoint: string, frame: Uint8Array): void {
    this.frames.push({ endpoint, frame: Uint8Array.from(frame) });
  }
  onOpened(endpoint: string): void {
    this.opened.push(endpoint);
  }
  onClosed(endpoint: string): void {
    this.closed.push(endpoint);
  }
  onUnreachable(endpoint: string): void {
    this.unreachable.push(endpoint);
  }
}

const open: UdpTransport[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.shutdown()));
});

async function start(
  options: Partial<UdpOptions> = {},
): Promise<{ transport: UdpTransport; events: Recorder; warnings: string[] }> {
  const events = new Recorder();
  const warnings: string[] = [];
  const transport = await createUdpTransport({
    events,
    discovery: false,
    interfaces: onlyLoopback,
    onWarning: (sentence) => warnings.push(sentence),
    ...options,
  });
  open.push(transport);
  return { transport, events, warnings };
}

/** A port that nothing else on this machine uses for beacons while the tests run. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 10_000, interval: 5 }).toBe(true);
}

describe("frames", () => {
  test("go both ways by IPv4, to the endpoint they came from", async () => {
    const a = await start();
    const b = await start();
    const frame = Uint8Array.of(1, 2, 3);
    expect(a.transport.send(`udp://127.0.0.1:${b.transport.ports.ipv4}`, frame)).toBe(true);
    frame.fill(9);
    await until(() => b.events.frames.length === 1);
    const from = b.events.frames[0]?.endpoint ?? "";
    expect(from).toBe(`udp://127.0.0.1:${a.transport.ports.ipv4}`);
    expect(b.events.frames[0]?.frame).toEqual(Uint8Array.of(1, 2, 3));
    expect(b.transport.send(from, Uint8Array.of(4))).toBe(true);
    await until(() => a.events.frames.length === 1);
  });

  test("may have 1200 bytes and not one more", async () => {
    const a = await start();
    const b = await start();
    const to = `udp://127.0.0.1:${b.transport.ports.ipv4}`;
    expect(a.transport.send(to, new Uint8Array(1_201))).toBe(false);
    expect(a.transport.send(to, new Uint8Array(1_200))).toBe(true);
    await until(() => b.events.frames.length === 1);
    expect(b.events.frames[0]?.frame.length).toBe(1_200);
  });

  test("to nonsense are dropped and never throw", async () => {
    const { transport, events } = await start();
    for (const endpoint of [
      "",
      "udp://",
      "udp://host.example:1",
      "tcp://127.0.0.1:1",
      "udp://1.2.3.4:0",
    ]) {
      expect(transport.send(endpoint, Uint8Array.of(1))).toBe(false);
    }
    // Nobody is there, or no way leads there: lost, like any datagram.
    transport.send("udp://127.0.0.1:1", Uint8Array.of(1));
    transport.send("udp://255.255.255.255:9", Uint8Array.of(1));
    transport.send("udp://[fe80::1%nowhere0]:9", Uint8Array.of(1));
    await until(() =>
      transport.diagnostics().some((one) => /[1-9]\d* frames could/.test(one.detail)),
    );
    expect(transport.send(`udp://127.0.0.1:${transport.ports.ipv4}`, Uint8Array.of(7))).toBe(true);
    await until(() => events.frames.length === 1);
  });

  test("after shutdown go nowhere", async () => {
    const { transport } = await start();
    await transport.shutdown();
    expect(transport.send("udp://127.0.0.1:9", Uint8Array.of(1))).toBe(false);
    transport.broadcast(Uint8Array.of(1));
    await transport.shutdown();
  });
});

describe("opening", () => {
  test("answers later, never from within the call", async () => {
    const { transport, events } = await start();
    transport.open("udp://127.0.0.1:9");
    transport.open("udp://not a place");
    expect(events.opened).toEqual([]);
    await until(() => events.opened.length === 1 && events.closed.length === 1);
    expect(events.closed).toEqual(["udp://not a place"]);
  });

  test("a port in use is a typed error that says what to do", async () => {
    const { transport } = await start();
    const again = createUdpTransport({
      events: new Recorder(),
      discovery: false,
      port: transport.ports.ipv4,
      onWarning: () => undefined,
    });
    await expect(again).rejects.toThrow(AdapterError);
    await expect(again).rejects.toMatchObject({ code: "port-in-use" });
    await expect(again).rejects.toThrow(/another port/);
  });
});

describe("beacons", () => {
  test("are heard by every other peer on this machine, with no network at all", async () => {
    const multicastPort = await freePort();
    const peers: Awaited<ReturnType<typeof start>>[] = [];
    for (let i = 0; i < 3; i++) peers.push(await start({ discovery: true, multicastPort }));
    const ports = new Set(peers.map(({ transport }) => transport.ports.ipv4));
    expect(ports.size).toBe(3);
    peers.forEach(({ transport }, i) => {
      transport.broadcast(Uint8Array.of(i));
    });
    await until(() => peers.every(({ events }) => events.frames.length === 2));
    for (const [i, { events, transport, warnings }] of peers.entries()) {
      const heard = events.frames.map(({ endpoint }) => endpoint).sort();
      const others = peers.filter((_, j) => j !== i);
      expect(heard).toEqual(
        others.map((other) => `udp://127.0.0.1:${other.transport.ports.ipv4}`).sort(),
      );
      expect(transport.diagnostics().find(({ id }) => id === "multicast-ipv4")?.ok).toBe(true);
      expect(transport.diagnostics().find(({ id }) => id === "multicast-heard")?.ok).toBe(true);
      expect(warnings).toEqual([]);
    }
  });

  test("are neither sent nor heard without discovery", async () => {
    const multicastPort = await freePort();
    const loud = await start({ discovery: true, multicastPort });
    const deaf = await start({ discovery: false, multicastPort });
    const keen = await start({ discovery: true, multicastPort });
    deaf.transport.broadcast(Uint8Array.of(1));
    loud.transport.broadcast(Uint8Array.of(2));
    await until(() => keen.events.frames.length === 1);
    expect(keen.events.frames[0]?.frame).toEqual(Uint8Array.of(2));
    expect(deaf.events.frames).toEqual([]);
  });

  test("a port that cannot be shared is a warning, not the end", async () => {
    const greedy = createSocket("udp4");
    await new Promise<void>((done) => greedy.bind(0, done));
    const multicastPort = greedy.address().port;
    const { transport, warnings } = await start({ discovery: true, multicastPort });
    expect(warnings.join()).toContain("IPv4");
    expect(transport.diagnostics().find(({ id }) => id === "multicast-ipv4")?.ok).toBe(false);
    transport.broadcast(Uint8Array.of(1));
    greedy.close();
  });

  test("an interface that comes is noticed", async () => {
    let found: Record<string, NetworkInterfaceInfo[]> = {};
    let changes = 0;
    const { transport } = await start({
      discovery: true,
      multicastPort: await freePort(),
      interfaces: () => found,
      onInterfaceChange: () => changes++,
    });
    expect(transport.reachableAt()).toEqual([]);
    found = onlyLoopback();
    await until(() => changes === 1);
    expect(transport.reachableAt()).toEqual([`udp://127.0.0.1:${transport.ports.ipv4}`]);
  });
});
