import { expect, test } from "vitest";
import { introduce, Village, type Villager } from "../../test/support/village.ts";
import { SILENT_RETRY_MAX_MS } from "./limits.ts";
import { POST_SERVICE } from "./protocol.ts";

function friends(seed: number): { village: Village; anna: Villager; ben: Villager } {
  const village = new Village(seed);
  const [anna, ben] = [village.add("anna"), village.add("ben")];
  introduce(village, anna, ben);
  return { village, anna, ben };
}

function write(from: Villager, to: Villager, text: string): void {
  from.live.messages.send(to.identity.person.personId, text, (error) => expect(error).toBeNull());
}

function tries({ net }: Village): number {
  return net.opened.filter((service) => service === POST_SERVICE).length;
}

/** Anna writes while nobody answers, though routing knows a way; how long she waits between tries. */
function writeInVain({ village, anna, ben }: ReturnType<typeof friends>, times: number): number[] {
  village.net.cut(anna.identity.id, ben.identity.id);
  village.settle();
  village.net.isSilent = true;
  write(anna, ben, "are you there?");
  village.settle();
  return Array.from({ length: times }, () => {
    const fromMs = village.clock.monotonicMs();
    const before = tries(village);
    while (tries(village) === before) expect(village.passTime()).toBe(true);
    village.settle();
    return village.clock.monotonicMs() - fromMs;
  });
}

test("a device in reach that is silent is tried again, in the end once a minute at least", () => {
  const waitsMs = writeInVain(friends(1), 14);
  expect(waitsMs[0]).toBeLessThanOrEqual(1_000);
  expect(Math.max(...waitsMs)).toBeLessThanOrEqual(SILENT_RETRY_MAX_MS);
  expect(Math.max(...waitsMs)).toBeGreaterThan(SILENT_RETRY_MAX_MS / 2);
});

test("once it is heard again, what waits goes at once", () => {
  const story = friends(2);
  const { village, anna, ben } = story;
  writeInVain(story, 8);
  village.net.isSilent = false;
  expect(ben.told).toEqual([]);
  const atMs = village.clock.monotonicMs();
  anna.live.messages.peerReachable(ben.identity.id);
  village.settle();
  expect(ben.told.map(({ text }) => text)).toEqual(["are you there?"]);
  expect(village.clock.monotonicMs()).toBe(atMs);
});

test("a device that refuses keeps its pause, however often it is heard", () => {
  const { village, anna, ben } = friends(3);
  village.net.cut(anna.identity.id, ben.identity.id);
  village.settle();
  ben.sessions.serve(POST_SERVICE, () => undefined);
  write(anna, ben, "let me in");
  village.settle();
  expect(village.net.refusedStreams).toBeGreaterThan(0);
  const before = tries(village);
  for (let time = 0; time < 5; time++) {
    anna.live.messages.peerReachable(ben.identity.id);
    village.settle();
  }
  expect(tries(village)).toBe(before);
});
