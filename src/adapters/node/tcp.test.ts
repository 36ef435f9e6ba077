import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { TransportEvents } from "../../ports/index.ts";
import { TCP_ACCEPTED_PER_ADDRESS_MAX } from "./limits.ts";
import { createTcpTransport, type TcpOptions, type TcpTransport } from "./tcp.ts";

class Recorder implements TransportEvents {
  readonly frames: { endpoint: string; frame: Uint8Array }[] = [];
  readonly opened: string[] = [];
  readonly closed: { endpoint: string; reason: string }[] = [];
  readonly unreachable: string[] = [];
  onFrame(endpoint: string, frame: Uint8Array): void {
    this.frames.push({ endpoint, frame: Uint8Array.from(frame) });
  }
  onOpened(endpoint: string): void {
    this.opened.push(endpoint);
  }
  onClosed(endpoint: string, reason: string): void {
    this.closed.push({ endpoint, reason });
  }
  onUnreachable(endpoint: string): void {
    this.unreachable.push(endpoint);
  }
}

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

async function start(
  options: Partial<TcpOptions> = {},
): Promise<{ transport: TcpTransport; events: Recorder; warnings: string[]; at: string }> {
  const events = new Recorder();
  const warnings: string[] = [];
  const transport = await createTcpTransport({
    events,
    listen: ["tcp://127.0.0.1:0"],
    onWarning: (sentence) => warnings.push(sentence),
    ...options,
  });
  cleanups.push(() => transport.shutdown());
  return { transport, events, warnings, at: transport.listening[0] ?? "" };
}

function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(":") + 1));
}

async function raw(endpoint: string): Promise<Socket> {
  const socket = connect(portOf(endpoint), "127.0.0.1");
  socket.on("error", () => undefined);
  cleanups.push(() => socket.destroy());
  await new Promise<void>((done) => socket.once("connect", done));
  return socket;
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 10_000, interval: 5 }).toBe(true);
}

async function pair() {
  const a = await start({ listen: [] });
  const b = await start();
  a.transport.open(b.at);
  expect(a.events.opened).toEqual([]);
  await until(() => a.events.opened.length === 1 && b.events.opened.length === 1);
  return { a, b, from: b.events.opened[0] ?? "" };
}

describe("connections", () => {
  test("carry frames both ways, in order, up to 65,535 bytes", async () => {
    const { a, b, from } = await pair();
    const sizes = [1, 65_535, 2, 1_200, 65_535];
    for (const size of sizes) {
      const frame = new Uint8Array(size).fill(size % 251);
      expect(a.transport.send(b.at, frame)).toBe(true);
      frame.fill(0);
    }
    expect(a.transport.send(b.at, new Uint8Array(65_536))).toBe(false);
    expect(a.transport.send(b.at, new Uint8Array(0))).toBe(false);
    await until(() => b.events.frames.length === sizes.length);
    expect(b.events.frames.map(({ frame }) => frame.length)).toEqual(sizes);
    expect(b.events.frames.every(({ frame }) => frame.every((x) => x === frame.length % 251))).toBe(
      true,
    );
    expect(b.events.frames.every(({ endpoint }) => endpoint === from)).toBe(true);
    expect(b.transport.send(from, Uint8Array.of(5))).toBe(true);
    await until(() => a.events.frames.length === 1);
    expect(a.events.frames[0]?.endpoint).toBe(b.at);
  });

  test("opening an open endpoint answers again without a second connection", async () => {
    const { a, b } = await pair();
    a.transport.open(b.at);
    await until(() => a.events.opened.length === 2);
    expect(b.events.opened.length).toBe(1);
  });

  test("closing flushes what waits and tells only the other side", async () => {
    const { a, b } = await pair();
    a.transport.send(b.at, Uint8Array.of(1));
    a.transport.close(b.at);
    expect(a.transport.send(b.at, Uint8Array.of(2))).toBe(false);
    await until(() => b.events.closed.length === 1);
    expect(b.events.frames.length).toBe(1);
    expect(a.events.closed).toEqual([]);
    a.transport.open(b.at);
    await until(() => b.events.opened.length === 2);
  });

  test("that cannot be made are told with a reason", async () => {
    const { transport, events, at } = await start();
    await transport.shutdown();
    const other = await start({ listen: [] });
    other.transport.open(at);
    other.transport.open("tcp://nonsense");
    expect(other.events.closed).toEqual([]);
    await until(() => other.events.closed.length === 2);
    const refused = other.events.closed.find(({ endpoint }) => endpoint === at);
    expect(refused?.reason).toBe("Nobody listens there.");
    expect(events.closed).toEqual([]);
  });

  test("by name are looked up", async () => {
    const b = await start();
    const a = await start({ listen: [] });
    a.transport.open(`tcp://localhost:${portOf(b.at)}`);
    await until(() => a.events.opened.length === 1);
  });
});

