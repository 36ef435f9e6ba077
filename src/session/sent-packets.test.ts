import fc from "fast-check";
import { expect, test } from "vitest";
import { type SentPacket, SentPackets } from "./sent-packets.ts";

const packetOf = (number: number): SentPacket => ({
  ...{ number, sentMs: 0, sizeBytes: 1, frames: [] },
  ...{ ackedThrough: -1, requeued: false },
});

test("packets are found by number until they are taken out, whatever gaps their numbers have", () => {
  const step = fc.record({ gap: fc.nat(3), removed: fc.array(fc.nat(30), { maxLength: 3 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const sent = new SentPackets();
      const model = new Map<number, SentPacket>();
      let number = -1;
      for (const { gap, removed } of steps) {
        number += 1 + gap;
        const packet = packetOf(number);
        sent.add(packet);
        model.set(number, packet);
        expect(sent.next).toBe(number + 1);
        for (const back of removed) {
          const old = model.get(number - back);
          if (old === undefined) continue;
          sent.remove(old);
          model.delete(old.number);
        }
        expect(sent.count).toBe(model.size);
        for (let n = -1; n <= number + 1; n++) expect(sent.get(n)).toBe(model.get(n));
        if (model.size > 0) expect(sent.first).toBe(Math.min(...model.keys()));
      }
    }),
  );
});

test("a long row that leaves from the front keeps what is behind", () => {
  const sent = new SentPackets();
  const packets = Array.from({ length: 2_600 }, (_, n) => packetOf(n + 7));
  for (const packet of packets) sent.add(packet);
  for (const [gone, packet] of packets.entries()) {
    sent.remove(packet);
    expect(sent.get(packet.number)).toBeUndefined();
    expect(sent.get(packet.number + 1)).toBe(packets[gone + 1]);
    expect(sent.get(2_606)).toBe(gone === 2_599 ? undefined : packets[2_599]);
    expect([sent.count, sent.next]).toEqual([2_599 - gone, 2_607]);
  }
  sent.add(packetOf(9_000));
  expect([sent.first, sent.next, sent.count]).toEqual([9_000, 9_001, 1]);
});
