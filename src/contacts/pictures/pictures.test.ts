import { describe, expect, test } from "vitest";
import { introduce, suite, Village, type Villager } from "../../../test/support/village.ts";
import { concatBytes, utf8 } from "../../base/bytes.ts";
import { frameOf } from "../../feed/index.ts";
import { makeLocalIdentity } from "../../identity/index.ts";
import { SILENT_LOG } from "../../ports/index.ts";
import type { StreamCloseReason } from "../../session/index.ts";
import { testIdentity } from "../../testing/index.ts";
import { encodeCbor } from "../../wire/index.ts";
import type { ContactsError } from "../errors.ts";
import { CHANGE_EVERY_MS, FELLOW_PICTURES_MAX, PICTURE_BYTES_MAX, PICTURES_MAX } from "./limits.ts";
import { Pictures } from "./pictures.ts";
import { PICTURE_SERVICE } from "./protocol.ts";

/** A JPEG by its first bytes, `size` bytes long. */
function jpegOf(size: number, filler = 7): Uint8Array {
  return concatBytes(Uint8Array.of(0xff, 0xd8, 0xff), new Uint8Array(size - 3).fill(filler));
}

const personOf = (villager: Villager): string => villager.identity.person.personId;

/** Pictures of the people of a village, on the same disks and sessions. */
class Gallery {
  readonly village: Village;
  readonly pictures = new Map<Villager, Pictures>();
  readonly blocked = new Set<string>();
  /** People who are all in one group. */
  readonly fellows = new Set<string>();
  /** Whether pictures of everybody are kept, contact or not. */
  keepsAll = false;
  /** Whose picture changed where. */
  readonly told: string[] = [];

  constructor(village: Village) {
    this.village = village;
  }

  open(villager: Villager): Pictures {
    const { village } = this;
    const pictures = new Pictures({
      identity: villager.identity,
      clock: village.clock,
      random: village.random.fork(`pictures ${villager.name}`),
      log: SILENT_LOG,
      records: villager.disk.open(),
      sessions: villager.sessions,
      personOf: (peer) => {
        const other = village.all.find(({ identity }) => identity.id === peer);
        return other && personOf(other);
      },
      isMet: (person) =>
        villager.live.contacts.byPerson(person)?.state === "met" && !this.blocked.has(person),
      isFellow: (person) => this.#areFellows(villager, person) && !this.blocked.has(person),
      isKept: (person) =>
        this.keepsAll ||
        villager.live.contacts.byPerson(person) !== undefined ||
        this.#areFellows(villager, person),
      events: {
        onPictureChanged: (person) => {
          const whose = village.all.find((other) => personOf(other) === person)?.name;
          this.told.push(`${whose} at ${villager.name}`);
        },
      },
    });
    this.pictures.set(villager, pictures);
    pictures.load((error) => {
      if (error !== null) throw error;
    });
    village.settle();
    return pictures;
  }

  #areFellows(one: Villager, other: string): boolean {
    return this.fellows.has(personOf(one)) && this.fellows.has(other);
  }

  /** The group has other members now. */
  group(...members: readonly Villager[]): void {
    this.fellows.clear();
    for (const member of members) this.fellows.add(personOf(member));
    for (const pictures of this.pictures.values()) pictures.fellowsChanged();
    this.settle();
  }

  /** Everybody comes into reach of everybody. */
  meet(): void {
    for (const [villager, pictures] of this.pictures) {
      for (const other of this.pictures.keys()) {
        if (other !== villager) pictures.peerReachable(other.identity.id);
      }
    }
    this.settle();
  }

  /** Runs until nothing is under way, and lets a minute pass on the way. */
  settle(): void {
    const endMs = this.village.clock.monotonicMs() + 60_000;
    for (;;) {
      this.village.settle();
      const nextMs = Math.min(...[...this.pictures.values()].map((one) => one.nextDeadlineMs()));
      if (nextMs > endMs) break;
      const now = this.village.clock.monotonicMs();
      this.village.clock.advance(Math.max(0, nextMs - now));
      for (const pictures of this.pictures.values()) pictures.tick();
    }
    this.village.clock.advance(endMs - this.village.clock.monotonicMs());
    for (const pictures of this.pictures.values()) pictures.tick();
    this.village.settle();
  }

  of(villager: Villager): Pictures {
    const found = this.pictures.get(villager);
    if (found === undefined) throw new RangeError(`${villager.name} has no pictures.`);
    return found;
  }

  set(villager: Villager, jpeg: Uint8Array | undefined): ContactsError | null | undefined {
    let outcome: ContactsError | null | undefined;
    this.of(villager).set(jpeg, (error) => {
      outcome = error;
    });
    this.settle();
    return outcome;
  }

  /** What `viewer` has of somebody's picture. */
  seen(viewer: Villager, whom: Villager): Uint8Array | undefined {
    let found: Uint8Array | undefined;
    this.of(viewer).read(personOf(whom), (_error, jpeg) => {
      found = jpeg;
    });
    this.village.settle();
    return found;
  }
}

