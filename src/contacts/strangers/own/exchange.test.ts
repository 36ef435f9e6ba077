import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idOf } from "../../../../test/support/stranger-desk.ts";
import { bring, type TrayDevice, TrayHome, twoTrays } from "../../../../test/support/tray-home.ts";
import { ContactsError } from "../../errors.ts";
import {
  DECIDED_AT_MAX_MS,
  EDGE_WINDOW,
  FORGIVE_MS,
  INTRODUCTION_LIFE_MS,
  REQUESTS_PER_DAY,
  SHOW_TURN_MS,
} from "../limits.ts";
import { type TrayAnswered, type TrayQuestion, trayQuestion } from "./protocol.ts";

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

describe("one tray", () => {
  test(`shows no more than ${REQUESTS_PER_DAY} a day on all devices together, also at the change of the day`, () => {
    const { home, first, second } = twoTrays();
    home.join();
    for (let number = 0; number < 6; number++) {
      bring(first, `friend ${number}`, `early ${number}`);
      // What comes to both in one moment may be one more.
      home.settle();
      bring(second, `friend ${number}`, `late ${number}`);
      home.settle();
    }
    const all = (): number => new Set([...first.shown(), ...second.shown()].map(plain)).size;
    expect(all()).toBe(REQUESTS_PER_DAY);
    expect(first.shown().map(plain)).toEqual(second.shown().map(plain));
    for (let day = 2; day < 4; day++) {
      home.passToMidnight();
      home.pass(SHOW_TURN_MS);
      expect(all()).toBe(day * REQUESTS_PER_DAY);
    }
  });

  test("a device that is alone waits for its turn, no longer", () => {
    const { home, first, second } = twoTrays();
    bring(first, "cleo", "early");
    home.join();
    home.join(false);
    for (let number = 0; number < 4; number++) bring(second, `friend ${number}`, `late ${number}`);
    expect(second.shown().length).toBe(3);
    home.passToMidnight();
    home.pass(SHOW_TURN_MS - 1);
    expect(second.shown().length).toBe(3);
    home.pass(1);
    expect(second.shown().length).toBe(5);
    // What comes after midnight does not wait for a turn.
    home.passToMidnight();
    bring(second, "friend 9", "new");
    expect(second.shown()).toContain("new");
  });

  test("one's decision about strangers counts on all, the later one", () => {
    const { home, first, second } = twoTrays();
    const settings = { requestsPerDay: 0, relay: true, findable: false };
    first.desk.live.setSettings(settings, () => undefined);
    home.settle();
    home.join();
    expect(second.desk.live.settings).toEqual(settings);
    home.join(false);
    home.pass(1_000);
    const later = { ...settings, requestsPerDay: 2 };
    second.desk.live.setSettings(later, () => undefined);
    home.settle();
    home.join();
    for (const { desk } of [first, second]) {
      expect(desk.live.settings).toEqual(later);
      expect(desk.crash(0).settings).toEqual(later);
    }
  });

  test("a decision that another device dates at the end of time does not stand in the way of any other", () => {
    const { home, first, second } = twoTrays();
    const settings = { requestsPerDay: 0, relay: true, findable: false };
    const tell = (atMs: number, requestsPerDay: number): void => {
      const decided = { ...settings, requestsPerDay, atMs };
      const word = { requests: [], shown: [], settings: decided, held: [] };
      second.tray.asked(first.record, trayQuestion(word, []), () => undefined);
      home.settle();
    };
    tell(home.clock.wallMs() + 10 * YEAR_MS, 0);
    tell(DECIDED_AT_MAX_MS + 1, 9);
    tell(Number.MAX_SAFE_INTEGER, 9);
    expect(second.desk.live.settings).toEqual(settings);
    home.join();
    for (const requestsPerDay of [5, 6]) {
      let code: string | undefined = "never";
      second.desk.live.setSettings({ ...settings, requestsPerDay }, (error) => {
        code = error?.code;
      });
      home.settle();
      expect(code).toBeUndefined();
      expect(first.desk.live.settings.requestsPerDay).toBe(requestsPerDay);
    }
  });

  test("a way that is closed on one is closed on all, once", () => {
    const { home, first, second } = twoTrays();
    bring(first, "cleo", "ben");
    const cleo = second.desk.befriend("cleo");
    home.join();
    expect(second.answer("ben", "unwanted")).toBe("none");
    expect(first.shown()).toEqual([]);
    expect(second.desk.hears(cleo, second.desk.bring("dan"))).toMatchObject({ r: "closed" });
    expect(first.desk.live.standing(cleo)).toEqual(second.desk.live.standing(cleo));
    expect(first.desk.live.standing(cleo).violations).toBe(1);
    // A crash does not forgive it, and telling it again does not count it again.
    home.join(false);
    home.join();
    expect(second.desk.crash(0).standing(cleo).violations).toBe(1);
  });

  test("what was judged apart is forgiven at one time on all", () => {
    const { home, first, second } = twoTrays();
    const cleo = idOf("cleo");
    bring(first, "cleo", "ben");
    expect(first.answer("ben", "unwanted")).toBe("none");
    home.pass(10 * DAY_MS);
    bring(second, "cleo", "dan");
    expect(second.answer("dan", "unwanted")).toBe("none");
    home.pass(2 * DAY_MS);
    home.join();
    const violations = (): readonly number[] =>
      [first, second].map(({ desk }) => desk.live.standing(cleo).violations);
    home.pass(FORGIVE_MS - 2 * DAY_MS - 1);
    expect(violations()).toEqual([1, 1]);
    home.pass(1);
    expect(violations()).toEqual([0, 0]);
  });

  test(`no more than ${EDGE_WINDOW} are under way over one edge, to whichever device`, () => {
    const { home, first, second } = twoTrays();
    home.join();
    for (let number = 0; number < EDGE_WINDOW; number++) {
      bring(number % 2 === 0 ? first : second, "cleo", `stranger ${number}`);
      home.settle();
    }
    const cleo = idOf("cleo");
    const [early, late] = [first, second].map(({ desk }) =>
      desk.hears(cleo, desk.bring("one more")),
    );
    expect([early, late]).toMatchObject([{ r: "no-credit" }, { r: "no-credit" }]);
    expect(
      second.answer(second.shown().find((line) => line.endsWith("there")) ?? "", "decline"),
    ).toBe("unknown-request");
    expect(
      second.answer(plain(second.shown().find((line) => line.endsWith("there")) ?? ""), "decline"),
    ).toBe("none");
    bring(second, "cleo", "one more");
    home.settle();
    // A device that is lost with what came to it holds nothing up for longer than a week.
    home.join(false);
    home.pass(INTRODUCTION_LIFE_MS);
    for (let number = 0; number < EDGE_WINDOW; number++) {
      bring(second, "cleo", `later ${number}`);
    }
    expect(second.desk.hears(cleo, second.desk.bring("too many"))).toMatchObject({
      r: "no-credit",
    });
  });

  test("a name that cannot be given is refused at once, or the request comes back", () => {
    const { home, first, second } = twoTrays();
    bring(first, "cleo", "ben");
    home.join();
    expect(second.answer("ben", "accept", "taken")).toBe("name-taken");
    expect(second.shown()).toEqual(["ben there"]);
    // The other device alone knows that it cannot be.
    first.desk.live.answer = (_id, _answer, _petname, done) =>
      done(new ContactsError("name-taken", "It is taken."));
    expect(second.answer("ben", "accept", "Ben")).toBe("none");
    expect(second.shown()).toEqual(["ben there"]);
    expect(second.tray.waiting()).toEqual([]);
  });

  test("a name longer than it is meant to be once written properly is kept and told in that form", () => {
    const { home, first, second } = twoTrays();
    bring(first, "cleo", "ben");
    home.join();
    home.join(false);
    expect(second.answer("ben", "accept", `${" ".repeat(200)}Ben `)).toBe("none");
    let named: string | undefined;
    first.desk.live.answer = (_id, _answer, petname, done) => {
      named = petname;
      done(null);
    };
    second.start();
    home.join();
    expect(named).toBe("Ben");
  });

  test("where the other disk fails the answer waits and is told again", () => {
    const { home, first, second } = twoTrays();
    bring(first, "cleo", "ben");
    home.join();
    first.desk.disk.full = true;
    expect(second.answer("ben", "decline")).toBe("none");
    expect(second.tray.waiting()).toMatchObject([{ answer: "decline", device: first.identity.id }]);
    first.desk.disk.full = false;
    home.pass(600_000);
    home.pass(600_000);
    expect([second.tray.waiting(), first.shown()]).toEqual([[], []]);
  });

  test("who asks on two devices is one, and who has become a contact is none", () => {
    const { home, first, second } = twoTrays();
    bring(first, "cleo", "ben");
    bring(second, "dora", "ben");
    home.join();
    expect([first.shown(), second.shown()]).toEqual([["ben"], ["ben"]]);
    bring(first, "cleo", "eva");
    home.settle();
    second.desk.befriend("eva");
    expect(second.shown()).toEqual(["ben"]);
  });

  test.each(["decline", "unwanted"] as const)(
    "who asks on two devices is answered once: %s",
    (answer) => {
      const { home, first, second } = twoTrays();
      bring(first, "cleo", "ben");
      bring(second, "dora", "ben");
      home.join();
      expect(second.answer("ben", answer)).toBe("none");
      expect([first.shown(), second.shown()]).toEqual([[], []]);
      // Only the way of the request that was shown here is closed: nobody has seen the other one.
      const violations = ["cleo", "dora"].map(
        (name) => second.desk.live.standing(idOf(name)).violations,
      );
      expect(violations).toEqual([0, answer === "unwanted" ? 1 : 0]);
    },
  );

  test("who asks on two other devices is answered once, also while both are out of reach", () => {
    const { home, first, second } = twoTrays();
    const third = home.add("tablet");
    bring(first, "cleo", "ben");
    bring(second, "dora", "ben");
    home.join();
    home.join(false);
    expect(third.shown()).toEqual(["ben there"]);
    expect(third.answer("ben", "accept", "Ben")).toBe("none");
    expect(third.shown()).toEqual([]);
    bring(first, "cleo", "eva");
    bring(second, "dora", "eva");
    home.join();
    // Who is asked is known to the device that asks alone.
    expect(third.shown()).toEqual(["eva there"]);
    home.join(false);
    expect(third.answer("eva", "decline")).toBe("none");
    expect(third.shown()).toEqual([]);
    home.join();
    for (const device of [first, second, third]) expect(device.shown()).not.toContain("eva");
    expect(third.shown()).toEqual([]);
  });

  test("an answer that waits for a device that is not coming back is shown no longer than the request", () => {
    const { home, first, second } = twoTrays();
    bring(first, "cleo", "ben");
    home.join();
    home.join(false);
    expect(second.answer("ben", "accept", "Ben")).toBe("none");
    expect(second.tray.waiting().length).toBe(1);
    home.pass(INTRODUCTION_LIFE_MS);
    expect(second.tray.waiting()).toEqual([]);
  });

  test.each([0, 1])(
    "a device whose clock is ten years ahead is shown as what it tells now, with %i answers",
    (answers) => {
      const { home, first, second } = twoTrays();
      const atMs = home.clock.wallMs() + 10 * YEAR_MS;
      const request = {
        ...{ id: "a".repeat(32), personId: "b".repeat(32), name: "ben", text: "", hops: 1 },
        ...{ by: undefined, calls: undefined, group: undefined, atMs, endsAtMs: 0 },
      };
      const settings = { requestsPerDay: 3, relay: false, findable: false, atMs: 0 };
      const word = { requests: [request], shown: [], settings, held: [] };
      const tell = (): void => {
        second.tray.asked(first.record, trayQuestion(word, []), () => undefined);
        home.settle();
      };
      const nowMs = home.clock.wallMs();
      tell();
      const told = { atMs: nowMs, endsAtMs: nowMs + INTRODUCTION_LIFE_MS };
      expect(second.tray.requests()).toMatchObject([told]);
      home.pass(1_000);
      tell();
      expect(second.tray.requests()).toMatchObject([told]);
      if (answers > 0) expect(second.answer("ben", "decline")).toBe("none");
      home.pass(INTRODUCTION_LIFE_MS);
      expect([second.tray.requests(), second.tray.waiting()]).toEqual([[], []]);
      expect(second.start().requests()).toEqual([]);
    },
  );

  test("what was told while the clock here was ten years ahead holds up nothing for ten years", () => {
    const { home, first, second } = twoTrays();
    home.clock.setWallMs(home.clock.wallMs() + 10 * YEAR_MS);
    for (let number = 0; number < EDGE_WINDOW; number++) bring(first, "cleo", `stranger ${number}`);
    home.join();
    home.join(false);
    home.clock.setWallMs(home.clock.wallMs() - 10 * YEAR_MS);
    second.desk.start();
    second.start();
    home.pass(INTRODUCTION_LIFE_MS);
    const cleo = second.desk.befriend("cleo");
    expect(second.desk.hears(cleo, second.desk.bring("one more"))).toMatchObject({ t: "taken" });
  });

  test("what came to a device that is ours no longer is forgotten", () => {
    const { home, first, second } = twoTrays();
    bring(first, "cleo", "ben");
    home.join();
    expect(second.shown()).toEqual(["ben there"]);
    home.own.delete(first.identity.id);
    second.tray.devicesChanged();
    home.settle();
    expect([second.shown(), second.start().requests()]).toEqual([[], []]);
  });

  test("what a device told in the moment in which it was revoked is forgotten, too", () => {
    const { home, first, second } = twoTrays();
    bring(first, "cleo", "ben");
    const word = first.desk.live.trayWord();
    second.tray.asked(first.record, trayQuestion(word, []), () => undefined);
    home.own.delete(first.identity.id);
    second.tray.devicesChanged();
    home.settle();
    expect(second.shown()).toEqual([]);
  });

  test("devices whose clocks are years apart come to rest, with the same settings on all", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -10 * YEAR_MS, max: 10 * YEAR_MS }), {
          minLength: 2,
          maxLength: 3,
        }),
        fc.array(fc.tuple(fc.nat(2), fc.nat(40 * DAY_MS), fc.boolean()), { maxLength: 8 }),
        (skews, steps) => {
          const home = new TrayHome();
          home.clock.advance(5_000 * DAY_MS);
          const devices = skews.map((skewMs, number) => home.add(`device ${number}`, { skewMs }));
          for (const [at, waitMs, isTogether] of steps) {
            const device = devices[at % devices.length] as TrayDevice;
            home.pass(waitMs);
            const friend = device.desk.befriend("cleo");
            device.desk.hears(friend, device.desk.bring(`stranger ${waitMs}`));
            for (const { name } of device.desk.live.requests()) device.answer(name, "unwanted");
            device.desk.live.setSettings(
              { requestsPerDay: 100, relay: isTogether, findable: false },
              () => undefined,
            );
            home.join(isTogether);
          }
          home.join();
          home.join(false);
          home.join();
          expect(new Set(devices.map(({ desk }) => desk.live.settings.relay)).size).toBe(1);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("nobody else", () => {
  test("is told or heard: another person's device, or one that does not stand", () => {
    const { home, first } = twoTrays();
    bring(first, "cleo", "ben");
    const strangers = [
      home.add("elsewhere", { person: "eve" }),
      home.add("revoked", { isOwn: false }),
    ];
    home.join();
    const word = { t: "tray", d: [], e: [], r: [], z: [] } as const;
    const question: TrayQuestion = { ...word, s: { a: 9, f: true, q: 0, r: true } };
    for (const { record } of strangers) {
      let heard: TrayAnswered | undefined | "nothing" = "nothing";
      first.tray.asked(record, question, (answer) => {
        heard = answer;
      });
      home.settle();
      expect(heard).toBeUndefined();
    }
    expect(first.desk.live.settings.requestsPerDay).toBe(REQUESTS_PER_DAY);
    expect(strangers.map((device) => device.shown())).toEqual([[], []]);
  });
});

function plain(line: string): string {
  return line.replace(" there", "");
}
