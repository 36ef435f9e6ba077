import { describe, expect, test } from "vitest";
import { introduce, suite, Village, type Villager } from "../../test/support/village.ts";
import { ManualClock } from "../testing/index.ts";
import type { Desk } from "./desk.ts";
import {
  FIRST_PACKETS_TAKEN,
  PACKET_ACK_DELAY_MS,
  PACKET_FRAME_BYTES_MAX,
  PACKET_HABIT_MS,
  PACKET_RETRY_MS,
  PACKET_TRIES_MAX,
  PACKETS_IN_FLIGHT_MAX,
  PACKETS_TAKEN,
} from "./limits.ts";
import { isLetterPacket, PacketIntake } from "./packet-intake.ts";
import type { RatchetDoor } from "./ratchet/types.ts";
import type { Tags } from "./tags.ts";

function say(from: Villager, to: Villager, text: string): void {
  from.live.messages.send(to.identity.person.personId, text, (error) => expect(error).toBeNull());
}

/** Two who have met; Anna, and Ben where it is said, have nothing but slow lines. */
function pair(
  seed: string,
  isBenThrifty = true,
): { readonly village: Village; readonly anna: Villager; readonly ben: Villager } {
  const village = new Village(seed);
  const [anna, ben] = [village.add("anna"), village.add("ben")];
  introduce(village, anna, ben);
  for (const [villager, isThrifty] of [
    [anna, true],
    [ben, isBenThrifty],
  ] as const) {
    village.crash(villager, 1_000);
    villager.isThrifty = isThrifty;
    village.start(villager);
    village.settle();
  }
  say(ben, anna, "hello");
  village.settle(5);
  say(anna, ben, "hello");
  village.settle(5);
  ben.told.length = 0;
  anna.told.length = 0;
  village.packets.sent.length = 0;
  return { village, anna, ben };
}

function streams(village: Village): number {
  return village.net.opened.filter((service) => service === "post").length;
}

const texts = ({ told }: Villager): string[] => told.map(({ text }) => text);
const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => `${at}`);

/** An intake to which all frames look alike, and how many it has opened. */
function intakeOf(kind: "message" | "first"): {
  readonly clock: ManualClock;
  readonly intake: PacketIntake;
  readonly taken: () => number;
} {
  const clock = new ManualClock();
  let count = 0;
  const head = kind === "first" ? { kind, channelId: "" } : { kind, tag: 1 };
  const intake = new PacketIntake({
    ...{ suite, clock },
    ratchet: { readFrameHead: () => head } as unknown as RatchetDoor,
    tags: { expecting: () => [{ device: "", channelId: "" }] } as unknown as Tags,
    desk: { takeFrame: () => count++ } as unknown as Desk,
    onHeard: () => undefined,
    onHeardAgain: () => undefined,
  });
  return { clock, intake, taken: () => count };
}

/** As `settle`, but waits for packets that are sent again, too. */
function settleLong(village: Village): void {
  for (let round = 0; round < 60; round++) {
    village.clock.advance(PACKET_RETRY_MS / 2);
    village.settle(2);
  }
}

