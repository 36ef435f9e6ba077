import { describe, expect, test } from "vitest";
import { SessionNet } from "../../../../test/support/session-net.ts";
import { idOf, TestDesk } from "../../../../test/support/stranger-desk.ts";
import { suite } from "../../../../test/support/village.ts";
import { utf8 } from "../../../base/bytes.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  makeLocalIdentity,
  type PeerId,
  type PeerRecord,
} from "../../../identity/index.ts";
import { SILENT_LOG } from "../../../ports/index.ts";
import { ManualClock, testRandom } from "../../../testing/index.ts";
import { ContactsError } from "../../errors.ts";
import {
  ANSWERS_WAITING_MAX,
  OTHER_TRAYS_MAX,
  REQUESTS_PER_DAY,
  SHOW_TURN_MS,
  SHOWN_DAY_MS,
  TOLD_EDGES_MAX,
  TOLD_REQUESTS_MAX,
} from "../limits.ts";
import type { TrayAnswer } from "../types.ts";
import { TrayExchange } from "./exchange.ts";
import { type TrayAnswered, type TrayQuestion, trayQuestion } from "./protocol.ts";

/** A device of somebody, with its tray. */
class Device {
  readonly name: string;
  readonly desk: TestDesk;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  tray: TrayExchange;
  readonly #home: Home;

  constructor(home: Home, name: string, person: string) {
    this.#home = home;
    this.name = name;
    const seed = suite.sha256(utf8(`device ${name}`));
    this.identity = makeLocalIdentity(suite, seed, suite.sha256(utf8(`person ${person}`)));
    this.record = decodePeerRecord(suite, encodePeerRecord(this.identity, { name, seqno: 1 }));
    this.desk = new TestDesk(name, home.clock);
    this.tray = this.start();
  }

  start(): TrayExchange {
    const { desk, identity } = this;
    this.tray = new TrayExchange({
      ...{ suite, identity, clock: this.#home.clock, log: SILENT_LOG, strangers: desk.live },
      random: testRandom(this.name),
      sessions: this.#home.net.join(this.record),
      records: desk.disk.open(),
      isOwn: (peer) => this.#home.own.has(peer) && peer !== identity.id,
      isSettled: (person) => desk.contacts.has(person) || desk.taken.includes(person),
      checkName: (name) => {
        if (name === "taken") throw new ContactsError("name-taken", "It is taken.");
      },
      onRequestsChanged: () => undefined,
    });
    this.tray.load((error) => expect(error).toBeNull());
    desk.settle();
    return this.tray;
  }

  /** What it shows: who, and whether that came to another device. */
  shown(): readonly string[] {
    return this.tray
      .requests()
      .map(({ name, device }) => (device === undefined ? name : `${name} there`))
      .toSorted();
  }

  answer(name: string, answer: TrayAnswer, petname?: string): string {
    const id = this.tray.requests().find((one) => one.name === name)?.id ?? "none";
    let outcome = "never";
    this.tray.answer(id, answer, petname, (error) => {
      outcome = error?.code ?? "none";
    });
    this.#home.settle();
    return outcome;
  }
}

/** Devices of one person, or not. */
class Home {
  readonly clock = new ManualClock();
  readonly net = new SessionNet(testRandom("trays"), true);
  readonly own = new Set<PeerId>();
  readonly devices: Device[] = [];

  add(name: string, isOwn = true, person = "anna"): Device {
    const device = new Device(this, name, person);
    this.devices.push(device);
    if (isOwn) this.own.add(device.identity.id);
    return device;
  }

  /** All are in reach of each other, or nobody is. */
  join(isTogether = true): void {
    for (const one of this.devices) {
      for (const { identity } of this.devices) {
        if (identity.id === one.identity.id) continue;
        if (isTogether) one.tray.peerReachable(identity.id);
        else {
          one.tray.peerUnreachable(identity.id);
          this.net.cut(one.identity.id, identity.id);
        }
      }
    }
    this.settle();
  }

  settle(): void {
    for (let step = 0; step < 100_000; step++) {
      const busy = this.devices.find(({ desk }) => desk.disk.busy);
      if (busy !== undefined) busy.desk.disk.step();
      else if (this.net.busy) this.net.step();
      else return;
    }
    throw new RangeError("They never come to rest.");
  }

