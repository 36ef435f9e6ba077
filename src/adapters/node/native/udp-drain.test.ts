import { constants } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { UDP_DRAIN_MESSAGES, UDP_TURN_FRAMES } from "../limits.ts";
import { loadFfi } from "./ffi.ts";
import { findLibc, type Libc } from "./libc.ts";
import { SocketAddresses } from "./sockaddr.ts";
import { UdpDrain } from "./udp-drain.ts";

const { EAGAIN, ECONNREFUSED } = constants.errno;
const libc = findLibc();
const runs = describe.skipIf(libc === undefined || loadFfi() === undefined);
const turn = () => new Promise<void>((done) => setImmediate(done));

let drain: UdpDrain | undefined;
afterEach(() => drain?.close());

/** A drain whose sockets answer as `read` says; `wake` is the event loop that finds them ready. */
function setUp(ready: number, read: (descriptor: number) => number) {
  let wake: () => void = () => undefined;
  let errno = 0;
  const real = libc as Libc;
  const frames: number[] = [];
  const errors: string[] = [];
  const ffi = {
    find: (...parameters: Parameters<typeof real.ffi.find>) => real.ffi.find(...parameters),
    addressOf: (bytes: Uint8Array) => real.ffi.addressOf(bytes),
    viewOf: (address: number, sizeBytes: number) => real.ffi.viewOf(address, sizeBytes),
    errno: () => errno,
    watch: (_: number, onReadable: () => void) => {
      wake = onReadable;
      return { close: () => undefined };
    },
  };
  const made = new UdpDrain(
    {
      ...{ ...real, ffi, errno: () => errno, epollControl: () => 0, epollReady: () => ready },
      recvmmsg: (descriptor) => {
        const answer = read(descriptor);
        errno = answer < 0 ? -answer : errno;
        return answer < 0 ? -1 : answer;
      },
    },
    () => "udp://somewhere",
  );
  drain = made;
  const add = (descriptor: number) =>
    made.add(descriptor, {
      onFrame: () => void frames.push(descriptor),
      onError: (code) => void errors.push(code),
    });
  return { drain: made, frames, errors, add, wake: () => wake() };
}

runs("a drain", () => {
  test("reads so many frames in one turn and leaves the rest to the next", async () => {
    let reads = 0;
    const { add, frames, wake } = setUp(1, () => {
      reads += 1;
      return UDP_DRAIN_MESSAGES;
    });
    add(0);
    wake();
    wake();
    expect(frames).toEqual([]);
    await turn();
    expect(frames).toHaveLength(UDP_TURN_FRAMES);
    expect(reads).toBe(UDP_TURN_FRAMES / UDP_DRAIN_MESSAGES);
    await turn();
    expect(frames).toHaveLength(UDP_TURN_FRAMES);
    wake();
    await turn();
    expect(frames).toHaveLength(2 * UDP_TURN_FRAMES);
  });

  test("does not ask again where fewer came than there was room for", async () => {
    const answers = [UDP_DRAIN_MESSAGES, UDP_DRAIN_MESSAGES - 1];
    const { add, frames, wake } = setUp(1, () => answers.shift() ?? -EAGAIN);
    add(0);
    wake();
    await turn();
    expect(answers).toEqual([]);
    expect(frames).toHaveLength(2 * UDP_DRAIN_MESSAGES - 1);
  });

  test("tells errors and reads on; one that never ends does not hold the turn", async () => {
    const answers = [-ECONNREFUSED, 2];
    const { add, errors, frames, wake } = setUp(1, () => answers.shift() ?? -ECONNREFUSED);
    add(0);
    wake();
    await turn();
    expect(errors).toEqual(["ECONNREFUSED"]);
    expect(frames).toHaveLength(2);
    wake();
    await turn();
    expect(errors.length).toBeLessThan(10);
  });

  test("reads nothing more of a socket that is given up, or once it is closed", async () => {
    let reads = 0;
    const made = setUp(1, () => ++reads && UDP_DRAIN_MESSAGES);
    const source = made.add(0);
    made.wake();
    if (source !== undefined) made.drain.remove(source);
    await turn();
    expect(reads).toBe(0);
    made.add(0);
    made.wake();
    made.drain.close();
    await turn();
    expect(reads).toBe(0);
    expect(made.add(0)).toBeUndefined();
  });
});

runs("addresses", () => {
  test.each([
    ["192.0.2.7", "192.0.2.7", 4],
    ["2001:DB8:0:0::1", "2001:db8::1", 6],
    ["::1", "::1", 6],
    ["fe80::1%lo", "fe80::1%lo", 6],
    ["2001:db8::1%lo", "2001:db8::1", 6],
  ] as const)("%s comes back as %s", (host, spelled, family) => {
    const addresses = new SocketAddresses(libc as Libc);
    const encoded = addresses.encode({ host, port: 47_117, family });
    expect(addresses.decode(encoded ?? new Uint8Array(28))).toEqual({
      ...{ address: spelled, port: 47_117 },
    });
  });

  test("with an interface that is not there, or that are none, have no form", () => {
    const addresses = new SocketAddresses(libc as Libc);
    expect(addresses.encode({ host: "fe80::1%nowhere0", port: 1, family: 6 })).toBeUndefined();
    expect(addresses.encode({ host: "1.2.3", port: 1, family: 4 })).toBeUndefined();
  });
});
