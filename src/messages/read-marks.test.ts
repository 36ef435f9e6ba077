import { describe, expect, test } from "vitest";
import { type Faults, mischief, stumble } from "../../test/support/mischief.ts";
import { introduce, suite, Village, type Villager } from "../../test/support/village.ts";
import { utf8 } from "../base/bytes.ts";
import { type LocalIdentity, makeLocalIdentity } from "../identity/index.ts";
import { idOf, itemWrite } from "./item.ts";
import { READ_MARKS_PER_LETTER_MAX, READ_PENDING_MAX, READ_UNTOLD_MAX } from "./limits.ts";
import { decodeSections, encodeSections } from "./read-letter.ts";
import { READ_PENDING, READ_UNTOLD } from "./read-marks.ts";

const RUNS = Number(process.env["PEERNET_RUNS"] ?? 60);

function deviceOf(person: string, device: string): LocalIdentity {
  const seed = (text: string): Uint8Array => suite.sha256(utf8(text));
  return makeLocalIdentity(suite, seed(`device ${device}`), seed(`person ${person}`));
}

/** Ben with a laptop and a phone, and Anna, who knows both. */
function world(seed: number | string): {
  village: Village;
  anna: Villager;
  laptop: Villager;
  phone: Villager;
  all: Villager[];
} {
  const village = new Village(seed);
  const anna = village.add("anna");
  const laptop = village.add("laptop", deviceOf("ben", "laptop"));
  introduce(village, anna, laptop);
  const phone = village.add("phone", deviceOf("ben", "phone"));
  village.settle(20);
  const isKnown = phone.live.contacts.byPerson(anna.identity.person.personId) !== undefined;
  if (!isKnown) introduce(village, anna, phone);
  village.settle(20);
  return { village, anna, laptop, phone, all: [anna, laptop, phone] };
}

function say(village: Village, from: Villager, to: Villager, text: string): void {
  from.live.messages.send(to.identity.person.personId, text, (error) => {
    if (error !== null) throw error;
  });
  village.settle();
}

function read(village: Village, on: Villager, of: Villager): void {
  on.live.messages.markRead(of.identity.person.personId, (error) => {
    if (error !== null) throw error;
  });
  village.settle();
}

/** Unread messages of one person straight on a disk, the same ones wherever it is called. */
function plant(village: Village, on: Villager, personId: string, count: number): void {
  village.crash(on, Number.MAX_SAFE_INTEGER);
  const nothing = { replyTo: undefined, file: undefined, from: undefined, oldPlace: undefined };
  const said = { kind: "text", direction: "in", state: "unread", sentAtMs: 1 } as const;
  for (let number = 0; number < count; number++) {
    const mark = number.toString(16).padStart(12, "0");
    const more = { id: idOf(1_000 + number), mark, sendings: [], deliveredAtMs: null };
    const { key, value } = itemWrite({ ...nothing, ...said, ...more, personId });
    if (value !== null) on.disk.kept.set(key, value);
  }
  village.start(on);
  village.settle(3);
}

const unread = (on: Villager): number => on.live.messages.unreadCount();
const recordsOf = ({ disk }: Villager, prefix: string): number =>
  [...disk.kept.keys()].filter((key) => key.startsWith(prefix)).length;

