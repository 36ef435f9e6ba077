import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../base/bytes.ts";
import { Bundler, eachPacket } from "./bundle.ts";
import { frame } from "./full.fixture.ts";
import { BUNDLE_BYTES_MAX } from "./limits.ts";

/** A bundler, what it sent, and what it told. */
function world(isFull: () => boolean = () => false) {
  const sent: { readonly to: string; readonly bytes: Uint8Array }[] = [];
  const left: [string, number, number, boolean][] = [];
  const bundler = new Bundler({
    send: (to, bytes) => {
      if (!isFull()) sent.push({ to, bytes: bytes.slice() });
      return !isFull();
    },
    onLeft: (...told) => left.push(told),
  });
  const add = (to: string, packet: Uint8Array): boolean => {
    const bytes = frame(packet);
    return bundler.add(to, bytes, bytes.length);
  };
  return { bundler, sent, left, add };
}

function packetsOf(datagram: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  expect(eachPacket(datagram, (start, end) => packets.push(datagram.slice(start, end)))).toBe(true);
  return packets;
}

describe("bundles", () => {
  test("what goes in comes out, in order, in datagrams of bounded size", () => {
    const packet = fc.uint8Array({ minLength: 1, maxLength: 3_000 });
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 30 }), (packets) => {
        const { bundler, sent, left, add } = world();
        for (const one of packets) add("anna", one);
        bundler.flush();
        expect(sent.flatMap(({ bytes }) => packetsOf(bytes))).toEqual(packets);
        expect(sent.every(({ bytes }) => bytes.length <= BUNDLE_BYTES_MAX)).toBe(true);
        const told = left.reduce((sum, [, , byteCount]) => sum + byteCount, 0);
        expect(told).toBe(packets.reduce((sum, { length }) => sum + length, 0));
        expect(bundler.waiting("anna")).toBe(0);
      }),
    );
  });

  test("one packet alone goes as it is; another peer's begins a new datagram", () => {
    const { bundler, sent, add } = world();
    add("anna", Uint8Array.of(1, 2, 3));
    expect([bundler.waiting("anna"), bundler.waiting("bert")]).toEqual([3, 0]);
    add("bert", Uint8Array.of(4));
    bundler.flush();
    bundler.flush();
    expect(sent).toEqual([
      { to: "anna", bytes: Uint8Array.of(0x10, 1, 2, 3) },
      { to: "bert", bytes: Uint8Array.of(0x10, 4) },
    ]);
  });

  test("a full one leaves by itself; one that finds no room is told as lost", () => {
    const packet = new Uint8Array(BUNDLE_BYTES_MAX / 2 - 10);
    let isFull = false;
    const { bundler, sent, left, add } = world(() => isFull);
    expect([add("anna", packet), add("anna", packet), sent.length]).toEqual([true, true, 0]);
    expect([add("anna", packet), sent.length]).toEqual([true, 1]);
    isFull = true;
    expect(bundler.flush()).toBe(false);
    expect(left.at(-1)).toEqual(["anna", 1, packet.length, false]);
  });
});

describe("hostile bundles", () => {
  const one = Uint8Array.of(0, 2, 7, 7);
  test.each([
    ["nothing", new Uint8Array(0), 0],
    ["a kind that nobody knows", Uint8Array.of(0x14, 0, 1, 7), 0],
    ["no packet", Uint8Array.of(0x13), 0],
    ["an empty packet", concatBytes(Uint8Array.of(0x13), one, Uint8Array.of(0, 0)), 1],
    ["a length beyond the end", concatBytes(Uint8Array.of(0x13), one, Uint8Array.of(0, 3, 7)), 1],
    ["half a length", concatBytes(Uint8Array.of(0x13), one, Uint8Array.of(0)), 1],
  ])("%s", (_name, datagram, before) => {
    let count = 0;
    expect(eachPacket(datagram, () => count++)).toBe(false);
    expect(count).toBe(before);
  });
});
