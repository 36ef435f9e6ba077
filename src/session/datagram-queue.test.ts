import fc from "fast-check";
import { expect, test } from "vitest";
import { TAG_BYTES } from "../crypto/index.ts";
import { DATAGRAM_EXTRA_BYTES, DatagramQueue, datagramBytesMax } from "./datagram-queue.ts";
import { datagramOverheadBytes } from "./frames.ts";
import { DATAGRAMS_WAITING_BYTES_MAX, DATAGRAMS_WAITING_MAX, PACKET_BYTES_MAX } from "./limits.ts";
import { PROBE_HEADER_BYTES } from "./packet.ts";

test("datagrams leave in order, with what they came with", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 100 }), (steps) => {
      const queue = new DatagramQueue();
      const model: number[] = [];
      for (const [at, isIn] of steps.entries()) {
        if (isIn) {
          expect(queue.push(at, Uint8Array.of(at), 10 * at)).toBe(true);
          model.push(at);
        } else {
          const next = model.shift();
          expect(queue.first?.serviceId).toBe(next);
          const { giveUpMs, bytes } = queue.shift() ?? {};
          expect([giveUpMs, bytes?.[0]]).toEqual([next === undefined ? next : 10 * next, next]);
        }
        expect(queue.length).toBe(model.length);
      }
      expect(queue.takeAll().map(({ serviceId }) => serviceId)).toEqual(model);
      expect([queue.length, queue.first]).toEqual([0, undefined]);
    }),
  );
});

test("keeps a copy: the caller may use its memory again", () => {
  const queue = new DatagramQueue();
  const bytes = Uint8Array.of(1);
  queue.push(1, bytes, 0);
  bytes[0] = 9;
  expect(queue.shift()?.bytes).toEqual(Uint8Array.of(1));
});

test("holds so many and not one more; what has left makes room", () => {
  const queue = new DatagramQueue();
  const fill = (): number => {
    let count = 0;
    while (queue.push(1, Uint8Array.of(1), 0)) count++;
    return count;
  };
  expect(fill()).toBe(DATAGRAMS_WAITING_MAX);
  queue.shift();
  expect(fill()).toBe(1);
  queue.takeAll();
  expect(fill()).toBe(DATAGRAMS_WAITING_MAX);
});

test("holds so many bytes and not one more; what has left makes room", () => {
  const queue = new DatagramQueue();
  const half = new Uint8Array(DATAGRAMS_WAITING_BYTES_MAX / 2);
  expect([queue.push(1, half, 0), queue.push(1, half, 0)]).toEqual([true, true]);
  expect(queue.push(1, Uint8Array.of(1), 0)).toBe(false);
  queue.shift();
  expect([queue.push(1, half, 0), queue.push(1, Uint8Array.of(1), 0)]).toEqual([true, false]);
  queue.takeAll();
  expect([queue.push(1, half, 0), queue.push(1, half, 0)]).toEqual([true, true]);
});

test("the largest datagram fills its packet as far as its length can be told, and fits it", () => {
  for (const packetBytes of [128, 300, 1_152, 1_200, 16_500, PACKET_BYTES_MAX]) {
    const room = packetBytes - PROBE_HEADER_BYTES - TAG_BYTES;
    const frameBytes = (length: number): number => datagramOverheadBytes(length) + length;
    const most = datagramBytesMax(packetBytes);
    expect(frameBytes(most)).toBeLessThanOrEqual(room);
    expect(frameBytes(most + 3)).toBeGreaterThan(room);
    const extra = frameBytes(most) - most + PROBE_HEADER_BYTES + TAG_BYTES;
    expect(extra).toBeLessThanOrEqual(DATAGRAM_EXTRA_BYTES);
  }
});