describe("what is read on one device", () => {
  test("is read on the other, which tells so, and asks nothing of the sender", () => {
    const { village, anna, laptop, phone } = world(1);
    say(village, anna, laptop, "one");
    say(village, anna, laptop, "two");
    expect([unread(laptop), unread(phone)]).toEqual([2, 2]);
    read(village, laptop, anna);
    expect([unread(laptop), unread(phone)]).toEqual([0, 0]);
    expect(phone.states.map(({ text, state }) => [text, state])).toEqual([
      ["one", "read"],
      ["two", "read"],
    ]);
    expect(anna.states.every(({ state }) => state !== "read")).toBe(true);
    expect([laptop, phone].map((one) => recordsOf(one, READ_UNTOLD))).toEqual([0, 0]);
    expect([laptop, phone].map((one) => recordsOf(one, READ_PENDING))).toEqual([0, 0]);
  });

  test("leaves alone what only the other one has", () => {
    const { village, anna, laptop, phone } = world(2);
    village.part(anna, laptop);
    village.part(laptop, phone);
    say(village, anna, laptop, "for the phone first");
    village.part(anna, phone);
    village.join(anna, laptop);
    village.settle(5);
    say(village, anna, laptop, "for the laptop alone so far");
    village.part(anna, laptop);
    village.join(anna, phone);
    village.settle(5);
    village.part(anna, phone);
    expect([unread(laptop), unread(phone)]).toEqual([2, 2]);
    village.join(anna, laptop);
    village.part(anna, phone);
    say(village, anna, laptop, "laptop has it, phone not");
    read(village, phone, anna);
    village.join(laptop, phone);
    village.settle(5);
    expect([unread(laptop), unread(phone)]).toEqual([1, 0]);
  });

  test("comes in read where the word of it is faster than the message", () => {
    const { village, anna, laptop, phone } = world(3);
    village.part(anna, phone);
    say(village, anna, laptop, "early");
    read(village, laptop, anna);
    village.settle(3);
    expect(recordsOf(phone, READ_PENDING)).toBe(1);
    village.crash(phone, Number.MAX_SAFE_INTEGER);
    village.start(phone);
    village.join(anna, phone);
    village.settle(20);
    expect(phone.told.map(({ text, state }) => [text, state])).toEqual([["early", "read"]]);
    expect([unread(phone), recordsOf(phone, READ_PENDING)]).toEqual([0, 0]);
  });

  test("waits for a device that is away in one letter, whatever is read meanwhile", () => {
    const { village, anna, laptop, phone } = world(4);
    for (let number = 0; number < 20; number++) say(village, anna, laptop, `${number}`);
    village.part(laptop, phone);
    read(village, laptop, anna);
    for (let number = 20; number < 50; number++) {
      say(village, anna, laptop, `${number}`);
      read(village, laptop, anna);
    }
    expect(unread(phone)).toBe(50);
    expect(recordsOf(laptop, `messages/o/${phone.identity.id}`)).toBe(1);
    village.crash(laptop, Number.MAX_SAFE_INTEGER);
    village.start(laptop);
    village.join(laptop, phone);
    village.settle(20);
    expect(unread(phone)).toBe(0);
    expect(recordsOf(laptop, READ_UNTOLD)).toBe(0);
  });

  test("so much is told to a device that was away, the oldest is not", () => {
    const { village, anna, laptop, phone } = world(5);
    village.part(laptop, phone);
    say(village, anna, laptop, "first");
    read(village, laptop, anna);
    const count = READ_UNTOLD_MAX + 256;
    const { personId } = anna.identity.person;
    for (const one of [laptop, phone]) plant(village, one, personId, count);
    village.part(laptop, phone);
    expect([unread(laptop), unread(phone)]).toEqual([count, count + 1]);
    read(village, laptop, anna);
    village.join(laptop, phone);
    village.settle(20);
    expect(phone.live.messages.unreadCount(personId)).toBe(256);
  });

  test("so many marks wait for their messages and not one more", () => {
    const { village, laptop, phone } = world(6);
    const marks = (from: number, count: number): string[] =>
      Array.from({ length: count }, (_, at) => (from + at).toString(16).padStart(12, "0"));
    const letters = Math.ceil((READ_PENDING_MAX + 1) / READ_MARKS_PER_LETTER_MAX);
    for (let at = 0; at < letters; at++) {
      const count = Math.min(
        READ_MARKS_PER_LETTER_MAX,
        READ_PENDING_MAX + 1 - at * READ_MARKS_PER_LETTER_MAX,
      );
      const place = { of: "person", id: "ab".repeat(16) } as const;
      const sections = [{ place, marks: marks(at * READ_MARKS_PER_LETTER_MAX, count) }];
      const content = encodeSections(sections);
      laptop.live.messages.sendLetter(phone.identity.id, { kind: 8, content }, () => undefined);
      village.settle(3);
    }
    expect(recordsOf(phone, READ_PENDING)).toBe(READ_PENDING_MAX);
    expect(phone.disk.kept.has(`${READ_PENDING}person/${"ab".repeat(16)}/000000000000`)).toBe(
      false,
    );
  });

  test("cannot be said by a contact, and what breaks the form is let go", () => {
    const { village, anna, laptop, phone } = world(7);
    say(village, anna, laptop, "mine to read");
    const place = { of: "person", id: anna.identity.person.personId } as const;
    const letter = (content: Uint8Array): { kind: number; content: Uint8Array } => ({
      kind: 8,
      content,
    });
    const marks = ["00".repeat(6)];
    const lie = letter(encodeSections([{ place, marks }]));
    anna.live.messages.sendLetter(laptop.identity.id, lie, () => undefined);
    for (const bytes of [
      [9],
      [0, 1, 2],
      [...new Uint8Array(17), 0],
      [...new Uint8Array(17), 127],
    ]) {
      laptop.live.messages.sendLetter(
        phone.identity.id,
        letter(Uint8Array.from(bytes)),
        () => undefined,
      );
    }
    village.settle(5);
    expect([unread(laptop), unread(phone)]).toEqual([1, 1]);
    expect([laptop, phone].map((one) => recordsOf(one, READ_PENDING))).toEqual([0, 0]);
    // The channel goes on.
    read(village, laptop, anna);
    expect(unread(phone)).toBe(0);
  });
});

