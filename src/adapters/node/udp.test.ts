import { createSocket } from "node:dgram";
import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { AdapterError } from "./errors.ts";
import { INTERFACE_LOOK_GAP_MS, NAT_QUIET_MS, UDP_FRAME_BYTES_MAX } from "./limits.ts";
import { loadFfi } from "./native/ffi.ts";
import { FFI, freePort, onlyLoopback, Recorder, start, until, withFfi } from "./udp.fixture.ts";
import { createUdpTransport } from "./udp.ts";

describe.each(FFI)("frames, FFI %s", (mode) => {
  withFfi(mode);

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

  test.each(["127.0.0.1", "[::1]"])(
    "to %s may have 65487 bytes and not one more, and the system is asked how large they should be",
    async (host) => {
      const a = await start();
      const b = await start();
      const { ipv4, ipv6 } = b.transport.ports;
      const to = `udp://${host}:${host === "[::1]" ? ipv6 : ipv4}`;
      expect(a.transport.pathFrameBytes?.(to)).toBe(1_200);
      a.transport.watch?.(to, true);
      const isAsked = process.platform === "linux" && loadFfi() !== undefined;
      expect(a.transport.pathFrameBytes?.(to)).toBe(isAsked ? UDP_FRAME_BYTES_MAX : 1_200);
      expect(a.transport.send(to, new Uint8Array(UDP_FRAME_BYTES_MAX + 1))).toBe(false);
      const frame = Uint8Array.from({ length: UDP_FRAME_BYTES_MAX }, (_, i) => (i * 7) & 0xff);
      for (const bytes of [frame, frame.subarray(0, 40_000), frame]) {
        expect(a.transport.send(to, bytes)).toBe(true);
      }
      await until(() => b.events.frames.length === 3);
      expect(b.events.frames.map((one) => one.frame.length)).toEqual([65_487, 40_000, 65_487]);
      expect(b.events.frames[2]?.frame).toEqual(frame);
      a.transport.watch?.(to, false);
    },
  );

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

  test("of any sizes arrive unchanged and in order, sent within one turn", async () => {
    const a = await start();
    const b = await start();
    const c = await start();
    const [toB, toC] = [b, c].map(({ transport }) => `udp://127.0.0.1:${transport.ports.ipv4}`);
    a.transport.watch?.(toC ?? "", true);
    const sizes = [
      1, 1_200, 1_200, 1_200, 700, 700, 1, 0, 0, 2, 1_200, 900, 1_199, 1_200, 1_200, 3,
    ];
    const frames = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    for (const frame of frames) {
      for (const to of [toB, toC]) expect(a.transport.send(to ?? "", frame)).toBe(true);
    }
    for (const { events } of [b, c]) {
      await until(() => events.frames.length === frames.length);
      expect(events.frames.map(({ frame }) => frame)).toEqual(frames);
      const from = `udp://127.0.0.1:${a.transport.ports.ipv4}`;
      expect(new Set(events.frames.map(({ endpoint }) => endpoint))).toEqual(new Set([from]));
    }
  });

  test("by IPv6 come from an endpoint that is spelled as ever", async (context) => {
    const a = await start();
    const b = await start();
    if (a.transport.ports.ipv6 === 0) return context.skip("this machine has no IPv6 loopback");
    for (let i = 0; i < 3; i++) {
      a.transport.send(`udp://[0:0::1]:${b.transport.ports.ipv6}`, Uint8Array.of(i));
    }
    await until(() => b.events.frames.length === 3);
    const from = `udp://[::1]:${a.transport.ports.ipv6}`;
    expect(b.events.frames).toEqual(
      [0, 1, 2].map((i) => ({ endpoint: from, frame: Uint8Array.of(i) })),
    );
  });

  test("of a burst that were sent still leave when the transport is shut down", async () => {
    const a = await start();
    const b = await start();
    const to = `udp://127.0.0.1:${b.transport.ports.ipv4}`;
    for (let i = 0; i < 65; i++) a.transport.send(to, new Uint8Array(1_000).fill(i));
    await a.transport.shutdown();
    await until(() => b.events.frames.length === 65);
    expect(b.events.frames.map(({ frame }) => frame[999])).toEqual(
      Array.from({ length: 65 }, (_, i) => i),
    );
  });

  test("of a burst go nowhere once their reader is shut down", async () => {
    const a = await start();
    const b = await start();
    const to = `udp://127.0.0.1:${b.transport.ports.ipv4}`;
    const shutdowns: Promise<void>[] = [];
    b.events.onFrame = () => void shutdowns.push(b.transport.shutdown());
    for (let i = 0; i < 60; i++) a.transport.send(to, new Uint8Array(1_000));
    await until(() => shutdowns.length > 0);
    await shutdowns[0];
    await new Promise((done) => setTimeout(done, 20));
    expect(shutdowns).toHaveLength(1);
  });

  test("that need a system call each are a line of the diagnosis", async () => {
    const { transport } = await start();
    const fast = transport.diagnostics().find(({ id }) => id === "udp-fast");
    expect(fast?.ok).toBe(true);
    if (mode === "off") expect(fast?.detail).toContain("PEERNET_FFI=off");
    else if (loadFfi() !== undefined) expect(fast?.detail).toContain("one system call");
  });

  test("after shutdown go nowhere", async () => {
    const { transport } = await start();
    await transport.shutdown();
    expect(transport.send("udp://127.0.0.1:9", Uint8Array.of(1))).toBe(false);
    transport.broadcast(Uint8Array.of(1));
    await transport.shutdown();
  });
});

