import fc from "fast-check";
import { expect, test } from "vitest";
import { peerIdFromBytes } from "../identity/index.ts";
import { type KnownPlace, limits } from "../link/index.ts";
import { encodeCbor } from "../wire/index.ts";
import { decodePlaces, encodePlaces } from "./places.ts";

const anyPlace: fc.Arbitrary<KnownPlace> = fc.record({
  id: fc
    .uint8Array({ minLength: 15, maxLength: 15 })
    .map((rest) => peerIdFromBytes(Uint8Array.of(0xfd, ...rest))),
  endpoint: fc.string({ maxLength: 40 }).map((text) => `udp://${encodeURIComponent(text)}`),
  atMs: fc.nat(),
});

function placesOf(count: number, endpoint = "udp://there:1"): KnownPlace[] {
  return Array.from({ length: count }, (_, i) => {
    const id = peerIdFromBytes(Uint8Array.from({ length: 16 }, (_, at) => (at === 0 ? 0xfd : i)));
    return { id, endpoint, atMs: i };
  });
}

test("places come back from their stored form", () => {
  const someOf = fc.array(anyPlace, { maxLength: limits.PLACES_MAX });
  fc.assert(
    fc.property(someOf, (places) => {
      expect(decodePlaces(encodePlaces(places))).toEqual(places);
    }),
  );
});

test("a full table is read; a longer one, a longer endpoint and another version are as if there were none", () => {
  const { PLACES_MAX, ENDPOINT_CHARACTERS_MAX } = limits;
  expect(decodePlaces(encodePlaces(placesOf(PLACES_MAX)))).toHaveLength(PLACES_MAX);
  expect(decodePlaces(encodePlaces(placesOf(PLACES_MAX + 1)))).toEqual([]);
  const longest = "x".repeat(ENDPOINT_CHARACTERS_MAX);
  expect(decodePlaces(encodePlaces(placesOf(1, longest)))).toHaveLength(1);
  expect(decodePlaces(encodePlaces(placesOf(1, `${longest}x`)))).toEqual([]);
  expect(decodePlaces(encodeCbor({ v: 2, p: [] }))).toEqual([]);
});

test("damaged bytes are no reason not to start", () => {
  const bytes = encodePlaces(placesOf(3));
  for (let at = 0; at < bytes.length; at++) {
    expect(() => decodePlaces(bytes.subarray(0, at))).not.toThrow();
    const damaged = bytes.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 0x55;
    expect(() => decodePlaces(damaged)).not.toThrow();
  }
  expect(decodePlaces(bytes.subarray(0, -1))).toEqual([]);
});
