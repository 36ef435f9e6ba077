import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  accept,
  begin,
  NOW_MS,
  suite,
  type TestDevice,
  testDevice,
} from "../../../test/support/ratchet/kit.ts";
import { ReferenceRatchet } from "../../../test/support/ratchet/reference.ts";
import { toHex, utf8 } from "../../base/bytes.ts";
import { testRandom } from "../../testing/index.ts";
import { loadChannel } from "./channel.ts";
import { isFirstFrameFor, readFrameHead } from "./first-contact.ts";
import type { Channel } from "./types.ts";

/** What a schedule does next: a side seals, or one of the frames under way comes out or is lost. */
interface Move {
  readonly kind: "seal" | "deliver" | "repeat" | "lose" | "reload";
  readonly side: 0 | 1;
  readonly pick: number;
  readonly bytes: number;
  readonly short: boolean;
}

const moves = fc.array(
  fc.record<Move>({
    kind: fc.oneof(
      { weight: 5, arbitrary: fc.constant("seal" as const) },
      { weight: 6, arbitrary: fc.constant("deliver" as const) },
      { weight: 1, arbitrary: fc.constantFrom("repeat" as const, "lose" as const) },
      { weight: 1, arbitrary: fc.constant("reload" as const) },
    ),
    side: fc.constantFrom(0 as const, 1 as const),
    pick: fc.nat(1_000),
    bytes: fc.nat(120),
    short: fc.boolean(),
  }),
  { minLength: 50, maxLength: 220 },
);

interface Party {
  seal(body: Uint8Array, short: boolean): Uint8Array;
  /** The body with its index, or undefined where the frame is refused. */
  open(frame: Uint8Array): { readonly body: Uint8Array; readonly index: number } | undefined;
  reload(): void;
  acknowledged(): number;
}

function product(device: TestDevice, channel: Channel): Party {
  let now = channel;
  return {
    seal(body, short) {
      const { frame, next } = now.seal(body, NOW_MS, short ? "short" : "full");
      now = next;
      return frame;
    },
    open(frame) {
      try {
        const opened = now.open(frame, NOW_MS);
        now = opened.next;
        return opened;
      } catch {
        return undefined;
      }
    },
    reload() {
      now = loadChannel(device.kit, now.encode());
    },
    acknowledged: () => now.acknowledgedCount,
  };
}

function reference(ratchet: ReferenceRatchet): Party {
  return {
    seal: (body, short) => ratchet.seal(body, short),
    open(frame) {
      try {
        return ratchet.open(frame);
      } catch {
        return undefined;
      }
    },
    reload: () => undefined,
    acknowledged: () => ratchet.acknowledged,
  };
}

/** Two parties of which `first` began, with the frame that the second one took already opened. */
type Pairing = () => readonly [Party, Party];

const draws = (label: string) => {
  const random = testRandom(label);
  return () => random.bytes(32);
};

const pairings: Readonly<Record<string, Pairing>> = {
  "product and product": () => {
    const [anna, ben] = [testDevice("anna"), testDevice("ben")];
    const { frame, next } = begin(anna, ben).seal(utf8("first"), NOW_MS);
    return [product(anna, next), product(ben, accept(ben, frame).next)];
  },
  "product and reference": () => {
    const [anna, ben] = [testDevice("anna"), testDevice("ben")];
    const { frame, next } = begin(anna, ben).seal(utf8("first"), NOW_MS);
    const { dhKey, prekey } = ben;
    const other = ReferenceRatchet.accept(dhKey.publicKey, prekey.secret, frame, draws("r"));
    expect(other.open(frame).body).toEqual(utf8("first"));
    return [product(anna, next), reference(other)];
  },
  "reference and product": () => {
    const [anna, ben] = [testDevice("anna"), testDevice("ben")];
    const other = ReferenceRatchet.begin(
      ...([anna.dhSecret, ben.dhKey.publicKey, ben.prekey.publicKey] as const),
      ...([NOW_MS, draws("r")] as const),
    );
    const frame = other.seal(utf8("first"), false);
    const opened = accept(ben, frame);
    expect(opened.body).toEqual(utf8("first"));
    expect(opened.next.generation).toBe(NOW_MS);
    expect(opened.next.theirDhKey).toEqual(anna.dhKey.publicKey);
    return [reference(other), product(ben, opened.next)];
  },
};

