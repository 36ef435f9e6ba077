import { readdirSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { inEmptyNetwork, ip } from "./empty-network.fixture.ts";
import { InterfaceNews } from "./interface-news.ts";
import { findLibc, type Libc } from "./libc.ts";
import { Pinned } from "./pinned.ts";

const libc = findLibc();
const NETLINK_USERSOCK = 2;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

/** Counts what is told. */
function listen(changes: Partial<Libc> = {}): { count: number } {
  const told = { count: 0 };
  const onNews = (): void => {
    told.count++;
  };
  const news = InterfaceNews.open(onNews, { ...(libc as Libc), ...changes });
  if (news === undefined) return expect.unreachable();
  closers.push(() => news.close());
  return told;
}

/** Where everybody may say something: the kernel keeps such a family for programs among themselves. */
const AMONG_PROGRAMS: Partial<Libc> = {
  socket: (family, type) => (libc as Libc).socket(family, type, NETLINK_USERSOCK),
};

/** Sends messages of so many bytes to all who listen. */
function say(count: number, sizeBytes: number): void {
  const real = libc as Libc;
  const send = real.ffi.find("sendto", ["int", "address", "int", "int", "address", "int"]);
  const socket = real.socket(16, 3, NETLINK_USERSOCK);
  const memory = new Pinned(real.ffi, 64 + sizeBytes);
  memory.put32(0, 16);
  memory.put32(8, 1);
  for (let i = 0; i < count; i++) {
    send(socket, memory.address + 64, sizeBytes, 0, memory.address, 12);
  }
  real.close(socket);
}

/** Long enough for whatever has come to be told, on a machine however busy: turns, not time. */
async function turns(count = 50): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((done) => setTimeout(done, 1));
}

const descriptors = (): number => readdirSync("/proc/self/fd").length;

describe.skipIf(libc === undefined)("news of interfaces", () => {
  test("there are none where the system gives no socket or does not let it listen", () => {
    const before = descriptors();
    const open = (changes: Partial<Libc>) =>
      InterfaceNews.open(() => undefined, { ...(libc as Libc), ...changes });
    expect(open({ socket: () => -1 })).toBeUndefined();
    expect(open({ bind: () => -1 })).toBeUndefined();
    expect(open({ epollCreate: () => -1 })).toBeUndefined();
    expect(descriptors()).toBe(before);
  });

  test("several messages at once are told once, long ones too", async () => {
    const told = listen(AMONG_PROGRAMS);
    say(5, 16);
    say(5, 20_000);
    await turns();
    expect(told.count).toBe(1);
    say(1, 16);
    await turns();
    expect(told.count).toBe(2);
  });

  test("more than the system keeps loses messages, and later ones are told all the same", async () => {
    const told = listen(AMONG_PROGRAMS);
    say(20_000, 64);
    await turns();
    const before = told.count;
    expect(before).toBeGreaterThan(0);
    say(1, 16);
    await turns();
    expect(told.count).toBe(before + 1);
  });

  test("nothing is told after the end, and no descriptor stays", async () => {
    const before = descriptors();
    const told = listen(AMONG_PROGRAMS);
    say(1, 16);
    for (const close of closers.splice(0)) close();
    await turns();
    expect(told.count).toBe(0);
    expect(descriptors()).toBe(before);
  });

  test("an interface and an address that come and go are told", async (context) => {
    const counts: number[] = [];
    const whyNot = await inEmptyNetwork(async () => {
      const told = listen();
      const steps = [
        "link set lo up",
        "addr add 10.1.2.3/32 dev lo",
        "addr del 10.1.2.3/32 dev lo",
      ];
      for (const step of steps) {
        const before = told.count;
        ip(step);
        await turns();
        counts.push(told.count - before);
      }
    });
    // An empty network is root's to make; the other tests of this file run for everybody.
    if (whyNot !== undefined) context.skip(whyNot);
    expect(counts.map((count) => count > 0)).toEqual([true, true, true]);
  });
});
