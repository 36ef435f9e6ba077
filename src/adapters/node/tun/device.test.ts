import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { AdapterError } from "../errors.ts";
import { isTunName, openTun, type TunDevice, type TunEvents } from "./device.ts";
import { gsoMessage, ifreq, in6Ifreq } from "./kernel.ts";
import { bindLibc, ERRNO } from "./libc.ts";
import { cannotMake, cannotOpen, cannotSet } from "./refusals.ts";

function whyNoTun(): string | undefined {
  if (process.platform !== "linux") return "virtual interfaces work on Linux only";
  if (process.getuid?.() !== 0) return "making a virtual interface needs root";
  try {
    accessSync("/dev/net/tun", constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return "there is no /dev/net/tun";
  }
}

const reason = whyNoTun();
if (reason !== undefined) console.log(`SKIPPED virtual interface tests: ${reason}`);

/** A network of its own, so that nothing on this machine is led elsewhere. */
const address = Uint8Array.from([0xfd, ...randomBytes(14), 1]);
const text = (last: number): string =>
  (Buffer.from(address).toString("hex").slice(0, 30) + last.toString(16).padStart(2, "0"))
    .match(/.{4}/g)
    ?.join(":") ?? "";
const name = `peernetT${process.pid % 100_000}`.toLowerCase();
const settings = { name, address, prefixBits: 120, mtuBytes: 1_420 };

const opened: TunDevice[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((device) => device.close()));
});

function open(events: Partial<TunEvents> = {}): TunDevice {
  const silent = { onFrame: () => true, onBatch: () => undefined, onGone: () => undefined };
  const device = openTun(settings, { ...silent, ...events });
  opened.push(device);
  return device;
}

/** Resolves with the first packet that comes out of the interface and fits. */
function firstPacket(fits: (packet: Uint8Array) => boolean): {
  readonly events: Partial<TunEvents>;
  readonly packet: Promise<Uint8Array>;
} {
  let found: (packet: Uint8Array) => void = () => undefined;
  const packet = new Promise<Uint8Array>((resolve) => {
    found = resolve;
  });
  const onFrame = (frame: Uint8Array, end: number): boolean => {
    const one = frame.slice(1, end);
    if (fits(one.subarray(10))) found(one);
    return true;
  };
  return { events: { onFrame }, packet };
}

