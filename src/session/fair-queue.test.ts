import fc from "fast-check";
import { expect, test } from "vitest";
import { copyOf, giveBack } from "./datagram-memory.ts";
import { FairQueue } from "./fair-queue.ts";
import { type FrameHandler, readFrames } from "./frames.ts";
import {
  DATAGRAM_FLOW_MAX,
  DATAGRAM_FLOWS_MAX,
  DATAGRAM_QUANTUM_BYTES,
  DATAGRAM_QUEUE_BYTES_MAX,
  DATAGRAM_QUEUE_MAX,
  DATAGRAM_SPARE_BYTES_MAX,
  WAITING_MS,
} from "./limits.ts";
import { PacketBuffer } from "./packet-buffer.ts";

const LARGEST = 64_000;

/** Takes one packet of at most so many bytes out; the first byte of each datagram in it. */
function packet(queue: FairQueue, bytes: number, nowMs: number): number[] {
  const buffer = new PacketBuffer(LARGEST);
  const wantedBytes = queue.packetBytes(bytes, LARGEST, nowMs);
  buffer.reset(Math.min(LARGEST, wantedBytes));
  queue.write(buffer, LARGEST, nowMs);
  const found: number[] = [];
  const handler = { onDatagram: (_: number, data: Uint8Array) => found.push(data[0] ?? -1) };
  readFrames(buffer.done(), handler as unknown as FrameHandler);
  return found;
}

function all(queue: FairQueue, bytes: number, nowMs: number): number[] {
  const found: number[] = [];
  while (queue.length > 0) found.push(...packet(queue, bytes, nowMs));
  return found;
}

test("datagrams of a flow stay in order, none is lost or told twice", () => {
  const datagrams = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: 1, max: 3_000 })), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(datagrams, fc.integer({ min: 300, max: 9_000 }), (list, packetBytes) => {
      const queue = new FairQueue();
      const places = new Map<number, number[]>();
      for (const [index, [flow, bytes]] of list.entries()) {
        const data = new Uint8Array(bytes).fill(index % 256);
        expect(queue.push(1, data, flow, 0)).toBe(true);
        places.set(flow, [...(places.get(flow) ?? []), index % 256]);
      }
      const found = all(queue, packetBytes, 1);
      expect(found.toSorted()).toEqual([...places.values()].flat().toSorted());
      if (list.length > 256) return;
      for (const order of places.values()) {
        const seen = found.filter((one) => order.includes(one));
        expect(seen).toEqual(order);
      }
    }),
    { numRuns: 60, seed: 7 },
  );
});

test("a flow that says little does not wait for one that says much", () => {
  const queue = new FairQueue();
  for (let i = 0; i < 40; i++) queue.push(1, new Uint8Array(60_000).fill(1), 1, 0);
  expect(packet(queue, 60_000, 0)).toEqual([1]);
  queue.push(1, new Uint8Array(160).fill(2), 2, 0);
  expect(packet(queue, 200, 0)).toContain(2);
});

test("flows that say much take turns by bytes", () => {
  const queue = new FairQueue();
  for (let i = 0; i < 100; i++) {
    queue.push(1, new Uint8Array(1_000).fill(1), 1, 0);
    queue.push(1, new Uint8Array(4_000).fill(2), 2, 0);
  }
  let [first, second] = [0, 0];
  for (let i = 0; i < 40; i++) {
    for (const one of packet(queue, 4_500, 0)) {
      if (one === 1) first += 1_000;
      else second += 4_000;
    }
  }
  expect(first / second).toBeGreaterThan(0.75);
  expect(first / second).toBeLessThan(1.33);
});

test("a standing queue loses some, a flow beside it none", () => {
  const queue = new FairQueue();
  let kept = 0;
  let calls = 0;
  for (let nowMs = 0; nowMs < 2_000; nowMs++) {
    // Twice as much comes as leaves.
    queue.push(1, new Uint8Array(1_000).fill(1), 1, nowMs);
    queue.push(1, new Uint8Array(1_000).fill(1), 1, nowMs);
    if (nowMs % 20 === 0) queue.push(1, new Uint8Array(100).fill(2), 2, nowMs);
    for (const one of packet(queue, 1_250, nowMs)) {
      if (one === 2) calls++;
      else kept++;
    }
  }
  expect(calls).toBe(100);
  expect(kept + queue.length).toBeLessThan(4_000);
});

test("takes as many as allowed, then the longest flow gives way, and nothing to itself", () => {
  const queue = new FairQueue();
  const flows = DATAGRAM_QUEUE_MAX / DATAGRAM_FLOW_MAX;
  for (let flow = 0; flow < flows; flow++) {
    for (let i = 0; i < DATAGRAM_FLOW_MAX; i++) {
      expect(queue.push(1, Uint8Array.of(1), flow, 0)).toBe(true);
    }
  }
  expect(queue.push(1, Uint8Array.of(2), flows, 0)).toBe(true);
  expect(queue.length).toBe(DATAGRAM_QUEUE_MAX);
  for (let flow = 0; flow < flows; flow++) expect(queue.hasRoom(flow)).toBe(false);
  expect(all(queue, 1_000, 0).filter((one) => one === 2)).toEqual([2]);
});

test("takes as many of a flow as allowed, and more once half of them have left", () => {
  const queue = new FairQueue();
  for (let i = 0; i < DATAGRAM_FLOW_MAX; i++) {
    expect(queue.push(1, new Uint8Array(100), 1, 0)).toBe(true);
  }
  expect(queue.push(1, new Uint8Array(100), 1, 0)).toBe(false);
  expect([queue.hasRoom(1), queue.hasRoom(2)]).toEqual([false, true]);
  while (queue.length > DATAGRAM_FLOW_MAX / 2 + 1) packet(queue, 150, 0);
  expect(queue.hasRoom(1)).toBe(false);
  packet(queue, 150, 0);
  expect(queue.hasRoom(1)).toBe(true);
});

