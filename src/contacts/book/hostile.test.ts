import { describe, expect, test } from "vitest";
import { Family, type FamilyDevice, type Friend } from "../../../test/support/family.ts";
import { suite } from "../../../test/support/village.ts";
import { concatBytes, fromHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { frameOf } from "../../feed/index.ts";
import { testIdentity } from "../../testing/index.ts";
import { decodeCbor, encodeCbor } from "../../wire/index.ts";
import { cardWrite } from "../card.ts";
import { CONTACTS_MAX, REMOVED_MAX } from "../limits.ts";
import { REMOVED } from "../removed.ts";
import { makeVow } from "../vow.ts";
import { type Entry, type EntryMap, entryMap } from "./codec.ts";
import { UNDECIDED } from "./decided.ts";
import { BOOK_FRAME_BYTES_MAX, DECIDED_MAX, TOLD_PER_FRAME_MAX, VERSION_MAX } from "./limits.ts";
import { BOOK_SERVICE, BOOK_TALK, type BookQuestion } from "./protocol.ts";
import { encodeStamp, nextStamp, readStamp } from "./stamp.ts";

const SUM = new Uint8Array(16);

/** What a device answers to bytes on a stream; undefined: it closes it without a word. */
function say(family: Family, from: FamilyDevice, to: FamilyDevice, bytes: Uint8Array): unknown {
  let answer: Uint8Array = new Uint8Array(0);
  const stream = must(from.sessions, "it runs").openStream(to.identity.id, BOOK_SERVICE, {
    onData: (more) => {
      stream?.consume(more.length);
      answer = concatBytes(answer, more);
    },
    onEnd: () => {},
    onDrain: () => {},
    onClose: () => {},
  });
  stream?.write(bytes);
  family.run();
  stream?.reset();
  family.run();
  return answer.length === 0 ? undefined : decodeCbor(answer.subarray(4));
}

function tell(e: readonly EntryMap[], w: readonly Uint8Array[] = []): Uint8Array {
  return BOOK_TALK.encode({ t: "tell", e, h: SUM, w } satisfies BookQuestion);
}

/** Somebody as a device that has met them tells of them. */
function entryFor({ identity, personId, vow }: Friend, name: string, version = 1): Entry {
  const stamp = encodeStamp({ epoch: 0, version, atMs: 5_000, device: "ab".repeat(16) });
  const { signKey, dhKey } = identity.person;
  return {
    personId,
    decided: {
      ...UNDECIDED,
      removedAtMs: { stamp, value: undefined },
      name: { stamp, value: name },
    },
    person: {
      ...{ signKey: signKey.publicKey, dhKey: dhKey.publicKey, vow, addedAtMs: 5 },
      met: { kind: "invite", atMs: 5 },
    },
  };
}

/** An own device, and one that speaks for itself, out of the reach of the other's rooms. */
function rig(seed: string): { family: Family; laptop: FamilyDevice; thief: FamilyDevice } {
  const family = new Family(seed);
  const [laptop, thief] = [family.add("laptop"), family.add("thief")];
  family.part(laptop, thief);
  family.run();
  return { family, laptop, thief };
}

const names = (device: FamilyDevice): readonly string[] =>
  device.live.contacts.all().map(({ petname }) => petname);

test("nobody but an own device that stands is told or heard", () => {
  const { family, laptop, thief } = rig("nobody");
  const ben = family.friend("ben");
  const stranger = family.add("stranger", 0, "somebody else");
  const frame = tell([entryMap(entryFor(ben, "ben"))]);
  const look = BOOK_TALK.encode({ t: "look", p: "", h: SUM });
  family.meet(laptop, family.friend("cleo"), "cleo");
  for (const bytes of [frame, look]) {
    expect(say(family, stranger, laptop, bytes)).toBeUndefined();
  }
  family.revoked.add(thief.identity.id);
  for (const bytes of [frame, look]) expect(say(family, thief, laptop, bytes)).toBeUndefined();
  expect(names(laptop)).toEqual(["cleo"]);
  family.join(laptop, thief);
  family.run(10);
  expect(names(thief)).toEqual([]);
  family.revoked.clear();
  expect(say(family, thief, laptop, look)).toMatchObject({ t: "list" });
  expect(say(family, thief, laptop, frame)).toMatchObject({ t: "told" });
  expect(names(laptop)).toEqual(["ben", "cleo"]);
});

describe("a stolen device cannot make anybody a contact", () => {
  test("whose own word for this person it does not bring, or whose key is another's", () => {
    const { family, laptop, thief } = rig("forged");
    const [ben, mallory] = [family.friend("ben"), family.friend("mallory")];
    const honest = entryFor(ben, "ben");
    const person = must(honest.person, "it has one");
    const forged: readonly Entry[] = [
      { ...honest, person: { ...person, vow: mallory.vow } },
      {
        ...honest,
        person: {
          ...person,
          vow: makeVow(ben.identity, mallory.identity.person.signKey.publicKey),
        },
      },
      {
        ...honest,
        person: {
          ...person,
          vow: makeVow(thief.identity, thief.identity.person.signKey.publicKey),
        },
      },
      { ...honest, person: { ...person, signKey: mallory.identity.person.signKey.publicKey } },
      { ...honest, person: { ...must(entryFor(mallory, "ben").person, "it has one") } },
    ];
    for (const entry of forged) say(family, thief, laptop, tell([entryMap(entry)]));
    // Oneself is no contact, and nobody is without a word.
    const self = {
      identity: laptop.identity,
      personId: laptop.identity.person.personId,
      vow: ben.vow,
    };
    say(family, thief, laptop, tell([entryMap(entryFor(self, "me"))]));
    const bare = say(family, thief, laptop, tell([entryMap({ ...honest, person: undefined })]));
    expect(bare).toMatchObject({ t: "told", w: [fromHex(ben.personId)] });
    expect(names(laptop)).toEqual([]);
    expect(laptop.live.contacts.book.decided.size).toBe(0);
    // One that is refused does not keep others out.
    say(family, thief, laptop, tell([...forged.slice(0, 1), honest].map(entryMap)));
    expect(names(laptop)).toEqual(["ben"]);
    expect(laptop.live.contacts.all()[0]?.devices).toEqual([]);
  });

  test("and not change the keys of somebody who is one", () => {
    const { family, laptop, thief } = rig("keys");
    const [ben, mallory] = [family.friend("ben"), family.friend("mallory")];
    family.meet(laptop, ben, "ben");
    const entry = entryFor(ben, "benny", 7);
    const { dhKey } = mallory.identity.person;
    const person = { ...must(entry.person, "it has one"), dhKey: dhKey.publicKey };
    const verified = {
      stamp: nextStamp(SUM28, here),
      value: { atMs: 5, how: "qr" as const, dhKey: dhKey.publicKey },
    };
    say(
      family,
      thief,
      laptop,
      tell([entryMap({ ...entry, person, decided: { ...entry.decided, verified } })]),
    );
    const contact = must(laptop.live.contacts.byPerson(ben.personId), "ben is a contact");
    expect(contact.petname).toBe("benny");
    expect(contact.dhKey).toEqual(ben.identity.person.dhKey.publicKey);
    // Another key was compared than the one that is known here.
    expect(laptop.live.contacts.about.get(ben.personId)?.verified).toBeUndefined();
  });
});

const SUM28 = new Uint8Array(28);
const here = { epoch: 0, atMs: 5, device: "cd".repeat(16) };

test("what was recorded and is said again changes nothing, nor does what is older", () => {
  const { family, laptop, thief } = rig("replay");
  const ben = family.friend("ben");
  const old = tell([entryMap(entryFor(ben, "ben"))]);
  say(family, thief, laptop, old);
  family.rename(laptop, ben, "Benno");
  family.block(laptop, ben, true);
  say(family, thief, laptop, old);
  expect(family.view(laptop)).toEqual([expect.stringContaining("Benno blocked")]);
  family.remove(laptop, ben);
  say(family, thief, laptop, old);
  expect(family.view(laptop)).toEqual([expect.stringContaining("deleted")]);
});

test("what a device says of a time to come waits until this one knows of the revocation, and its own cannot be forged for good", () => {
  const { family, laptop, thief } = rig("epochs");
  const ben = family.friend("ben");
  family.meet(laptop, ben, "ben");
  const entry = entryFor(ben, "ahead");
  const withName = (epoch: number, version: number, value: string): Entry => {
    const stamp = encodeStamp({ epoch, version, atMs: 2 ** 48 - 1, device: "ff".repeat(16) });
    return { ...entry, decided: { ...entry.decided, name: { stamp, value } } };
  };
  say(family, thief, laptop, tell([entryMap(withName(1, 1, "ahead"))]));
  expect(names(laptop)).toEqual(["ben"]);
  // As high as it goes: nothing beats it, as long as the device is one of ours.
  say(family, thief, laptop, tell([entryMap(withName(0, VERSION_MAX, "rude name"))]));
  family.rename(laptop, ben, "ben");
  say(family, thief, laptop, tell([entryMap(withName(0, VERSION_MAX, "rude name"))]));
  expect(names(laptop)).toEqual(["rude name"]);
  family.revoked.add(thief.identity.id);
  family.rename(laptop, ben, "ben");
  const phone = family.add("phone");
  family.part(laptop, phone);
  say(family, phone, laptop, tell([entryMap(withName(0, VERSION_MAX, "rude name"))]));
  expect(names(laptop)).toEqual(["ben"]);
});

test("names that no petname may be, frames that are none, and too much at once are refused", () => {
  const { family, laptop, thief } = rig("frames");
  const friends = Array.from({ length: TOLD_PER_FRAME_MAX + 1 }, (_, at) =>
    family.friend(`f${at}`),
  );
  const entries = friends.map((friend, at) => entryMap(entryFor(friend, `f${at}`)));
  const [first] = entries as [EntryMap];
  for (const name of ["", "a\u0000b", "\u202eabc", " ben ", "ab".repeat(16)]) {
    say(family, thief, laptop, tell([{ ...first, n: { t: name } }]));
  }
  const { n: _name, ...nameless } = first;
  say(family, thief, laptop, tell([nameless]));
  expect(say(family, thief, laptop, tell(entries))).toBeUndefined();
  expect(names(laptop)).toEqual([]);
  const raw = (value: Parameters<typeof encodeCbor>[0]): unknown =>
    say(family, thief, laptop, frameOf(encodeCbor(value)));
  const ids = (count: number): Uint8Array[] => Array.from({ length: count }, () => SUM);
  expect(raw({ t: "tell", e: [], h: SUM, w: ids(TOLD_PER_FRAME_MAX) })).toMatchObject({
    t: "told",
  });
  expect(raw({ t: "tell", e: [], h: SUM, w: ids(TOLD_PER_FRAME_MAX + 1) })).toBeUndefined();
  expect(raw({ t: "look", h: SUM, p: "0".repeat(32) })).toBeDefined();
  expect(raw({ t: "look", h: SUM, p: "0".repeat(33) })).toBeUndefined();
  expect(raw({ t: "told", e: [], h: SUM, w: [] })).toBeUndefined();
  expect(raw({ t: "nonsense" })).toBeUndefined();
  const whole = tell(entries.slice(0, TOLD_PER_FRAME_MAX));
  for (const length of [1, 4, 100, whole.length - 1]) {
    expect(say(family, thief, laptop, whole.subarray(0, length))).toBeUndefined();
  }
  const large = new Uint8Array(4);
  new DataView(large.buffer).setUint32(0, BOOK_FRAME_BYTES_MAX + 1);
  expect(say(family, thief, laptop, large)).toBeUndefined();
  expect(names(laptop)).toEqual([]);
  expect(say(family, thief, laptop, whole)).toMatchObject({ t: "told" });
  expect(names(laptop)).toHaveLength(TOLD_PER_FRAME_MAX);
});

test("the longest frames fit", () => {
  const stamp = new Uint8Array(28).fill(255);
  const time = Number.MAX_SAFE_INTEGER;
  const name = "\u{10000}".repeat(16);
  const key = new Uint8Array(32);
  const fields = {
    b: { s: stamp, x: time },
    e: { s: stamp, x: time },
    n: { s: stamp, t: name },
    q: { s: stamp, m: { a: time, h: "words" as const, k: key } },
    i: SUM,
  };
  const m = { a: time, b: SUM, c: name, h: 16, n: name, t: "introduced" as const };
  const c = { a: time, d: key, k: key, m, w: new Uint8Array(448) };
  const answer = {
    t: "told" as const,
    e: Array.from({ length: 2 * TOLD_PER_FRAME_MAX }, (_, at) =>
      at < TOLD_PER_FRAME_MAX ? fields : { ...fields, c },
    ),
    ...{ h: SUM, w: Array.from({ length: TOLD_PER_FRAME_MAX }, () => SUM) },
  };
  const bytes = BOOK_TALK.encode(answer);
  expect(bytes.length - 4).toBeLessThanOrEqual(BOOK_FRAME_BYTES_MAX);
  expect(BOOK_TALK.decode(bytes.subarray(4))).toMatchObject({ t: "told" });
});

test("a device that answers everything with differences is left alone after a while", () => {
  const { family, laptop, thief } = rig("endless");
  for (let at = 0; at < 3; at++) family.meet(laptop, family.friend(`f${at}`), `f${at}`);
  family.crash(thief, 0);
  const sessions = family.net.join(thief.record);
  let asked = 0;
  sessions.serve(BOOK_SERVICE, (stream) => ({
    onData: (bytes) => {
      stream.consume(bytes.length);
      asked++;
      const l = new Uint8Array(128).fill(asked % 255);
      stream.write(BOOK_TALK.encode({ t: "sums", h: SUM, l }));
      stream.end();
    },
    onEnd: () => {},
    onDrain: () => {},
    onClose: () => {},
  }));
  laptop.live.book.peerReachable(thief.identity.id);
  family.run(20);
  expect(asked).toBeGreaterThan(16);
  expect(laptop.live.book.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
}, 60_000);

describe("limits", () => {
  const idOf = (at: number): string => at.toString(16).padStart(32, "0");
  const blocked = (at: number): Entry => ({
    personId: idOf(at),
    decided: { ...UNDECIDED, blockedAtMs: { stamp: SUM28, value: 5 } },
    person: undefined,
  });

  function take(family: Family, device: FamilyDevice, entries: readonly Entry[]): void {
    device.live.contacts.takeFromOwn(entries, "ab".repeat(16), (error) => expect(error).toBeNull());
    family.run();
  }

  test("people of whom something was decided", () => {
    const { family, laptop } = rig("decided");
    take(
      family,
      laptop,
      Array.from({ length: DECIDED_MAX }, (_, at) => blocked(at)),
    );
    const { decided } = laptop.live.contacts.book;
    expect(decided.size).toBe(DECIDED_MAX);
    take(family, laptop, [blocked(DECIDED_MAX)]);
    expect(decided.size).toBe(DECIDED_MAX);
    expect(laptop.warnings.at(-1)).toContain("full");
  });

  test("contacts", () => {
    const { family, laptop } = rig("contacts");
    const [ben, cleo] = [family.friend("ben"), family.friend("cleo")];
    const { signKey, dhKey } = testIdentity(suite, "x").person;
    const writes = Array.from({ length: CONTACTS_MAX - 1 }, (_, at) => {
      const id = suite.sha256(utf8(`nobody ${at}`));
      return cardWrite({
        contact: {
          ...{ personId: `${at}`, petname: `nobody ${at}`, signKey: id, dhKey: dhKey.publicKey },
          ...{ state: "met" as const, devices: [], endpoints: [], addedAtMs: 5 },
          refusal: undefined,
        },
        ...{ question: undefined, vow: undefined },
      });
    });
    expect(signKey).toBeDefined();
    laptop.disk.open().write(writes, () => {});
    family.run();
    family.crash(laptop, 9);
    family.start(laptop);
    family.run();
    take(family, laptop, [entryFor(ben, "ben"), entryFor(cleo, "cleo")]);
    const { contacts } = laptop.live;
    expect(contacts.all()).toHaveLength(CONTACTS_MAX);
    expect([contacts.byPerson(ben.personId)?.petname, contacts.byPerson(cleo.personId)]).toEqual([
      "ben",
      undefined,
    ]);
  }, 60_000);

  test("deletions: of too many the latest are kept, on every device the same", () => {
    const { family, laptop } = rig("removed");
    const gone = (at: number, atMs: number): Entry => ({
      personId: idOf(at),
      decided: { ...UNDECIDED, removedAtMs: { stamp: SUM28, value: atMs } },
      person: undefined,
    });
    const many = Array.from({ length: REMOVED_MAX }, (_, at) => gone(at, 100 + at));
    take(family, laptop, many);
    const { removed, book } = laptop.live.contacts;
    expect(removed.all()).toHaveLength(REMOVED_MAX);
    take(family, laptop, [gone(REMOVED_MAX, 50)]);
    expect(removed.has(idOf(REMOVED_MAX))).toBe(false);
    take(family, laptop, [gone(REMOVED_MAX, 5_000)]);
    expect([removed.has(idOf(REMOVED_MAX)), removed.has(idOf(0))]).toEqual([true, false]);
    expect([removed.all().length, book.decided.size]).toEqual([REMOVED_MAX, REMOVED_MAX]);
    // Two at once, of which one is older than all that are kept.
    take(family, laptop, [gone(REMOVED_MAX + 1, 6_000), gone(REMOVED_MAX + 2, 101)]);
    expect([removed.all().length, book.decided.size]).toEqual([REMOVED_MAX, REMOVED_MAX]);
    let kept = 0;
    laptop.disk.open().scan(REMOVED, (_error, found) => {
      kept = found.length;
    });
    family.run();
    expect(kept).toBe(REMOVED_MAX);
  });

  test("versions", () => {
    const last = encodeStamp({ epoch: 3, version: VERSION_MAX, atMs: 1, device: "00".repeat(16) });
    const device = "11".repeat(16);
    expect(readStamp(nextStamp(last, { epoch: 3, atMs: 2, device }))).toEqual({
      ...{ epoch: 3, version: VERSION_MAX, atMs: 2 },
    });
    expect(readStamp(nextStamp(last, { epoch: 4, atMs: 0, device }))).toEqual({
      ...{ epoch: 4, version: 1, atMs: 0 },
    });
    const before = encodeStamp({ epoch: 3, version: VERSION_MAX - 1, atMs: 1, device });
    expect(readStamp(nextStamp(before, { epoch: 0, atMs: 9, device })).version).toBe(VERSION_MAX);
  });
});