describe("bounds", () => {
  test("a reader that does not read makes send say no, and costs no more than the queue", async () => {
    const server: Server = createServer((socket) => {
      socket.pause();
      cleanups.push(() => socket.destroy());
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    cleanups.push(() => server.close());
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { transport, events } = await start({ listen: [] });
    transport.open(`tcp://127.0.0.1:${port}`);
    await until(() => events.opened.length === 1);
    const frame = new Uint8Array(65_535);
    let sent = 0;
    while (transport.send(`tcp://127.0.0.1:${port}`, frame)) sent++;
    expect(sent).toBeLessThanOrEqual((1 << 20) / frame.length);
    await new Promise((done) => setTimeout(done, 50));
    let more = 0;
    for (let i = 0; i < 1_000; i++) {
      if (transport.send(`tcp://127.0.0.1:${port}`, frame)) more++;
      await new Promise((done) => setImmediate(done));
    }
    expect(more).toBeLessThan(1_000);
    expect(
      transport
        .diagnostics()
        .map(({ detail }) => detail)
        .join(),
    ).toMatch(/[1-9]\d* frames dropped/);
  });

  test("an empty frame ends the connection", async () => {
    const { events, at } = await start();
    const socket = await raw(at);
    socket.write(Uint8Array.of(0, 1, 9, 0, 0));
    await until(() => events.closed.length === 1);
    expect(events.frames.map(({ frame }) => [...frame])).toEqual([[9]]);
    expect(events.closed[0]?.reason).toContain("does not speak Peernet");
  });

  test("whoever says nothing, or stops in the middle, is let go", async () => {
    const { events, at } = await start({ timeouts: { firstFrameMs: 30, partialFrameMs: 30 } });
    await raw(at);
    await until(() => events.closed.length === 1);
    const slow = await raw(at);
    slow.write(Uint8Array.of(0, 1, 9, 0, 5, 1));
    await until(() => events.closed.length === 2);
    expect(events.frames.length).toBe(1);
    expect(events.closed[1]?.reason).toContain("stopped in the middle");
  });

  test("one address gets so many connections and not one more", async () => {
    const { events, at, transport } = await start();
    for (let i = 0; i < TCP_ACCEPTED_PER_ADDRESS_MAX; i++) await raw(at);
    await until(() => events.opened.length === TCP_ACCEPTED_PER_ADDRESS_MAX);
    const extra = await raw(at);
    await new Promise<void>((done) => extra.once("close", () => done()));
    expect(events.opened.length).toBe(TCP_ACCEPTED_PER_ADDRESS_MAX);
    expect(transport.diagnostics().find(({ id }) => id === "tcp-connections")?.ok).toBe(false);
  });
});

describe("listening", () => {
  test("a port in use is a typed error that says what to do", async () => {
    const { at } = await start();
    const again = start({ listen: ["tcp://127.0.0.1:0", at] });
    await expect(again).rejects.toMatchObject({ name: "AdapterError", code: "port-in-use" });
    await expect(again).rejects.toThrow(/another port/);
  });

  test("nonsense is refused with an example", async () => {
    await expect(start({ listen: ["tcp://example.org:1"] })).rejects.toMatchObject({
      code: "bad-endpoint",
    });
  });

  test("an address that this machine lacks is a warning", async () => {
    const { warnings, transport } = await start({ listen: ["tcp://203.0.113.9:0"] });
    expect(warnings.length).toBe(1);
    expect(transport.listening).toEqual([]);
  });

  test("reachable addresses are spread over the interfaces, loopback only when alone", async () => {
    const internal = { netmask: "", mac: "", cidr: null, family: "IPv4" } as const;
    const lo = { ...internal, address: "127.0.0.1", internal: true };
    const eth = { ...internal, address: "192.0.2.9", internal: false };
    const any = { listen: ["tcp://0.0.0.0:0"] };
    const linked = await start({ ...any, interfaces: () => ({ lo: [lo], eth0: [eth] }) });
    expect(linked.transport.reachableAt()).toEqual([`tcp://192.0.2.9:${portOf(linked.at)}`]);
    const alone = await start({ ...any, interfaces: () => ({ lo: [lo] }) });
    expect(alone.transport.reachableAt()).toEqual([`tcp://127.0.0.1:${portOf(alone.at)}`]);
  });
});
