import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import {
  UDP_BATCH_BYTES,
  UDP_BATCH_MESSAGES,
  UDP_SEGMENTED_BYTES_MAX,
  UDP_SEGMENTS_MAX,
} from "../limits.ts";
import { loadFfi } from "./ffi.ts";
import { findLibc, type Libc } from "./libc.ts";
import { BatchOutlet, UdpBatch } from "./udp-batch.ts";

const { EAGAIN, ECONNREFUSED, EINVAL, EPERM } = constants.errno;
const libc = findLibc();

/** A C library whose sendmmsg answers from a list (then with success), and remembers its calls. */
class Script {
  readonly calls: { readonly descriptor: number; readonly count: number }[] = [];
  readonly answers: number[] = [];
  #errno = 0;
  readonly libc: Libc;

  constructor(real: Libc) {
    this.libc = {
      ...real,
      sendmmsg: (descriptor, _messages, count) => {
        this.calls.push({ descriptor, count });
        const answer = this.answers.shift() ?? count;
        if (answer < 0) this.#errno = -answer;
        return answer < 0 ? -1 : answer;
      },
      errno: () => this.#errno,
    };
  }
}

function setUp() {
  const script = new Script(libc as Libc);
  const batch = new UdpBatch(script.libc);
  const outletOf = (descriptor: number) => {
    const socket = { descriptor, slow: false, hasBacklog: () => true };
    const slow: Uint8Array[] = [];
    const failures: (readonly [string, number])[] = [];
    const outlet = new BatchOutlet(
      socket,
      new Uint8Array(16),
      (frame) => void slow.push(frame.slice()),
      (code, frames) => void failures.push([code, frames]),
    );
    return { socket, slow, failures, outlet };
  };
  return { script, batch, outletOf };
}

const turn = () => new Promise<void>((done) => setImmediate(done));
const frame = (bytes: number, value = 1): Uint8Array => new Uint8Array(bytes).fill(value);

describe.skipIf(libc === undefined || loadFfi() === undefined)("a batch", () => {
  test("leaves at the end of the turn, and nothing happens in one without frames", async () => {
    const { script, batch, outletOf } = setUp();
    const { outlet } = outletOf(7);
    for (let i = 0; i < 10; i++) batch.add(outlet, frame(1_200));
    expect(script.calls).toEqual([]);
    await turn();
    expect(script.calls).toEqual([{ descriptor: 7, count: 1 }]);
    await turn();
    batch.flush();
    expect(script.calls).toHaveLength(1);
  });

  test("begins another message where sizes change, and for each other place", async () => {
    const { script, batch, outletOf } = setUp();
    const [a, b] = [outletOf(7), outletOf(8)];
    // Of one size with a shorter last one; then larger; then none at all.
    for (const bytes of [500, 500, 300, 300, 400, 0, 0]) batch.add(a.outlet, frame(bytes));
    await turn();
    expect(script.calls.splice(0)).toEqual([{ descriptor: 7, count: 5 }]);
    for (let i = 0; i < 6; i++) batch.add(i % 2 === 0 ? a.outlet : b.outlet, frame(100));
    await turn();
    expect(script.calls).toEqual([
      { descriptor: 7, count: 1 },
      { descriptor: 8, count: 1 },
    ]);
  });

  const half = Math.ceil(UDP_SEGMENTED_BYTES_MAX / 2);
  const segments = Array.from({ length: UDP_SEGMENTS_MAX }, () => 10);
  test.each([
    ["segments", segments, [...segments, 10]],
    [
      "bytes of a message",
      [half, UDP_SEGMENTED_BYTES_MAX - half],
      [half, UDP_SEGMENTED_BYTES_MAX - half + 1],
    ],
  ])("takes so many %s and begins another message with one more", async (_, most, more) => {
    for (const [sizes, messages] of [
      [most, 1],
      [more, 2],
    ] as const) {
      const { script, batch, outletOf } = setUp();
      const { outlet } = outletOf(7);
      for (const bytes of sizes) batch.add(outlet, frame(bytes));
      await turn();
      expect(script.calls).toEqual([{ descriptor: 7, count: messages }]);
    }
  });

  test("that is full leaves at once", async () => {
    const bytes = 1_024;
    const { script, batch, outletOf } = setUp();
    const { outlet } = outletOf(7);
    for (let i = 0; i < UDP_BATCH_BYTES / bytes; i++) batch.add(outlet, frame(bytes));
    expect(script.calls).toEqual([]);
    batch.add(outlet, frame(1));
    expect(script.calls).toHaveLength(1);
    await turn();
    expect(script.calls).toHaveLength(2);
    const many = Array.from({ length: UDP_BATCH_MESSAGES + 1 }, (_, i) => outletOf(100 + i));
    for (const one of many.slice(1)) batch.add(one.outlet, frame(1));
    expect(script.calls).toHaveLength(2);
    batch.add((many[0] ?? { outlet }).outlet, frame(1));
    expect(script.calls).toHaveLength(2 + UDP_BATCH_MESSAGES);
  });

  test("that the system takes only in part goes on with the rest", async () => {
    const { script, batch, outletOf } = setUp();
    const { outlet, slow } = outletOf(7);
    for (const bytes of [1, 2, 3, 4]) batch.add(outlet, frame(bytes));
    script.answers.push(1, 2);
    await turn();
    expect(script.calls.map(({ count }) => count)).toEqual([4, 3, 1]);
    expect(slow).toEqual([]);
  });

  test("that the system has no room for waits elsewhere, in order", async () => {
    const { script, batch, outletOf } = setUp();
    const { outlet, slow, socket } = outletOf(7);
    const other = outletOf(8);
    const frames = [1_000, 1_000, 600, 1_200, 0, 1_200, 1_200, 1].map(frame);
    script.answers.push(1, 1, -EAGAIN);
    for (const one of frames) {
      batch.add(outlet, one);
      batch.add(other.outlet, one);
    }
    await turn();
    expect(socket.slow).toBe(true);
    expect([...slow.entries()]).toEqual([...frames.slice(3).entries()]);
    expect(other.slow).toEqual([]);
  });
});