  /** Another day begins, by UTC. */
  passToMidnight(): void {
    this.pass(SHOWN_DAY_MS - (this.clock.wallMs() % SHOWN_DAY_MS));
  }

  pass(ms: number): void {
    this.clock.advance(ms);
    for (const { desk, tray } of this.devices) {
      desk.live.tick();
      tray.tick();
    }
    this.settle();
  }
}

/** A laptop and a phone, in the order in which they have their turns. */
function two(): { home: Home; first: Device; second: Device } {
  const home = new Home();
  home.clock.advance(100 * SHOWN_DAY_MS);
  const devices = [home.add("laptop"), home.add("phone")];
  const [first, second] = devices.toSorted((a, b) => (a.identity.id < b.identity.id ? -1 : 1));
  if (first === undefined || second === undefined) throw new RangeError("There are two.");
  return { home, first, second };
}

function bring(device: Device, from: string, who: string): void {
  const friend = device.desk.befriend(from);
  expect(device.desk.hears(friend, device.desk.bring(who))).toEqual({ t: "taken" });
}

describe("one tray", () => {
  test(`shows no more than ${REQUESTS_PER_DAY} a day on all devices together, also at the change of the day`, () => {
    const { home, first, second } = two();
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
    const { home, first, second } = two();
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
    const { home, first, second } = two();
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

  test("a way that is closed on one is closed on all, once", () => {
    const { home, first, second } = two();
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

  test("a name that cannot be given is refused at once, or the request comes back", () => {
    const { home, first, second } = two();
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

  test("where the other disk fails the answer waits and is told again", () => {
    const { home, first, second } = two();
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
    const { home, first, second } = two();
    bring(first, "cleo", "ben");
    bring(second, "dora", "ben");
    home.join();
    expect([first.shown(), second.shown()]).toEqual([["ben"], ["ben"]]);
    bring(first, "cleo", "eva");
    home.settle();
    second.desk.befriend("eva");
    expect(second.shown()).toEqual(["ben"]);
  });

  test("what came to a device that is ours no longer is forgotten", () => {
    const { home, first, second } = two();
    bring(first, "cleo", "ben");
    home.join();
    expect(second.shown()).toEqual(["ben there"]);
    home.own.delete(first.identity.id);
    second.tray.devicesChanged();
    home.settle();
    expect([second.shown(), second.start().requests()]).toEqual([[], []]);
  });
});

describe("nobody else", () => {
  test("is told or heard: another person's device, or one that does not stand", () => {
    const { home, first } = two();
    bring(first, "cleo", "ben");
    const strangers = [home.add("elsewhere", true, "eve"), home.add("revoked", false)];
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

describe("limits", () => {
  test(`${TOLD_REQUESTS_MAX} requests and ${TOLD_EDGES_MAX} edges are told, of more the first ones`, () => {
    const { home, first, second } = two();
    first.desk.live.setSettings(
      { requestsPerDay: 100, relay: false, findable: false },
      () => undefined,
    );
    for (let number = 0; number <= TOLD_REQUESTS_MAX; number++) {
      home.clock.advance(1);
      bring(first, `friend ${number}`, `stranger ${number}`);
    }
    expect(first.shown().length).toBe(TOLD_REQUESTS_MAX + 1);
    home.join();
    expect(second.shown().length).toBe(TOLD_REQUESTS_MAX);
    expect(second.shown()).not.toContain(`stranger ${TOLD_REQUESTS_MAX} there`);
    while (first.shown().length > 0) {
      home.clock.advance(1);
      first.answer(first.shown()[0] ?? "", "unwanted");
    }
    home.settle();
    const held = (device: Device): number =>
      Array.from({ length: TOLD_EDGES_MAX + 1 }, (_, number) => idOf(`friend ${number}`)).filter(
        (friend) => device.desk.live.standing(friend).violations > 0,
      ).length;
    expect(held(first)).toBe(TOLD_EDGES_MAX + 1);
    expect(first.desk.live.trayWord().held.length).toBe(TOLD_EDGES_MAX);
  });

  test(`${ANSWERS_WAITING_MAX} answers wait for a device, not one more`, () => {
    const { home, first, second } = two();
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
    const { home, first } = two();
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

function plain(line: string): string {
  return line.replace(" there", "");
}

function hex(number: number): string {
  return number.toString(16).padStart(32, "0");
}
