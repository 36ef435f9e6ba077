import { createSocket } from "node:dgram";
import { describe, expect, test } from "vitest";
import { UDP_LINES_MAX } from "./limits.ts";
import { FFI, start, until, withFfi } from "./udp.fixture.ts";

describe.skipIf(process.platform !== "linux").each(FFI)("a linked endpoint, FFI %s", (mode) => {
  withFfi(mode);

  test("whose program has died is told at once, and no other endpoint", async () => {
    const a = await start();
    const b = await start();
    const c = await start();
    const [toB, toC] = [b, c].map(({ transport }) => `udp://127.0.0.1:${transport.ports.ipv4}`);
    for (const to of [toB, toC]) a.transport.watch?.(to ?? "", true);
    await b.transport.shutdown();
    a.transport.send(toC ?? "", Uint8Array.of(1));
    a.transport.send(toB ?? "", Uint8Array.of(2));
    await until(() => a.events.unreachable.length > 0);
    await until(() => c.events.frames.length === 1);
    expect(new Set(a.events.unreachable)).toEqual(new Set([toB]));
    a.transport.watch?.(toB ?? "", false);
    const told = a.events.unreachable.length;
    a.transport.send(toB ?? "", Uint8Array.of(3));
    expect(a.transport.send(toC ?? "", Uint8Array.of(4))).toBe(true);
    await until(() => c.events.frames.length === 2);
    expect(a.events.unreachable).toHaveLength(told);
  });

  test("whose program has died in the middle of a burst is told", async () => {
    const a = await start();
    const b = await start();
    const to = `udp://127.0.0.1:${b.transport.ports.ipv4}`;
    a.transport.watch?.(to, true);
    for (let i = 0; i < 20; i++) a.transport.send(to, new Uint8Array(1_000));
    await until(() => b.events.frames.length === 20);
    await b.transport.shutdown();
    for (let i = 0; i < 20; i++) a.transport.send(to, new Uint8Array(1_000));
    expect(a.events.unreachable).toEqual([]);
    await until(() => a.events.unreachable.length > 0);
    expect(new Set(a.events.unreachable)).toEqual(new Set([to]));
  });

  test("its connected socket keeps the port and steals no frame of others", async () => {
    const a = await start();
    const others = await Promise.all([start(), start(), start()]);
    const toA = `udp://127.0.0.1:${a.transport.ports.ipv4}`;
    const endpoints = others.map(({ transport }) => `udp://127.0.0.1:${transport.ports.ipv4}`);
    const rounds = 60;
    for (let i = 0; i < rounds; i++) {
      // Sockets are connected and dropped again while frames from everybody are under way.
      a.transport.watch?.(endpoints[i % 3] ?? "", i % 2 === 0);
      for (const other of others) other.transport.send(toA, Uint8Array.of(i));
      for (const to of endpoints) a.transport.send(to, Uint8Array.of(i));
      if (i % 10 === 9) await until(() => a.events.frames.length === 3 * (i + 1));
    }
    await until(() => a.events.frames.length === 3 * rounds);
    await until(() => others.every(({ events }) => events.frames.length === rounds));
    for (const [i, { events }] of others.entries()) {
      expect(new Set(events.frames.map(({ endpoint }) => endpoint))).toEqual(new Set([toA]));
      const from = a.events.frames.filter(({ endpoint }) => endpoint === endpoints[i]);
      expect(from).toHaveLength(rounds);
    }
  });

  test("more of them than there may be sockets go on over the main one", async () => {
    const a = await start();
    const b = await start();
    for (let i = 0; i < UDP_LINES_MAX; i++) a.transport.watch?.(`udp://127.1.0.${i}:9`, true);
    const to = `udp://127.0.0.1:${b.transport.ports.ipv4}`;
    a.transport.watch?.(to, true);
    expect(a.transport.send(to, Uint8Array.of(1))).toBe(true);
    await until(() => b.events.frames.length === 1);
    await b.transport.shutdown();
    a.transport.send(to, Uint8Array.of(1));
    await new Promise((done) => setTimeout(done, 50));
    expect(a.events.unreachable).toEqual([]);
  });

  test("a second program is still refused the port", async () => {
    const { transport } = await start();
    transport.watch?.("udp://127.0.0.1:9", true);
    const second = createSocket("udp4");
    const code = await new Promise<string>((done) => {
      second.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? ""));
      second.bind(transport.ports.ipv4, () => done("bound"));
    });
    second.close();
    expect(code).toBe("EADDRINUSE");
  });
});
