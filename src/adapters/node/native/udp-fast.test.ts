import { createSocket, type Socket } from "node:dgram";
import { constants } from "node:os";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bindUdp } from "../udp-sockets.ts";
import { findLibc, type Libc } from "./libc.ts";
import { FastUdp, openFastUdp } from "./udp-fast.ts";

const libc = findLibc();
const hooks = { onFrame: () => undefined, onError: () => undefined };
const turn = () => new Promise<void>((done) => setImmediate(done));

const closers: (() => void)[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0).reverse()) close();
});

function open(changes: Partial<Libc> = {}): FastUdp {
  const fast = new FastUdp({ ...(libc as Libc), ...changes }, () => "udp://somewhere");
  closers.push(() => fast.close());
  return fast;
}

async function bound(): Promise<Socket> {
  const socket = await bindUdp(4, 0, false);
  closers.push(() => socket.close());
  return socket;
}

describe.skipIf(libc === undefined)("the fast way", () => {
  test("stands aside while frames wait at node:dgram, and is taken again afterwards", async () => {
    let waiting = true;
    let sent = 0;
    const fast = open({
      sendmmsg: (_descriptor, _messages, count) => {
        if (!waiting) sent += count;
        return waiting ? -1 : count;
      },
      errno: () => constants.errno.ENOBUFS,
    });
    const socket = await bound();
    vi.spyOn(socket, "getSendQueueCount").mockImplementation(() => (waiting ? 1 : 0));
    const taken = fast.take(socket, hooks);
    if (taken === undefined) return expect.unreachable();
    const slow: number[] = [];
    const target = { host: "127.0.0.1", port: 9, family: 4 } as const;
    const outlet = fast.outlet(taken, target, {
      slowly: ({ length }) => void slow.push(length),
      failed: () => expect.unreachable(),
    });
    if (outlet === undefined) return expect.unreachable();
    expect(fast.send(outlet, new Uint8Array(5))).toBe(true);
    await turn();
    expect(slow).toEqual([5]);
    expect(fast.send(outlet, new Uint8Array(6))).toBe(false);
    waiting = false;
    expect(fast.send(outlet, new Uint8Array(7))).toBe(true);
    await turn();
    expect([sent, slow]).toEqual([1, [5]]);
    fast.give(taken);
    expect(fast.send(outlet, new Uint8Array(8))).toBe(false);
  });

  test("takes no socket that is closed, not bound or none of Node's", async () => {
    const fast = open();
    const fresh = createSocket("udp4");
    expect(fast.take(fresh, hooks)).toBeUndefined();
    fresh.close();
    const closed = await bindUdp(4, 0, false);
    closed.close();
    expect(fast.take(closed, hooks)).toBeUndefined();
    expect(fast.take({} as Socket, hooks)).toBeUndefined();
    const refused = open({ epollControl: () => -1 });
    expect(refused.take(await bound(), hooks)).toBeUndefined();
  });

  test("is not there where the system has no descriptors left, and says what to do", () => {
    expect(() => open({ epollCreate: () => -1 })).toThrow();
    vi.stubEnv("PEERNET_FFI", "off");
    expect(openFastUdp(() => "")).toContain("PEERNET_FFI=off");
  });
});
