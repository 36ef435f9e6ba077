import { describe, expect, test, vi } from "vitest";
import { introduce, suite, Village, type Villager } from "../../../test/support/village.ts";
import { concatBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { decodePeerRecord, encodePeerRecord, makeLocalIdentity } from "../../identity/index.ts";
import { SILENT_LOG } from "../../ports/index.ts";
import { testIdentity } from "../../testing/index.ts";
import { decodeKept } from "../book/codec.ts";
import { ContactCare } from "./care.ts";
import { VERIFY_LIFE_MS, VERIFY_PER_HOUR } from "./limits.ts";
import { commitmentOf, wordsOf } from "./sas.ts";

const WORDS = /^[a-z]+( [a-z]+){3}$/;

/** Anna and Ben have met, and each has the care for contacts on top. */
function pair(seed: number) {
  const village = new Village(seed);
  const [anna, ben] = [village.add("anna"), village.add("ben")];
  introduce(village, anna, ben);
  return { village, anna, ben, annas: careOf(village, anna), bens: careOf(village, ben) };
}

function careOf(village: Village, villager: Villager): ContactCare {
  return new ContactCare({
    identity: villager.identity,
    suite,
    clock: village.clock,
    random: village.random.fork(`care of ${villager.name}`),
    log: SILENT_LOG,
    sessions: villager.sessions,
    contacts: villager.live.contacts,
  });
}

function personOf(villager: Villager): string {
  return villager.identity.person.personId;
}

function words(village: Village, care: ContactCare, with_: Villager): string {
  let found = "";
  care.words(personOf(with_), with_.identity.id, (error, text) => {
    found = error?.code ?? text ?? "";
  });
  village.settle();
  return found;
}

function done(
  village: Village,
  run: (done: (error: { code: string } | null) => void) => void,
): string {
  let outcome = "never";
  run((error) => {
    outcome = error?.code ?? "none";
  });
  village.settle();
  return outcome;
}

describe("verification by words", () => {
  test("both hear the same four words; the right ones verify, others do not", () => {
    const { village, anna, ben, annas, bens } = pair(1);
    const heard = (care: ContactCare, of: Villager, text: string): string =>
      done(village, (then) => care.heard(personOf(of), text, then));
    expect(heard(bens, anna, "zoo zoo zoo zoo")).toBe("words-not-shown");
    const first = words(village, annas, ben);
    expect(first).toMatch(WORDS);
    expect(words(village, bens, anna)).toBe(first);
    expect(heard(bens, anna, "zoo zoo zoo zoo")).toBe("words-differ");
    expect(heard(bens, anna, `  ${first.toUpperCase()} `)).toBe("none");
    const contact = ben.live.contacts.byPerson(personOf(anna));
    expect(contact && bens.about(contact).verified).toEqual({
      atMs: village.clock.wallMs(),
      how: "words",
    });
    expect(heard(bens, anna, first)).toBe("words-not-shown");
    village.clock.advance(VERIFY_LIFE_MS);
    expect(heard(annas, ben, first)).toBe("words-not-shown");
    expect(words(village, annas, ben)).not.toBe(first);
  });

  test("somebody in between gets other words on either side", () => {
    const keys = (name: string) => {
      const { signKey, dhKey } = testIdentity(suite, name).person;
      return { signKey: signKey.publicKey, dhKey: dhKey.publicKey };
    };
    const nonce = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
    const [anna, ben, eve] = [keys("anna"), keys("ben"), keys("eve")];
    const honest = wordsOf(suite, { ...anna, nonce: nonce(1) }, { ...ben, nonce: nonce(2) });
    const toAnna = wordsOf(suite, { ...anna, nonce: nonce(1) }, { ...eve, nonce: nonce(3) });
    const toBen = wordsOf(suite, { ...eve, nonce: nonce(4) }, { ...ben, nonce: nonce(2) });
    expect(new Set([honest, toAnna, toBen]).size).toBe(3);
    expect(commitmentOf(suite, nonce(1))).not.toEqual(commitmentOf(suite, nonce(2)));
  });

  test("strangers get none, and nobody more than so many tries in an hour", () => {
    const { village, anna, ben, annas } = pair(2);
    const dora = village.add("dora");
    const doras = careOf(village, dora);
    expect(words(village, doras, anna)).toBe("unknown-contact");
    for (let tries = 0; tries < VERIFY_PER_HOUR; tries++) {
      expect(words(village, annas, ben)).toMatch(WORDS);
      // Used up each time, as after a comparison.
      const heardNow = words(village, annas, ben);
      done(village, (then) => annas.heard(personOf(ben), heardNow, then));
    }
    expect(words(village, annas, ben)).toBe("too-many-tries");
    village.clock.advance(3_600_000);
    expect(words(village, annas, ben)).toMatch(WORDS);
  });
});

describe("verification by code", () => {
  test("the right code verifies, another person's is a warning, half a code is none", () => {
    const { village, anna, ben, annas, bens } = pair(3);
    const scanned = (link: string): string =>
      done(village, (then) => annas.scanned(personOf(ben), link, then));
    expect(scanned(annas.ownLink())).toBe("keys-differ");
    expect(scanned(bens.ownLink().slice(0, -1))).toBe("bad-link");
    expect(scanned(bens.ownLink())).toBe("none");
    const contact = anna.live.contacts.byPerson(personOf(ben));
    expect(contact && annas.about(contact).verified?.how).toBe("qr");
  });
});

describe("a changed key", () => {
  test("stops writing to a verified contact until it is confirmed, and passes for others", () => {
    const { village, anna, ben, annas, bens: bens2 } = pair(4);
    const other = makeLocalIdentity(suite, suite.sha256(new Uint8Array(1)), new Uint8Array(32));
    const bens = ben.identity;
    const signKey = bens.person.signKey.publicKey;
    const dhKey = other.person.dhKey.publicKey;
    const label = new TextEncoder().encode("peernet person certificate v1");
    const content = concatBytes(label, signKey, dhKey, bens.signKey.publicKey);
    const signature = must(bens.person.root, "a first device has it").sign(content);
    const certificate = { ...bens.certificate, dhKey, signature };
    const bytes = encodePeerRecord({ ...bens, certificate }, { name: "ben", seqno: 9 });
    const changed = decodePeerRecord(suite, bytes);
    const code = bens2.ownLink();
    done(village, (then) => annas.scanned(personOf(ben), code, then));
    annas.deviceSeen(changed);
    village.settle();
    const now = () => anna.live.contacts.byPerson(personOf(ben));
    expect(now()?.dhKey).toEqual(bens.person.dhKey.publicKey);
    expect(() => annas.checkWriting(personOf(ben))).toThrow("key of this verified contact");
    const confirm = (): string => done(village, (then) => annas.confirmKey(personOf(ben), then));
    expect(confirm()).toBe("none");
    expect(now()?.dhKey).toEqual(dhKey);
    expect(() => annas.checkWriting(personOf(ben))).not.toThrow();
    const contact = now();
    expect(contact && annas.about(contact).verified).toBeUndefined();
    expect(confirm()).toBe("no-new-key");
    annas.deviceSeen(ben.record);
    village.settle();
    expect(now()?.dhKey).toEqual(bens.person.dhKey.publicKey);
  });
});

describe("deleting and blocking", () => {
  test("a deleted person is refused, also with this person's old word, and may come back by a new invite", () => {
    const { village, anna, ben, annas } = pair(5);
    expect(done(village, (then) => annas.remove(personOf(ben), then))).toBe("none");
    expect(done(village, (then) => annas.remove(personOf(ben), then))).toBe("unknown-contact");
    village.crash(anna, 0);
    village.start(anna);
    village.settle();
    village.part(anna, ben);
    village.join(anna, ben);
    const bens = village.add("ben anew", otherDevice("ben", "ben anew"));
    for (let minute = 0; minute < 10; minute++) {
      village.settle();
      village.clock.advance(60_000);
      for (const { rooms } of village.all) rooms?.contacts.tick();
    }
    expect(anna.live.contacts.all()).toEqual([]);
    ben.live.messages.send(personOf(anna), "still there?", () => undefined);
    village.settle();
    expect(anna.told.map(({ text }) => text)).toEqual([]);
    expect(bens.name).toBe("ben anew");
    const names = (): readonly string[] =>
      [...anna.disk.kept.keys()].filter(
        (key) => key.startsWith("contacts/") && key.includes(personOf(ben)),
      );
    // That they were deleted and when is kept, nothing of what they were called.
    const left = ["contacts/x/", "contacts/y/"].map((prefix) => prefix + personOf(ben));
    expect([...names()].sort()).toEqual(left);
    const [, decisions = ""] = left;
    expect(decodeKept(anna.disk.kept.get(decisions) ?? new Uint8Array()).decided).toMatchObject({
      ...{ name: { value: "" }, blockedAtMs: { value: undefined }, verified: { value: undefined } },
    });
    introduce(village, anna, bens);
    expect(anna.live.contacts.all()).toMatchObject([{ state: "met" }]);
    expect(names()).not.toContain(`contacts/x/${personOf(ben)}`);
  });

  test("a deleted person does not come back by an invite from before, only by one made since", () => {
    const { village, anna, ben, annas } = pair(8);
    const invite = (): string => {
      let link = "";
      anna.live.contacts.createInvite([], (_, made) => {
        link = made?.link ?? "";
      });
      village.settle();
      return link;
    };
    const old = invite();
    village.clock.advance(1);
    expect(done(village, (then) => annas.remove(personOf(ben), then))).toBe("none");
    const bens = village.add("ben anew", otherDevice("ben", "ben anew"));
    const use = (guest: Villager, link: string): string | undefined => {
      guest.live.contacts.acceptInvite(link, undefined, (error) => expect(error).toBeNull());
      village.settle();
      return guest.live.contacts.all()[0]?.refusal;
    };
    expect(use(bens, old)).toBe("unknown-token");
    expect(anna.live.contacts.all()).toEqual([]);
    // For everybody else it is as good as ever, also after a restart.
    village.crash(anna, 0);
    village.start(anna);
    village.settle();
    expect(use(village.add("cleo"), old)).toBeUndefined();
    expect(use(bens, invite())).toBeUndefined();
    expect(anna.live.contacts.all().map(({ petname }) => petname)).toEqual(["ben anew", "cleo"]);
  });

  test("whoever is refused by somebody they have met asks less and less often", () => {
    const { village, anna, ben, annas } = pair(9);
    expect(done(village, (then) => annas.setBlocked(personOf(ben), true, then))).toBe("none");
    // As on a device that was added: it has the card and nobody there knows it yet.
    ben.live.contacts.edit(
      personOf(anna),
      (card) => {
        const devices = card?.contact.devices.map((one) => ({ ...one, introduced: false })) ?? [];
        return card && { card: { ...card, contact: { ...card.contact, devices } } };
      },
      (error) => expect(error).toBeNull(),
    );
    village.settle();
    const asks = vi.spyOn(ben.sessions, "openStream");
    village.part(anna, ben);
    village.join(anna, ben);
    for (let second = 0; second < 1_800; second++) {
      village.settle();
      village.clock.advance(1_000);
      ben.live.contacts.tick();
    }
    const asked = asks.mock.calls.filter(([, service]) => service === "contact").length;
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(40);
  });

  test("a blocked person stays in the list and brings nothing in", () => {
    const { village, anna, ben, annas } = pair(6);
    expect(done(village, (then) => annas.setBlocked(personOf(ben), true, then))).toBe("none");
    expect(anna.live.contacts.about.isBlocked(personOf(ben))).toBe(true);
    expect(anna.live.contacts.all().length).toBe(1);
    expect(done(village, (then) => annas.setBlocked(personOf(ben), false, then))).toBe("none");
    expect(anna.live.contacts.about.isBlocked(personOf(ben))).toBe(false);
  });
});

describe("taking contacts along", () => {
  test("imported people hold their keys and are not met; known ones stay as they are; oneself is left out", () => {
    const { village, anna, ben, annas, bens } = pair(7);
    const text = annas.export("json");
    const cleo = village.add("cleo");
    const cleos = careOf(village, cleo);
    const outcomes: unknown[] = [];
    const take = (care: ContactCare, file: string): void => {
      care.import(file, (error, outcome) => outcomes.push(error?.code ?? outcome));
      village.settle();
    };
    take(cleos, text);
    take(cleos, text);
    take(bens, text);
    take(cleos, "nonsense");
    expect(outcomes).toEqual([
      { added: 1, known: 0, skipped: 0 },
      { added: 0, known: 1, skipped: 0 },
      { added: 0, known: 1, skipped: 0 },
      "bad-file",
    ]);
    const [imported] = cleo.live.contacts.all();
    expect(imported).toMatchObject({ petname: "ben", state: "asked", personId: personOf(ben) });
    expect(imported && cleos.about(imported).met.kind).toBe("imported");
    introduce(village, cleo, ben);
    expect(cleo.live.contacts.all()).toMatchObject([{ petname: "ben", state: "met" }]);
    expect(anna.live.contacts.all().length).toBe(1);
  });
});

function otherDevice(person: string, device: string) {
  return makeLocalIdentity(
    suite,
    suite.sha256(new TextEncoder().encode(`test device ${device}`)),
    suite.sha256(new TextEncoder().encode(`test person ${person}`)),
  );
}