test("what a full disk kept from being read is not told to the other device as read", () => {
  const { village, anna, laptop, phone } = world("full");
  say(village, anna, laptop, "one");
  village.settle(5);
  expect([unread(laptop), unread(phone)]).toEqual([1, 1]);
  phone.disk.full = true;
  let code = "";
  phone.live.messages.markRead(anna.identity.person.personId, (error) => {
    code = error?.code ?? "none";
  });
  village.settle();
  expect(code).toBe("disk-full");
  phone.disk.full = false;
  village.part(phone, laptop);
  village.settle(5);
  village.join(phone, laptop);
  village.settle(20);
  expect([unread(laptop), unread(phone)]).toEqual([1, 1]);
  read(village, phone, anna);
  village.settle(5);
  expect([unread(laptop), unread(phone)]).toEqual([0, 0]);
});

test("the word of what was read has a form", () => {
  const places = [
    { place: { of: "person", id: "01".repeat(16) }, marks: ["0a".repeat(6), "0b".repeat(6)] },
    { place: { of: "group", id: "02".repeat(16) }, marks: ["0c".repeat(6)] },
  ] as const;
  expect(decodeSections(encodeSections(places))).toEqual(places);
  const many = Array.from({ length: READ_MARKS_PER_LETTER_MAX + 1 }, () => "0d".repeat(6));
  const section = { place: places[0].place, marks: many };
  expect(() => decodeSections(encodeSections([section]))).toThrow("too many");
});

/** One round of a run in which anything may break. */
function round(
  { village, anna, laptop, phone, all }: ReturnType<typeof world>,
  text: string,
  total: Faults,
): void {
  const { random } = village;
  for (const one of all) if (one.rooms?.ready !== true) village.settle();
  anna.live.messages.send(laptop.identity.person.personId, text, () => undefined);
  stumble(village);
  const on = random.u32() % 2 === 0 ? laptop : phone;
  on.rooms?.messages.markRead(anna.identity.person.personId, () => undefined);
  stumble(village);
  const pairs: (readonly [Villager, Villager])[] = [
    [anna, laptop],
    [anna, phone],
    [laptop, phone],
    [phone, laptop],
  ];
  const pair = pairs[random.u32() % 4];
  if (pair !== undefined) mischief(village, ...pair, total);
  stumble(village);
  village.settle();
}

function healAll(
  { village, all }: Pick<ReturnType<typeof world>, "village" | "all">,
  total: Faults,
): void {
  for (const one of all) {
    one.disk.full = false;
    for (const other of all) if (one !== other) village.join(one, other);
  }
  village.settle(40);
  total.cuts += village.net.cutStreams;
  for (const one of all) total.diskFull += one.disk.refusedWrites;
}

test("whatever dies, breaks or fills up: in the end both devices agree", () => {
  const total: Faults = { crashes: 0, parts: 0, cuts: 0, diskFull: 0 };
  for (let run = 0; run < RUNS; run++) {
    const made = world(`agree ${run}`);
    const { village, anna, laptop, phone } = made;
    for (let number = 0; number < 8; number++) round(made, `${run} ${number}`, total);
    healAll(made, total);
    read(village, laptop, anna);
    village.settle(40);
    expect([unread(laptop), unread(phone)], `run ${run}`).toEqual([0, 0]);
    const places = [laptop, phone].map((one) => recordsOf(one, READ_UNTOLD));
    expect(places, `run ${run}`).toEqual([0, 0]);
  }
  for (const count of Object.values(total)) expect(count).toBeGreaterThan(0);
}, 120_000);