describe.skipIf(reason !== undefined)("a virtual interface", () => {
  test("what a program sends to an address behind it comes out, and answers go in", async () => {
    const { events, packet } = firstPacket(
      // Others on this machine tell all interfaces of themselves by UDP.
      (bytes) => bytes[6] === 17 && bytes.subarray(24, 39).every((byte, i) => byte === address[i]),
    );
    const device = open(events);
    const socket = createSocket("udp6");
    const answer = new Promise<string>((resolve) => {
      socket.once("message", (bytes) => resolve(bytes.toString()));
    });
    socket.send("hello", 4_242, text(2));
    const sent = await packet;
    expect(Buffer.from(sent.subarray(10 + 8, 10 + 24))).toEqual(Buffer.from(address));
    expect(Buffer.from(sent.subarray(-5)).toString()).toBe("hello");
    // Both ways round, with the sums of the pseudo header and the data the same as before.
    const back = sent.slice();
    back.set(sent.subarray(10 + 24, 10 + 40), 10 + 8);
    back.set(sent.subarray(10 + 8, 10 + 24), 10 + 24);
    back.set(sent.subarray(52, 54), 50);
    back.set(sent.subarray(50, 52), 52);
    expect(device.write(back)).toBe(true);
    device.letProgramsRead();
    expect(await answer).toBe("hello");
    socket.close();
  });

  /** An echo request from a neighbour behind the interface to its own address. */
  function echoRequest(): Uint8Array {
    const request = new Uint8Array(10 + 40 + 12);
    request.set([0x60, 0, 0, 0, 0, 12, 58, 64], 10);
    request.set([...address.subarray(0, 15), 2], 18);
    request.set(address, 34);
    request.set([128, 0, 0, 0, 7, 7, 0, 1, 1, 2, 3, 4], 50);
    // ICMPv6 counts addresses, length and protocol as well (RFC 4443 section 2.3).
    let sum = 12 + 58;
    for (let at = 18; at < request.length; at += 2) {
      sum += ((request[at] ?? 0) << 8) | (request[at + 1] ?? 0);
    }
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    request.set([(~sum >> 8) & 0xff, ~sum & 0xff], 52);
    return request;
  }

  test("the system's answer to what was written can be read at once", async () => {
    const came: Uint8Array[] = [];
    let [batches, isAsked] = [0, false];
    const device = open({
      onFrame: (frame, end) => {
        if (isAsked && frame[17] === 58 && frame[51] === 129) came.push(frame.slice(51, end));
        return true;
      },
      onBatch: () => {
        batches++;
      },
    });
    device.readAnswers();
    expect(batches).toBe(0);
    // A system that is very busy answers later, for as long as it is; what it then tells by itself does not count.
    while (came.length === 0) {
      expect(device.write(echoRequest())).toBe(true);
      isAsked = true;
      device.readAnswers();
      isAsked = false;
      await sleep(1);
    }
    expect([...(came[0]?.subarray(4) ?? [])]).toEqual([7, 7, 0, 1, 1, 2, 3, 4]);
    device.readAnswers();
    const before = batches;
    device.readAnswers();
    expect(batches).toBe(before);
    await device.close();
    device.readAnswers();
  });

  test("what is written while it is read waits for the next turn, and comes then", async () => {
    let [depth, deepest, answers] = [0, 0, 0];
    let enough: () => void = () => undefined;
    const many = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const device = open({
      onFrame: (frame) => {
        if (frame[17] === 58 && frame[51] === 129) answers++;
        if (answers === 100) enough();
        return true;
      },
      onBatch: () => {
        deepest = Math.max(deepest, ++depth);
        if (answers < 100) device.write(echoRequest());
        device.readAnswers();
        depth--;
      },
    });
    // Answers to a flood may be left out; the next one then comes without an answer before.
    const nudge = setInterval(() => device.write(echoRequest()), 50);
    device.write(echoRequest());
    await many;
    clearInterval(nudge);
    expect(deepest).toBe(1);
  });

  test("many packets in one go all come out, in order", async () => {
    const ports: number[] = [];
    let batches = 0;
    let done: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    open({
      onFrame: (frame, end) => {
        if (frame[17] !== 17) return true;
        ports.push(((frame[end - 2] ?? 0) << 8) | (frame[end - 1] ?? 0));
        if (ports.length === 200) done();
        return true;
      },
      onBatch: () => {
        batches++;
      },
    });
    const socket = createSocket("udp6");
    for (let i = 0; i < 200; i++) socket.send(Uint8Array.of(i >> 8, i & 0xff), 4_242, text(3));
    await all;
    expect(ports).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(batches).toBeGreaterThan(0);
    socket.close();
  });

  test("after one that was thrown away nothing is read until it is told to, or for a moment", async () => {
    const isOurs = (frame: Uint8Array): boolean => frame[17] === 17;
    let taken = 0;
    let takes = false;
    let seen: () => void = () => undefined;
    const device = open({
      onFrame: (frame) => {
        if (!isOurs(frame)) return true;
        taken++;
        seen();
        return takes;
      },
    });
    const next = (): Promise<void> =>
      new Promise((resolve) => {
        seen = resolve;
      });
    const socket = createSocket("udp6");
    const first = next();
    for (let i = 0; i < 5; i++) socket.send(Uint8Array.of(i), 4_242, text(3));
    await first;
    expect([taken, device.isPaused]).toEqual([1, true]);
    takes = true;
    const second = next();
    device.resume();
    expect(device.isPaused).toBe(false);
    await second;
    await expect.poll(() => taken).toBe(5);
    takes = false;
    const sixth = next();
    socket.send(Uint8Array.of(6), 4_242, text(3));
    await sixth;
    // Nobody tells it to go on: it does so by itself.
    await expect.poll(() => device.isPaused).toBe(false);
    socket.close();
  });

  test("it has the size that was asked for, and is gone after it was closed", async () => {
    const device = open();
    const shown = execFileSync("ip", ["-6", "addr", "show", name], { encoding: "utf8" });
    expect(shown).toContain("mtu 1420");
    expect(shown).toContain("UP");
    await device.close();
    opened.splice(0);
    expect(device.write(new Uint8Array(60))).toBe(false);
    expect(() => execFileSync("ip", ["link", "show", name], { stdio: "ignore" })).toThrow();
    expect(open().isUp).toBe(true);
  });

  test("a name in use is refused with another one to try", () => {
    open();
    expect(() => open()).toThrow(/is in use by another program.*--tun peernet/);
  });

  test("garbage is not taken, and does no harm", () => {
    const device = open();
    expect(device.write(new Uint8Array(3))).toBe(false);
    expect(device.write(new Uint8Array(10))).toBe(false);
    expect(device.isUp).toBe(true);
  });

  test("it says so when another program removes it", async () => {
    let sentence = "";
    const gone = new Promise<void>((resolve) => {
      open({
        onGone: (words) => {
          sentence = words;
          resolve();
        },
      });
    });
    execFileSync("ip", ["link", "del", name]);
    await gone;
    expect(sentence).toMatch(/was removed by another program\. Restart/);
    expect(opened[0]?.isUp).toBe(false);
    expect(opened[0]?.write(new Uint8Array(60))).toBe(false);
  });
});

