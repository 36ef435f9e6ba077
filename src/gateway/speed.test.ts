import { describe, expect, test } from "vitest";
import { TestVillage } from "../../test/support/gateway-village.ts";
import { SPEED_GRACE_MS, SPEED_MS_MAX, SPEED_SERVED_MAX } from "./limits.ts";

function setUp() {
  const village = new TestVillage();
  const anna = village.add("anna");
  const ben = village.add("ben");
  const stranger = village.add("stranger");
  const open = (from = ben, bytes?: Uint8Array): { reason: string } => {
    const seen = { reason: "" };
    const stream = from.session.openStream(anna.record.id, "speed", {
      onData: () => undefined,
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: (reason) => {
        seen.reason = reason;
      },
    });
    if (bytes !== undefined) stream?.write(bytes);
    village.settle();
    return seen;
  };
  return { village, anna, ben, stranger, open };
}

describe("others who measure", () => {
  test("are contacts, and only so many at a time", () => {
    const { open, stranger, ben } = setUp();
    expect(open(stranger).reason).toBe("refused");
    for (let count = 0; count < SPEED_SERVED_MAX; count++) expect(open(ben).reason).toBe("");
    expect(open(ben).reason).toBe("refused");
  });

  test.each([
    ["an unknown version", [9, 1, 0, 0, 0, 1]],
    ["an unknown direction", [1, 3, 0, 0, 0, 1]],
    ["a measurement without end", [1, 1, 255, 255, 255, 255]],
    ["a little too long", [1, 1, 0, 0, (SPEED_MS_MAX + 1) >> 8, (SPEED_MS_MAX + 1) & 255]],
  ])("are cut off for %s", (_what, bytes) => {
    expect(setUp().open(undefined, Uint8Array.from(bytes)).reason).toBe("reset");
  });

  test("are let go when they say nothing", () => {
    const { village, open } = setUp();
    const seen = open();
    village.pass(SPEED_GRACE_MS);
    expect(seen.reason).toBe("reset");
  });
});

test("silence is told after a while", () => {
  const { village, anna, ben } = setUp();
  village.sessions.join(anna.record).serve("speed", () => ({
    onData() {},
    onEnd() {},
    onDrain() {},
    onClose() {},
  }));
  const told: unknown[] = [];
  ben.gateway.speed.measure(anna.record.id, "down", 100, (result) => told.push(result));
  village.pass(100 + 2 * SPEED_GRACE_MS);
  expect(told).toEqual([undefined]);
});