describe.skipIf(libc === undefined || loadFfi() === undefined)("a refused message", () => {
  test("that cannot be cut goes frame by frame, and further ones uncut", async () => {
    const { script, batch, outletOf } = setUp();
    const { outlet, slow, failures } = outletOf(7);
    script.answers.push(-EINVAL);
    const frames = [1, 2, 3].map((value) => frame(900, value));
    for (const one of frames) batch.add(outlet, one);
    await turn();
    expect(slow).toEqual(frames);
    for (const one of frames) batch.add(outlet, one);
    await turn();
    expect(script.calls.at(-1)).toEqual({ descriptor: 7, count: 3 });
    expect(failures).toEqual([]);
  });

  test("because of an earlier frame is told and tried once more", async () => {
    const { script, batch, outletOf } = setUp();
    const { outlet, failures } = outletOf(7);
    script.answers.push(-ECONNREFUSED);
    for (let i = 0; i < 5; i++) batch.add(outlet, frame(9));
    batch.flush();
    expect(failures).toEqual([]);
    await turn();
    expect(failures.splice(0)).toEqual([["ECONNREFUSED", 0]]);
    expect(script.calls.splice(0)).toHaveLength(2);
    script.answers.push(-ECONNREFUSED, -ECONNREFUSED);
    for (let i = 0; i < 5; i++) batch.add(outlet, frame(9));
    await turn();
    expect(script.calls).toHaveLength(2);
    expect(failures).toEqual([
      ["ECONNREFUSED", 0],
      ["ECONNREFUSED", 5],
    ]);
  });

  test("costs its own frames alone, and frames may be sent while it is told", async () => {
    const { script, batch, outletOf } = setUp();
    const [a, b] = [outletOf(7), outletOf(7)];
    const sent = new BatchOutlet(
      a.socket,
      new Uint8Array(0),
      () => undefined,
      (code) => {
        expect(code).toBe("EPERM");
        batch.add(b.outlet, frame(1));
      },
    );
    script.answers.push(-EPERM);
    batch.add(sent, frame(1));
    await turn();
    expect(script.calls).toHaveLength(2);
    expect(b.failures).toEqual([]);
  });

  test("of a socket that is closed is not sent any more", async () => {
    const { script, batch, outletOf } = setUp();
    const { outlet, socket } = outletOf(7);
    batch.add(outlet, frame(1));
    socket.descriptor = -1;
    await turn();
    expect(script.calls).toEqual([]);
  });
});