describe("what stands in the way", () => {
  const codeOf = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof AdapterError) return `${error.code}: ${error.message}`;
    }
    return "";
  };
  const silent = { onFrame: () => true, onBatch: () => undefined, onGone: () => undefined };

  test("another system", () => {
    const said = codeOf(() => openTun(settings, silent, "darwin"));
    expect(said).toMatch(/^unsupported: .*Linux only.*not on darwin.*proxies/);
  });

  test("no koffi, or one that does not run here", () => {
    // Right below the root, where no folder of packages is looked into but the root's own.
    const nowhere = createRequire(resolve("/", "nothing.js"));
    expect(codeOf(() => bindLibc(nowhere))).toMatch(/^unsupported: .*npm install koffi.*proxies/);
  });

  test("a name that is none", () => {
    const said = codeOf(() => openTun({ ...settings, name: "eth0" }, silent, "linux"));
    expect(said).toMatch(/^bad-config: 'eth0' cannot be the name/);
    expect(["peernet0", "peernet", "peernet-123456", "peernet12345678"].every(isTunName)).toBe(
      true,
    );
    expect(
      ["", "peer", "peernet 1", "peernet/1", "peernet%d", "peernet123456789"].some(isTunName),
    ).toBe(false);
  });

  test.each([
    [cannotOpen(ERRNO.noEntry), "unsupported", /modprobe tun.*--device/],
    [cannotOpen(ERRNO.access), "no-permission", /as root.*setcap cap_net_admin\+ep/],
    [cannotMake("peernet9", ERRNO.perm), "no-permission", /may not make the interface peernet9/],
    [cannotMake("peernet9", ERRNO.busy), "tun-busy", /--tun peernet0/],
    [cannotMake("peernet", ERRNO.invalid), "tun-busy", /another kind.*--tun peernet1/],
    [cannotSet("set the address", ERRNO.noFamily), "unsupported", /IPv6 is switched off/],
    [cannotSet("set the address", ERRNO.io), "io", /refused to set the address \(error 5\)/],
  ] as const)("%s", (error, code, words) => {
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
  });
});

describe("what the kernel is handed", () => {
  test("an interface request: 16 bytes of name, always ended by a zero", () => {
    expect(Buffer.from(ifreq("peernet0")).toString("latin1")).toBe(`peernet0${"\0".repeat(32)}`);
    expect(ifreq("x".repeat(40))[15]).toBe(0);
  });

  test("an address request and a netlink message", () => {
    expect(in6Ifreq(new Uint8Array(16).fill(7), 8, 3)).toHaveLength(24);
    const message = gsoMessage(5, 65_000);
    const view = new DataView(message.buffer);
    expect([view.getUint32(0, true), view.getUint16(4, true), view.getUint32(20, true)]).toEqual([
      40, 16, 5,
    ]);
    expect([view.getUint16(32, true), view.getUint16(34, true), view.getUint32(36, true)]).toEqual([
      8, 41, 65_000,
    ]);
  });
});
