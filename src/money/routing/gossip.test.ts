import { expect, test } from "vitest";
import { ManualClock, testRandom } from "../../testing/fixtures.ts";
import { Gossip } from "./gossip.ts";
import { decodeRoutingMessage, encodeRoutingMessage } from "./messages.ts";
import type { Advert } from "./types.ts";

const idOf = (at: number): string => at.toString(16).padStart(32, "0");

/** People in a chain or ring who tell each other over real bytes. */
function town(links: readonly (readonly [number, number])[], size: number) {
  const clock = new ManualClock();
  const queue: (() => void)[] = [];
  const people = Array.from({ length: size }, (_, at) => {
    const own = links
      .filter((link) => link.includes(at))
      .map(([a, b]) => ({ partner: idOf(a === at ? b : a), out: 100, in: 100 }));
    return new Gossip({
      self: idOf(at),
      currency: "c",
      dhKey: new Uint8Array(32),
      firstSeq: 1,
      clock,
      random: testRandom(at),
      own: () => own,
      prove: () => Uint8Array.of(at),
      holds: (origin, _, proof) => idOf(proof[0] ?? -1) === origin,
      tell: (partner, advert) => {
        const bytes = encodeRoutingMessage(advert);
        queue.push(() => {
          const message = decodeRoutingMessage(bytes);
          if (message.t === "advert")
            people[Number.parseInt(partner, 16)]?.onAdvert(idOf(at), message);
        });
      },
    });
  });
  const settle = (): number => {
    for (const person of people) person.tick();
    let told = 0;
    for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
      run();
      told++;
    }
    return told;
  };
  return { clock, people, settle };
}

test("adverts go three lines far and not farther, and end in a ring", () => {
  const ring = Array.from({ length: 12 }, (_, at) => [at, (at + 1) % 12] as const);
  const { people, settle } = town(ring, 12);
  expect(settle()).toBe(12 * 6);
  const known = [...(people[0]?.vicinity.all() ?? [])].map(({ origin }) =>
    Number.parseInt(origin, 16),
  );
  expect(known.sort((a, b) => a - b)).toEqual([1, 2, 3, 9, 10, 11]);
  expect(settle()).toBe(0);
});

test("what is forged, old, our own, of others or from no partner is passed over", () => {
  const { people, settle } = town(
    [
      [0, 1],
      [1, 2],
    ],
    3,
  );
  settle();
  const advert: Advert = {
    t: "advert",
    currency: "c",
    origin: idOf(2),
    dhKey: new Uint8Array(32),
    seq: 9,
    hopsLeft: 0,
    lines: [],
    proof: Uint8Array.of(2),
  };
  const [person] = people;
  expect(person?.onAdvert(idOf(2), advert)).toBe("no-partner");
  expect(person?.onAdvert(idOf(1), { ...advert, currency: "d" })).toBe("other-currency");
  expect(person?.onAdvert(idOf(1), { ...advert, origin: idOf(0) })).toBe("own");
  expect(person?.onAdvert(idOf(1), { ...advert, proof: Uint8Array.of(1) })).toBe("forged");
  expect(person?.onAdvert(idOf(1), advert)).toBeUndefined();
  expect(person?.onAdvert(idOf(1), advert)).toBe("old");
});