test("takes as many bytes as allowed, not one more", () => {
  const queue = new FairQueue();
  const part = new Uint8Array(DATAGRAM_QUEUE_BYTES_MAX / 64).fill(1);
  for (let i = 0; i < 64; i++) expect(queue.push(1, part, 1, 0)).toBe(true);
  expect(queue.push(1, Uint8Array.of(1), 1, 0)).toBe(false);
  expect(queue.push(1, Uint8Array.of(2), 2, 0)).toBe(true);
  expect(queue.length).toBe(64);
});

test("more flows than have a queue of their own share them", () => {
  const queue = new FairQueue();
  for (let flow = 0; flow <= DATAGRAM_FLOWS_MAX; flow++) {
    expect(queue.push(1, Uint8Array.of(flow), flow, 0)).toBe(true);
  }
  expect(all(queue, 1_000, 0)).toHaveLength(DATAGRAM_FLOWS_MAX + 1);
});

test("what has waited too long is not sent any more", () => {
  const queue = new FairQueue();
  queue.push(1, Uint8Array.of(1), 1, 0);
  queue.push(1, Uint8Array.of(2), 1, 1);
  expect(packet(queue, 1_000, WAITING_MS)).toEqual([2]);
  expect(queue.length).toBe(0);
});

test.each([
  [2_048, 512],
  [65_536, 16],
])(
  "memory of %i bytes is used again, up to a limit, and never for two at a time",
  (bytes, most) => {
    expect(bytes * most).toBe(DATAGRAM_SPARE_BYTES_MAX);
    const taken = (): Uint8Array[] =>
      Array.from({ length: most + 1 }, () => copyOf(new Uint8Array(bytes)));
    const copies = taken();
    const buffers = new Set(copies.map(({ buffer }) => buffer));
    expect(buffers.size).toBe(most + 1);
    for (const copy of copies) giveBack(copy);
    const again = taken();
    expect(again.filter(({ buffer }) => buffers.has(buffer)).length).toBe(most);
    expect(new Set(again.map(({ buffer }) => buffer)).size).toBe(most + 1);
  },
);

test("what is larger than all of these is copied as well", () => {
  expect(copyOf(new Uint8Array(70_000)).length).toBe(70_000);
});

interface Turn {
  readonly flow: number;
  readonly sizes: number[];
  creditBytes: number;
}

/** Deficit round robin turn by turn, as it is written down (RFC 8290, section 4.2). */
class TurnByTurn {
  readonly #fresh: Turn[] = [];
  readonly #turns: Turn[] = [];

  constructor(flows: readonly (readonly number[])[]) {
    for (const [flow, sizes] of flows.entries()) {
      this.#fresh.push({ flow, sizes: [...sizes], creditBytes: DATAGRAM_QUANTUM_BYTES });
    }
  }

  /** Flow and size of the datagram that leaves next. */
  next(): readonly [number, number] | undefined {
    for (;;) {
      const isFresh = this.#fresh.length > 0;
      const list = isFresh ? this.#fresh : this.#turns;
      const head = list[0];
      if (head === undefined) return undefined;
      if (head.creditBytes > 0 && head.sizes.length > 0) {
        const bytes = head.sizes.shift() ?? 0;
        head.creditBytes -= bytes;
        return [head.flow, bytes];
      }
      list.shift();
      if (head.creditBytes <= 0) head.creditBytes += DATAGRAM_QUANTUM_BYTES;
      else if (!isFresh || this.#turns.length === 0) continue;
      this.#turns.push(head);
    }
  }
}

test("who takes turns with large datagrams gets as many of each size as turn by turn", () => {
  // Two of the smallest do not fit the packet that one is given.
  const sizes = fc.array(fc.integer({ min: 200, max: 60_000 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(sizes, { minLength: 1, maxLength: 6 }), (flows) => {
      const queue = new FairQueue();
      for (const [flow, list] of flows.entries()) {
        for (const bytes of list) queue.push(1, new Uint8Array(bytes).fill(flow), flow, 0);
      }
      const model = new TurnByTurn(flows);
      for (let next = model.next(); next !== undefined; next = model.next()) {
        expect(packet(queue, next[1] + 12, 0)).toEqual([next[0]]);
      }
      expect(queue.length).toBe(0);
    }),
    { numRuns: 200, seed: 3 },
  );
});

test("a large datagram that comes alone is sealed where it waits", () => {
  const queue = new FairQueue();
  queue.push(7, new Uint8Array(40_000).fill(1), 1, 0);
  const buffer = new PacketBuffer(LARGEST);
  buffer.reset(LARGEST);
  queue.write(buffer, LARGEST, 0);
  const lent = buffer.done();
  // The same memory is taken for the next copy.
  expect(copyOf(new Uint8Array(40_000)).buffer).toBe(lent.buffer);
});

test("a large datagram stays whole where the packet holds more after it", () => {
  const queue = new FairQueue();
  const [large, small] = [new Uint8Array(40_000).fill(1), new Uint8Array(100).fill(2)];
  queue.push(7, large, 1, 0);
  queue.push(7, small, 1, 0);
  const buffer = new PacketBuffer(LARGEST);
  buffer.reset(LARGEST);
  queue.write(buffer, LARGEST, 0);
  const found: Uint8Array[] = [];
  const onDatagram = (_: number, data: Uint8Array) => found.push(data.slice());
  readFrames(buffer.done(), { onDatagram } as unknown as FrameHandler);
  expect(found).toEqual([large, small]);
});
