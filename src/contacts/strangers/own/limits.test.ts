import { describe, expect, test } from "vitest";
import { idOf } from "../../../../test/support/stranger-desk.ts";
import { bring, type TrayDevice, twoTrays } from "../../../../test/support/tray-home.ts";
import {
  ANSWERS_WAITING_MAX,
  OTHER_TRAYS_MAX,
  TOLD_EDGES_MAX,
  TOLD_REQUESTS_MAX,
} from "../limits.ts";
import { trayQuestion } from "./protocol.ts";

describe("limits", () => {
  test(`${TOLD_REQUESTS_MAX} requests and ${TOLD_EDGES_MAX} edges are told, of more the first ones`, () => {
    const { home, first, second } = twoTrays();
    first.desk.live.setSettings(
      { requestsPerDay: 100, relay: false, findable: false },
      () => undefined,
    );
    for (let number = 0; number <= TOLD_EDGES_MAX; number++) {
      home.clock.advance(1);
      bring(first, `friend ${number}`, `stranger ${number}`);
    }
    expect(first.shown().length).toBe(TOLD_EDGES_MAX + 1);
    home.join();
    expect(second.shown().length).toBe(TOLD_REQUESTS_MAX);
    expect(second.shown()).toContain(`stranger ${TOLD_REQUESTS_MAX - 1} there`);
    expect(second.shown()).not.toContain(`stranger ${TOLD_REQUESTS_MAX} there`);
    while (first.shown().length > 0) {
      home.clock.advance(1);
      first.answer(first.shown()[0] ?? "", "unwanted");
    }
    home.settle();
    const held = (device: TrayDevice): number =>
      Array.from({ length: TOLD_EDGES_MAX + 1 }, (_, number) => idOf(`friend ${number}`)).filter(
        (friend) => device.desk.live.standing(friend).violations > 0,
      ).length;
    expect(held(first)).toBe(TOLD_EDGES_MAX + 1);
    expect(first.desk.live.trayWord().held.length).toBe(TOLD_EDGES_MAX);
  });

  test(`${ANSWERS_WAITING_MAX} answers wait for a device, not one more`, () => {
    const { home, first, second } = twoTrays();
    home.join();
    const from = first.record;
    const requests = (count: number) =>
      Array.from({ length: count }, (_, number) => ({
        ...{ id: hex(number), personId: hex(number), name: `n${number}`, text: "", hops: 1 },
        ...{ by: undefined, calls: undefined, group: undefined },
        ...{ atMs: home.clock.wallMs(), endsAtMs: 0 },
      }));
    const settings = { requestsPerDay: 3, relay: false, findable: false, atMs: 0 };
    const tell = (count: number, offset = 0): void => {
      const all = requests(count + offset).slice(offset);
      const word = { requests: all, shown: [], settings, held: [] };
      second.tray.asked(from, trayQuestion(word, []), () => undefined);
      home.settle();
    };
    home.join(false);
    tell(ANSWERS_WAITING_MAX);
    for (let number = 0; number < ANSWERS_WAITING_MAX; number++) {
      expect(second.answer(`n${number}`, "decline")).toBe("none");
    }
    expect(second.tray.waiting().length).toBe(ANSWERS_WAITING_MAX);
    // One of them is settled there, and another one is shown: there is room for its answer alone.
    tell(ANSWERS_WAITING_MAX, 1);
    expect(second.answer(`n${ANSWERS_WAITING_MAX}`, "decline")).toBe("none");
    expect(second.tray.waiting().length).toBe(ANSWERS_WAITING_MAX);
  });

  test(`${OTHER_TRAYS_MAX} trays are remembered, not one more`, () => {
    const { home, first } = twoTrays();
    const settings = { requestsPerDay: 3, relay: false, findable: false, atMs: 0 };
    for (let number = 0; number <= OTHER_TRAYS_MAX; number++) {
      const other = home.add(`device ${number}`);
      const request = {
        ...{ id: hex(number), personId: hex(number), name: `n${number}`, text: "", hops: 1 },
        ...{ by: undefined, calls: undefined, group: undefined },
        ...{ atMs: home.clock.wallMs(), endsAtMs: 0 },
      };
      const word = { requests: [request], shown: [], settings, held: [] };
      first.tray.asked(other.record, trayQuestion(word, []), () => undefined);
      home.settle();
    }
    expect(first.shown().length).toBe(OTHER_TRAYS_MAX);
  });
});

function hex(number: number): string {
  return number.toString(16).padStart(32, "0");
}