/** Anna and Ben have met; Cleo knows nobody. */
function street(seed: string): {
  gallery: Gallery;
  anna: Villager;
  ben: Villager;
  cleo: Villager;
} {
  const village = new Village(seed);
  const [anna, ben, cleo] = [village.add("anna"), village.add("ben"), village.add("cleo")];
  introduce(village, anna, ben);
  const gallery = new Gallery(village);
  for (const villager of [anna, ben, cleo]) gallery.open(villager);
  return { gallery, anna, ben, cleo };
}

/** Sends a frame as somebody does who keeps to no rules; how the stream ended. */
function say(gallery: Gallery, from: Villager, to: Villager, frame: Uint8Array): string[] {
  const ends: string[] = [];
  const stream = from.sessions.openStream(to.identity.id, PICTURE_SERVICE, {
    onData: (bytes) => ends.push(`${bytes.length} bytes`),
    onEnd: () => ends.push("end"),
    onDrain: () => {},
    onClose: (reason: StreamCloseReason) => ends.push(reason),
  });
  stream?.write(frame);
  gallery.village.settle();
  return ends;
}

describe("pictures", () => {
  test("go to contacts who were met, and to nobody else; a later one follows, and none", () => {
    const { gallery, anna, ben, cleo } = street("pictures go");
    gallery.meet();
    expect(gallery.set(anna, jpegOf(PICTURE_BYTES_MAX))).toBeNull();
    expect(gallery.seen(ben, anna)).toEqual(jpegOf(PICTURE_BYTES_MAX));
    expect(gallery.seen(anna, anna)).toEqual(jpegOf(PICTURE_BYTES_MAX));
    expect(gallery.seen(cleo, anna)).toBeUndefined();
    expect(gallery.told).toEqual(["anna at anna", "anna at ben"]);
    expect(gallery.set(anna, jpegOf(10))).toBeNull();
    expect(gallery.seen(ben, anna)).toEqual(jpegOf(10));
    expect(gallery.set(anna, undefined)).toBeNull();
    expect(gallery.seen(ben, anna)).toBeUndefined();
    expect(gallery.of(ben).head(personOf(anna))).toBeUndefined();
  });

  test("wait for who is away, and come back from the disk", () => {
    const { gallery, anna, ben } = street("pictures wait");
    expect(gallery.set(anna, jpegOf(99))).toBeNull();
    expect(gallery.seen(ben, anna)).toBeUndefined();
    gallery.meet();
    expect(gallery.seen(ben, anna)).toEqual(jpegOf(99));
    gallery.open(ben);
    expect(gallery.seen(ben, anna)).toEqual(jpegOf(99));
    const given = gallery.told.length;
    gallery.meet();
    // Told of again after the start, it is not given again.
    expect(gallery.told.length).toBe(given);
  });

  test("that are changed while they are on their way arrive as they are in the end", () => {
    for (let steps = 0; steps < 24; steps++) {
      const { gallery, anna, ben } = street(`pictures change ${steps}`);
      gallery.set(anna, jpegOf(30));
      for (const [one, other] of [
        [anna, ben],
        [ben, anna],
      ] as const) {
        gallery.of(one).peerReachable(other.identity.id);
      }
      for (let step = 0; step < steps; step++) gallery.village.step();
      gallery.set(anna, jpegOf(31));
      expect([steps, gallery.seen(ben, anna)?.length]).toEqual([steps, 31]);
    }
  });

  test("are kept of so many contacts, and of no more", () => {
    const { gallery, anna, ben } = street("pictures many");
    const head = encodeCbor({ v: 1, a: 1, s: 0 });
    const others = Array.from({ length: PICTURES_MAX - 1 }, (_, at) =>
      at.toString(16).padStart(32, "0"),
    );
    gallery.keepsAll = true;
    for (const other of others) ben.disk.kept.set(`contacts/p/${other}`, head);
    gallery.open(ben);
    gallery.set(anna, jpegOf(30));
    gallery.meet();
    expect(gallery.seen(ben, anna)).toEqual(jpegOf(30));
    const fresh = street("pictures too many");
    fresh.gallery.keepsAll = true;
    for (const other of [...others, "f".repeat(32)]) {
      fresh.ben.disk.kept.set(`contacts/p/${other}`, head);
    }
    fresh.gallery.open(fresh.ben);
    fresh.gallery.set(fresh.anna, jpegOf(30));
    fresh.gallery.meet();
    expect(fresh.gallery.seen(fresh.ben, fresh.anna)).toBeUndefined();
  });

  test("go to members of a group as long as they are in it, contacts or not", () => {
    const { gallery, anna, ben, cleo } = street("pictures group");
    gallery.set(anna, jpegOf(60));
    gallery.set(cleo, jpegOf(61));
    gallery.meet();
    expect(gallery.seen(cleo, anna)).toBeUndefined();
    gallery.group(anna, cleo);
    expect(gallery.seen(cleo, anna)).toEqual(jpegOf(60));
    expect(gallery.seen(anna, cleo)).toEqual(jpegOf(61));
    expect(gallery.seen(ben, cleo)).toBeUndefined();
    gallery.blocked.add(personOf(cleo));
    expect(gallery.seen(anna, cleo)).toBeUndefined();
    gallery.blocked.clear();
    gallery.group(cleo);
    expect(gallery.seen(cleo, anna)).toBeUndefined();
    const kept = [...cleo.disk.kept.keys()].filter((key) => /^contacts\/[pq]\//.test(key));
    expect(kept.filter((key) => key.endsWith(personOf(anna)))).toEqual([]);
  });

  test("of members who are no contacts leave room for those of contacts", () => {
    for (const [known, taken] of [
      [FELLOW_PICTURES_MAX - 1, true],
      [FELLOW_PICTURES_MAX, false],
    ] as const) {
      const { gallery, anna, ben, cleo } = street(`pictures room ${known}`);
      gallery.keepsAll = true;
      const head = encodeCbor({ v: 1, a: 1, s: 0 });
      for (let at = 0; at < known; at++) {
        anna.disk.kept.set(`contacts/p/${at.toString(16).padStart(32, "0")}`, head);
      }
      gallery.open(anna);
      gallery.group(anna, cleo);
      gallery.set(cleo, jpegOf(61));
      gallery.meet();
      expect([known, gallery.seen(anna, cleo) !== undefined]).toEqual([known, taken]);
      gallery.set(ben, jpegOf(62));
      expect(gallery.seen(anna, ben)).toEqual(jpegOf(62));
    }
  });

  test("what is no small JPEG is not shown", () => {
    const { gallery, anna } = street("pictures bad");
    const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);
    for (const bad of [jpegOf(PICTURE_BYTES_MAX + 1), png, Uint8Array.of(0xff, 0xd8)]) {
      expect(gallery.set(anna, bad)?.code).toBe("bad-picture");
    }
    expect(gallery.seen(anna, anna)).toBeUndefined();
  });

  test("of a blocked contact are neither taken nor shown, nor is the own one given", () => {
    const { gallery, anna, ben } = street("pictures blocked");
    gallery.set(anna, jpegOf(50));
    gallery.blocked.add(personOf(anna));
    gallery.blocked.add(personOf(ben));
    gallery.meet();
    expect(gallery.seen(ben, anna)).toBeUndefined();
    gallery.blocked.clear();
    gallery.of(anna).contactChanged(personOf(ben));
    gallery.settle();
    expect(gallery.seen(ben, anna)).toEqual(jpegOf(50));
    gallery.blocked.add(personOf(anna));
    expect(gallery.seen(ben, anna)).toBeUndefined();
  });

  test("of who is deleted are forgotten", () => {
    const { gallery, anna, ben } = street("pictures deleted");
    gallery.set(anna, jpegOf(50));
    gallery.meet();
    expect([...ben.disk.kept.keys()].filter((key) => /^contacts\/[pq]\//.test(key))).toHaveLength(
      2,
    );
    ben.live.contacts.edit(
      personOf(anna),
      () => ({ card: null }),
      () => undefined,
    );
    gallery.village.settle();
    gallery.of(ben).contactChanged(personOf(anna));
    gallery.village.settle();
    expect([...ben.disk.kept.keys()].filter((key) => /^contacts\/[pq]\//.test(key))).toEqual([]);
  });

  test("are the same on all devices of a person, the one that was set last", () => {
    const { gallery, anna, ben } = street("pictures devices");
    const seed = (text: string): Uint8Array => suite.sha256(utf8(text));
    const second = makeLocalIdentity(suite, seed("test device phone"), seed("test person anna"));
    expect(second.person.personId).toBe(testIdentity(suite, "anna").person.personId);
    const phone = gallery.village.add("phone", second);
    gallery.open(phone);
    gallery.set(anna, jpegOf(40));
    gallery.meet();
    expect(gallery.seen(phone, anna)).toEqual(jpegOf(40));
    gallery.set(phone, jpegOf(41));
    expect(gallery.seen(anna, anna)).toEqual(jpegOf(41));
    expect(gallery.seen(ben, anna)).toEqual(jpegOf(41));
  });
});

describe("hostile pictures", () => {
  const give = (a: number, b: Uint8Array): Uint8Array => frameOf(encodeCbor({ t: "give", a, b }));

  test("of strangers are refused without a word, as is anything that is no picture", () => {
    const { gallery, anna, ben, cleo } = street("pictures hostile");
    expect(say(gallery, cleo, anna, give(1, jpegOf(20)))).toEqual(["reset"]);
    expect(gallery.seen(anna, cleo)).toBeUndefined();
    for (const bad of [
      give(1, Uint8Array.of(0x3c, 0x73, 0x76, 0x67)),
      give(1, jpegOf(PICTURE_BYTES_MAX + 1)),
      give(0, jpegOf(20)),
      frameOf(encodeCbor({ t: "want" })),
      frameOf(encodeCbor({ t: "have", a: 1, b: jpegOf(20) })),
      frameOf(utf8("nonsense")),
      Uint8Array.of(255, 255, 255, 255),
    ]) {
      gallery.village.clock.advance(CHANGE_EVERY_MS);
      expect(say(gallery, ben, anna, bad)).toEqual(["reset"]);
      expect(gallery.seen(anna, ben)).toBeUndefined();
    }
  });

  test("come no oftener than they may, and an older one changes nothing", () => {
    const { gallery, anna, ben } = street("pictures often");
    expect(say(gallery, ben, anna, give(5, jpegOf(20))).at(0)).toMatch(/bytes/);
    expect(say(gallery, ben, anna, give(6, jpegOf(21)))).toEqual(["reset"]);
    expect(gallery.seen(anna, ben)).toEqual(jpegOf(20));
    gallery.village.clock.advance(CHANGE_EVERY_MS);
    expect(say(gallery, ben, anna, give(4, jpegOf(22))).at(0)).toMatch(/bytes/);
    expect(gallery.seen(anna, ben)).toEqual(jpegOf(20));
    expect(say(gallery, ben, anna, give(6, jpegOf(23))).at(0)).toMatch(/bytes/);
    expect(gallery.seen(anna, ben)).toEqual(jpegOf(23));
  });
});