describe("letters as packets", () => {
  test("go without a stream, and are known to be delivered", () => {
    const { village, anna, ben } = pair("packets");
    const before = streams(village);
    for (const [at, text] of numbers(10).entries()) {
      say(at % 2 === 0 ? anna : ben, at % 2 === 0 ? ben : anna, text);
      village.settle();
    }
    village.clock.advance(PACKET_ACK_DELAY_MS);
    village.settle(1);
    expect(texts(ben)).toEqual(["0", "2", "4", "6", "8"]);
    expect(texts(anna)).toEqual(["1", "3", "5", "7", "9"]);
    expect([anna, ben].map(({ live }) => live.messages.waitingCount())).toEqual([0, 0]);
    expect(streams(village)).toBe(before);
    expect(village.packets.sent.every(({ frame }) => isLetterPacket(frame))).toBe(true);
    // Ten letters, and at most one acknowledgement for each side.
    expect(village.packets.sent.length).toBeLessThanOrEqual(12);
  });

  test.each([0.2, 0.5])("of which %d are lost: all arrive once and in order", (loss) => {
    const { village, anna, ben } = pair(`loss ${loss}`);
    village.packets.loss = loss;
    for (const text of numbers(30)) {
      say(anna, ben, text);
      say(ben, anna, text);
      village.settle(1);
    }
    settleLong(village);
    expect(texts(ben)).toEqual(numbers(30));
    expect(texts(anna)).toEqual(numbers(30));
    expect([anna, ben].map(({ live }) => live.messages.waitingCount())).toEqual([0, 0]);
  });

  test("crashes in between: all arrive once and in order", () => {
    const { village, anna, ben } = pair("crashes");
    village.packets.loss = 0.2;
    for (const [at, text] of numbers(20).entries()) {
      say(anna, ben, text);
      village.settle(1);
      const villager = at % 2 === 0 ? anna : ben;
      village.crash(villager, at % 3);
      village.start(villager);
      village.settle(2);
    }
    settleLong(village);
    const told = texts(ben);
    expect(told).toEqual(numbers(20));
    expect(anna.live.messages.waitingCount()).toBe(0);
  });

  test("that never arrive are left to a stream, and tried again later", () => {
    const { village, anna, ben } = pair("dead");
    village.packets.loss = 1;
    say(anna, ben, "one");
    village.settle();
    const before = streams(village);
    for (let tried = 1; tried < PACKET_TRIES_MAX; tried++) {
      expect(village.packets.sent).toHaveLength(tried);
      expect(streams(village)).toBe(before);
      village.settle(1);
    }
    expect(village.packets.sent).toHaveLength(PACKET_TRIES_MAX);
    village.settle(5);
    expect(texts(ben)).toEqual(["one"]);
    expect(anna.live.messages.waitingCount()).toBe(0);
    expect(streams(village)).toBeGreaterThan(before);
    village.packets.loss = 0;
    settleLong(village);
    village.packets.sent.length = 0;
    say(anna, ben, "two");
    village.settle(2);
    expect(texts(ben)).toEqual(["one", "two"]);
    expect(village.packets.sent.length).toBeGreaterThan(0);
  });

  test("are answered in packets for a while, also by who has fast lines", () => {
    const { village, anna, ben } = pair("habit", false);
    say(anna, ben, "one");
    village.settle();
    const before = streams(village);
    say(ben, anna, "two");
    village.settle();
    expect(village.packets.sent.some(({ from }) => from === ben.identity.id)).toBe(true);
    expect(streams(village)).toBe(before);
    village.clock.advance(PACKET_ACK_DELAY_MS);
    village.settle(1);
    village.clock.advance(PACKET_HABIT_MS);
    village.settle();
    village.packets.sent.length = 0;
    say(ben, anna, "three");
    village.settle();
    expect(texts(anna)).toEqual(["two", "three"]);
    expect(village.packets.sent.some(({ from }) => from === ben.identity.id)).toBe(false);
  });

  test("are small: what is larger goes in a stream", () => {
    const { village, anna, ben } = pair("large");
    const large = "x"
      .repeat(PACKET_FRAME_BYTES_MAX)
      .replace(/x/g, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000)));
    say(anna, ben, large);
    village.settle(5);
    expect(texts(ben)).toEqual([large]);
    expect(village.packets.sent.every(({ frame }) => frame.length <= PACKET_FRAME_BYTES_MAX)).toBe(
      true,
    );
  });

  test("are few under way at once", () => {
    const { village, anna, ben } = pair("many");
    for (const text of numbers(PACKETS_IN_FLIGHT_MAX + 5)) say(anna, ben, text);
    village.packets.loss = 1;
    village.settle();
    expect(village.packets.sent.length).toBe(PACKETS_IN_FLIGHT_MAX);
    village.packets.loss = 0;
    settleLong(village);
    expect(texts(ben)).toEqual(numbers(PACKETS_IN_FLIGHT_MAX + 5));
  });
});

describe("packets of strangers", () => {
  test("change nothing, and letters come through once they rest", () => {
    const { village, anna, ben } = pair("flood");
    const before = new Map(ben.disk.kept);
    for (let at = 0; at < 3 * PACKETS_TAKEN.burst; at++) {
      const frame = village.random.fork(`garbage ${at}`).bytes(200);
      frame[0] = 0x60 + (at % 8);
      ben.live.messages.packet(frame);
    }
    ben.live.messages.packet(new Uint8Array(0));
    village.settle(1);
    expect(ben.told).toEqual([]);
    expect([...ben.disk.kept.keys()]).toEqual([...before.keys()]);
    say(anna, ben, "hello");
    settleLong(village);
    expect(texts(ben)).toEqual(["hello"]);
  });

  test.each([
    ["in a channel", "message", PACKETS_TAKEN],
    ["that begin one", "first", FIRST_PACKETS_TAKEN],
  ] as const)(
    "%s are opened up to a bound, one more is not, and again after a while",
    (_, kind, rate) => {
      const { clock, taken, intake } = intakeOf(kind);
      for (let at = 0; at < rate.burst; at++) intake.take(new Uint8Array(50));
      expect(taken()).toBe(rate.burst);
      intake.take(new Uint8Array(50));
      expect(taken()).toBe(rate.burst);
      clock.advance(1_000);
      intake.take(new Uint8Array(50));
      expect(taken()).toBe(rate.burst + 1);
    },
  );

  test("have a size up to which they are opened", () => {
    const { taken, intake } = intakeOf("message");
    intake.take(new Uint8Array(PACKET_FRAME_BYTES_MAX + 1));
    expect(taken()).toBe(0);
    intake.take(new Uint8Array(PACKET_FRAME_BYTES_MAX));
    expect(taken()).toBe(1);
  });

  test("a packet that is replayed brings at most one answer in a while", () => {
    const { village, anna, ben } = pair("replay");
    say(anna, ben, "once");
    village.settle(1);
    const [packet] = village.packets.sent;
    village.clock.advance(PACKET_ACK_DELAY_MS);
    village.settle(2);
    const before = village.packets.sent.length;
    for (let time = 0; time < 50; time++) {
      ben.live.messages.packet(packet?.frame ?? new Uint8Array(0));
      village.settle();
    }
    expect(texts(ben)).toEqual(["once"]);
    expect(village.packets.sent.length).toBeLessThanOrEqual(before + 1);
  });
});