interface UnderWay {
  readonly to: 0 | 1;
  readonly frame: Uint8Array;
  readonly text: string;
  readonly index: number;
}

const otherSide = (side: 0 | 1) => (side === 0 ? 1 : 0);

/** Two parties, the frames between them, and what must come of it. */
class Schedule {
  readonly #parties: readonly [Party, Party];
  readonly #underWay: UnderWay[] = [];
  readonly #lost: UnderWay[] = [];
  readonly #delivered: UnderWay[] = [];
  readonly #counts: [number, number] = [1, 0];

  constructor(parties: readonly [Party, Party]) {
    this.#parties = parties;
  }

  move({ kind, side, pick, bytes, short }: Move): void {
    if (kind === "seal") this.#seal(side, testRandom(`${pick} ${bytes}`).bytes(bytes), short);
    else if (kind === "repeat") this.#repeat(pick);
    else if (kind === "reload") this.#parties[side].reload();
    else this.#take(pick, kind === "lose");
  }

  /** Lost frames are sent again as they were; then all are here, once, in their places. */
  end(): void {
    for (const one of [...this.#underWay, ...this.#lost]) this.#deliver(one);
    for (const side of [0, 1] as const) {
      const count = this.#counts[side];
      const last = this.#parties[side].seal(utf8("all here"), false);
      expect(this.#parties[otherSide(side)].open(last)?.index).toBe(count);
      const theirs = this.#counts[otherSide(side)] + side;
      expect(this.#parties[otherSide(side)].acknowledged()).toBe(theirs);
    }
    for (const one of this.#delivered) {
      expect(this.#parties[one.to].open(one.frame)).toBeUndefined();
    }
  }

  #seal(side: 0 | 1, body: Uint8Array, short: boolean): void {
    const frame = this.#parties[side].seal(body, short);
    const index = this.#counts[side]++;
    this.#underWay.push({ to: otherSide(side), frame, text: toHex(body), index });
  }

  #take(pick: number, isLost: boolean): void {
    const one = this.#underWay.splice(pick % Math.max(1, this.#underWay.length), 1)[0];
    if (one !== undefined && isLost) this.#lost.push(one);
    else if (one !== undefined) this.#deliver(one);
  }

  #repeat(pick: number): void {
    const one = this.#delivered[pick % Math.max(1, this.#delivered.length)];
    if (one !== undefined) expect(this.#parties[one.to].open(one.frame)).toBeUndefined();
  }

  #deliver(one: UnderWay): void {
    const opened = this.#parties[one.to].open(one.frame);
    expect(opened && { text: toHex(opened.body), index: opened.index }).toEqual({
      text: one.text,
      index: one.index,
    });
    this.#delivered.push(one);
  }
}

describe.each(Object.entries(pairings))("%s", (_, pairing) => {
  test("understand each other whatever is lost, late or repeated", () => {
    fc.assert(
      fc.property(moves, (all) => {
        const schedule = new Schedule(pairing());
        for (const one of all) schedule.move(one);
        schedule.end();
      }),
      { seed: 21, numRuns: 15 },
    );
  });
});

test("the first frame tells whose it is to those who know the prekey, and to nobody else", () => {
  const [anna, ben, cleo] = ["anna", "ben", "cleo"].map((name) => testDevice(name));
  if (!(anna && ben && cleo)) throw new RangeError("three devices");
  const channel = begin(anna, ben);
  const { frame, next } = channel.seal(utf8("first"), NOW_MS);
  expect(isFirstFrameFor(suite, frame, ben.prekey.publicKey)).toBe(true);
  expect(isFirstFrameFor(suite, frame, cleo.prekey.publicKey)).toBe(false);
  expect(readFrameHead(suite, frame)).toEqual({ kind: "first", channelId: channel.id });
  expect(accept(ben, next.seal(utf8("second"), NOW_MS).frame).index).toBe(1);
});