describe.each(FFI)("opening, FFI %s", (mode) => {
  withFfi(mode);

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

describe.each(FFI)("beacons, FFI %s", (mode) => {
  withFfi(mode);

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

describe.each(FFI)("looking at once, FFI %s", (mode) => {
  withFfi(mode);

  const eth = (...addresses: readonly [string, number][]): NetworkInterfaceInfo[] =>
    addresses.map(([address, scopeid]) => ({
      ...{ address, mac: "02:00:00:00:00:01", internal: false, netmask: "" },
      ...(scopeid > 0
        ? { family: "IPv6" as const, scopeid, cidr: `${address}/64` }
        : { family: "IPv4" as const, cidr: `${address}/24` }),
    }));

  test("finds that the interface behind an endpoint is gone, and tells that it changed", async () => {
    let found: Record<string, NetworkInterfaceInfo[]> = { test0: eth(["fe80::1", 2]) };
    let changes = 0;
    const { transport } = await start({
      interfaces: () => found,
      onInterfaceChange: () => changes++,
    });
    expect(transport.check?.("udp://[fe80::2%test0]:9")).toBe(true);
    expect(transport.check?.("udp://192.0.2.1:9")).toBe(true);
    found = {};
    await new Promise((done) => setTimeout(done, INTERFACE_LOOK_GAP_MS + 1));
    expect(transport.check?.("udp://[fe80::2%test0]:9")).toBe(false);
    expect(transport.check?.("udp://nonsense")).toBe(false);
    await until(() => changes === 1);
  });

  test("neighbours on an attached network may be silent for as long as they like", async () => {
    const { transport } = await start({
      interfaces: () => ({ test0: eth(["fe80::1", 2], ["10.1.2.3", 0]) }),
    });
    expect(transport.quietMsMax?.("udp://[fe80::2%test0]:9")).toBe(Number.POSITIVE_INFINITY);
    expect(transport.quietMsMax?.("udp://10.1.2.77:9")).toBe(Number.POSITIVE_INFINITY);
    expect(transport.quietMsMax?.("udp://10.1.3.77:9")).toBe(NAT_QUIET_MS);
    expect(transport.quietMsMax?.("udp://[2001:db8::1]:9")).toBe(NAT_QUIET_MS);
  });
});
