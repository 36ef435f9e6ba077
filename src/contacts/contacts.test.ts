import { describe, expect, test } from "vitest";
import { type Faults, heal, mischief, stumble } from "../../test/support/mischief.ts";
import { introduce, suite, Village, type Villager } from "../../test/support/village.ts";
import { utf8 } from "../base/bytes.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  formatAddress,
  type LocalIdentity,
  makeLocalIdentity,
  personIdOf,
} from "../identity/index.ts";
import { testIdentity } from "../testing/index.ts";
import { cardWrite } from "./card.ts";
import type { ContactsError } from "./errors.ts";
import { encodeInvite } from "./invite.ts";
import {
  ANSWER_TIMEOUT_MS,
  BAD_TOKEN_PAUSE_MS,
  BAD_TOKENS_MAX,
  CONTACTS_MAX,
  DEVICES_PER_CONTACT_MAX,
  INVITE_LIFE_MS,
  INVITE_USES_MAX,
  INVITES_OPEN_MAX,
  STREAMS_SERVED_MAX,
} from "./limits.ts";
import { CONTACT_SERVICE } from "./protocol.ts";
import type { Contact } from "./types.ts";

const RUNS = 300;

function makeInvite(village: Village, host: Villager): string {
  let link = "";
  host.live.contacts.createInvite(["sim://1"], (error, invite) => {
    if (error !== null) throw error;
    link = invite?.link ?? "";
  });
  while (link === "" && village.step());
  return link;
}

function accept(village: Village, guest: Villager, link: string, petname?: string): string {
  let outcome: string | undefined;
  guest.live.contacts.acceptInvite(link, petname, (error) => {
    outcome = error?.code ?? "none";
  });
  while (outcome === undefined && village.step());
  return outcome ?? "never";
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as ContactsError).code;
  }
  return "none";
}

function states(villager: Villager): [string, Contact["state"]][] {
  return villager.live.contacts.all().map(({ petname, state }) => [petname, state]);
}

function personOf(villager: Villager): string {
  return villager.identity.person.personId;
}

/** Another device of the person that `testIdentity` makes of a name. */
function otherDevice(person: string, device: string): LocalIdentity {
  return makeLocalIdentity(
    suite,
    suite.sha256(utf8(`test device ${device}`)),
    suite.sha256(utf8(`test person ${person}`)),
  );
}

describe("an invite", () => {
  test("waits as 'asked' while the inviting side is away, then both have met", () => {
    const village = new Village(1);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    const link = makeInvite(village, anna);
    village.part(anna, ben);
    expect(accept(village, ben, link, "Annie")).toBe("none");
    expect(states(ben)).toEqual([["Annie", "asked"]]);
    expect(ben.live.contacts.all()[0]?.endpoints).toEqual(["sim://1"]);
    let waiting = "";
    ben.live.messages.send(personOf(anna), "hello", (_error, message) => {
      waiting = message?.state ?? "";
    });
    village.settle(3);
    expect([waiting, anna.told]).toEqual(["waiting", []]);
    village.join(anna, ben);
    village.settle(3);
    expect([states(anna), states(ben)]).toEqual([[["ben", "met"]], [["Annie", "met"]]]);
    expect(anna.told.map(({ text }) => text)).toEqual(["hello"]);
    expect(accept(village, ben, link)).toBe("already-known");
    expect(accept(village, anna, link)).toBe("own-invite");
    expect(accept(village, ben, "peernet:invite/nonsense")).toBe("malformed-invite");
  });

  test("lets people in until the last millisecond and not one later", () => {
    for (const late of [0, 1]) {
      const village = new Village(2);
      const [anna, ben] = [village.add("anna"), village.add("ben")];
      const link = makeInvite(village, anna);
      village.part(anna, ben);
      expect(accept(village, ben, link)).toBe("none");
      village.clock.advance(INVITE_LIFE_MS - 1 + late);
      village.join(anna, ben);
      village.settle(3);
      expect(states(anna)).toEqual(late === 0 ? [["ben", "met"]] : []);
      expect(states(ben)).toEqual([["anna", late === 0 ? "met" : "asked"]]);
      const refusal = late === 0 ? undefined : "expired";
      expect(ben.live.contacts.all()[0]?.refusal).toBe(refusal);
      if (late === 0) continue;
      const cleo = village.add("cleo");
      expect(accept(village, cleo, link)).toBe("expired-invite");
      expect(accept(village, ben, makeInvite(village, anna))).toBe("none");
      village.settle(3);
      expect(states(ben)).toEqual([["anna", "met"]]);
    }
  });

  test(`serves ${INVITE_USES_MAX} people and not one more`, () => {
    const village = new Village(3);
    const anna = village.add("anna");
    const link = makeInvite(village, anna);
    const guests = Array.from({ length: INVITE_USES_MAX + 1 }, (_, n) => village.add(`guest ${n}`));
    for (const guest of guests) {
      expect(accept(village, guest, link)).toBe("none");
      village.settle(1);
    }
    expect(anna.live.contacts.all().length).toBe(INVITE_USES_MAX);
    const last = guests.at(-1)?.live.contacts.all()[0];
    expect([last?.state, last?.refusal]).toEqual(["asked", "used-up"]);
  });

  test(`may be open beside ${INVITES_OPEN_MAX - 1} others and not one more`, () => {
    const village = new Village(4);
    const anna = village.add("anna");
    const codes: string[] = [];
    const create = (): void => {
      anna.live.contacts.createInvite([], (error) => codes.push(error?.code ?? "none"));
      village.settle();
    };
    for (let count = 0; count <= INVITES_OPEN_MAX; count++) create();
    expect(codes.slice(0, -1).every((code) => code === "none")).toBe(true);
    expect(codes.at(-1)).toBe("too-many-invites");
    village.crash(anna, 0);
    village.start(anna);
    village.settle();
    create();
    expect(codes.at(-1)).toBe("too-many-invites");
    village.clock.advance(INVITE_LIFE_MS);
    create();
    expect(codes.at(-1)).toBe("none");
    expect([...anna.disk.kept.keys()].filter((key) => key.startsWith("contacts/i/")).length).toBe(
      1,
    );
  });
});

describe("strangers", () => {
  test("get nothing accepted, and are not listened to after too many bad tokens", () => {
    const village = new Village(5);
    const [anna, mallory] = [village.add("anna"), village.add("mallory")];
    const forged = (n: number): string =>
      encodeInvite(anna.identity, {
        name: "anna",
        endpoints: [],
        token: new Uint8Array(16).fill(n),
        expiresAtMs: village.clock.wallMs() + INVITE_LIFE_MS,
      });
    const refusals: (string | undefined)[] = [];
    for (let n = 0; n <= BAD_TOKENS_MAX; n++) {
      expect(accept(village, mallory, forged(n))).toBe("none");
      village.settle();
      refusals.push(mallory.live.contacts.all()[0]?.refusal);
    }
    expect(refusals.slice(0, -1)).toEqual(refusals.slice(0, -1).map(() => "unknown-token"));
    expect(refusals.at(-1)).toBe("busy");
    mallory.live.messages.send(personOf(anna), "buy this", () => {});
    village.settle(5);
    expect([states(anna), anna.told]).toEqual([[], []]);
    expect(village.net.refusedStreams).toBeGreaterThan(0);
    village.clock.advance(BAD_TOKEN_PAUSE_MS);
    expect(accept(village, mallory, makeInvite(village, anna))).toBe("none");
    village.settle(3);
    expect(states(anna)).toEqual([["mallory", "met"]]);
  });
});

describe("names", () => {
  test("are unique, and find people by name, id and address", () => {
    const village = new Village(6);
    const host = village.add("host");
    const [one, two] = [village.add("Anna"), village.add("anna", otherDevice("x", "x"))];
    introduce(village, host, one);
    introduce(village, host, two);
    expect(states(host)).toEqual([
      ["Anna", "met"],
      ["anna 2", "met"],
    ]);
    const { contacts } = host.live;
    const idOf = (text: string): string => contacts.resolve(text).personId;
    expect(idOf(" ANNA ")).toBe(personOf(one));
    expect(idOf("anna 2")).toBe(personOf(two));
    expect(idOf(personOf(two).slice(0, 12).toUpperCase())).toBe(personOf(two));
    expect(idOf(formatAddress(two.identity.id))).toBe(personOf(two));
    expect(codeOf(() => contacts.resolve("ann"))).toBe("unknown-contact");
    expect(() => contacts.resolve("ann")).toThrow("Did you mean Anna or anna 2?");
    expect(() => contacts.resolve("Anan")).toThrow(
      "No contact is called 'Anan'. Did you mean Anna?",
    );
    expect(() => contacts.resolve("anna3")).toThrow("Did you mean Anna?");
    expect(() => contacts.resolve("hanno")).toThrow(/called 'hanno'\. Did you mean Anna\?$/);
    for (const text of ["xy", "ben", "harriet"]) {
      expect(() => contacts.resolve(text)).toThrow(/called '\w+'\.$/);
    }
    const outcomes: string[] = [];
    const rename = (name: string): void => {
      contacts.rename(personOf(two), name, (error) => outcomes.push(error?.code ?? "none"));
      village.settle();
    };
    for (const name of ["ANNA", "bad\u202ename", "Ann", "ann"]) rename(name);
    expect(outcomes).toEqual(["name-taken", "bad-name", "none", "none"]);
    expect(idOf("ANN")).toBe(personOf(two));
    expect(codeOf(() => contacts.resolve("anna 2"))).toBe("unknown-contact");
  });
});

describe("other devices of a person", () => {
  test("a restored device learns of its contacts from them and gets what waits", () => {
    const village = new Village(7);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    introduce(village, anna, ben);
    village.crash(ben, 0);
    anna.live.messages.send(personOf(ben), "are you there?", () => {});
    village.settle(2);
    const restored = village.add("ben anew", otherDevice("ben", "ben anew"));
    village.settle(10);
    expect(personOf(restored)).toBe(personOf(ben));
    expect(states(restored)).toEqual([["anna", "met"]]);
    expect(restored.told.map(({ text }) => text)).toEqual(["are you there?"]);
    expect(anna.live.messages.waitingCount()).toBe(0);
    expect(anna.live.contacts.all()[0]?.devices.length).toBe(2);
    restored.live.messages.send(personOf(anna), "I am back", () => {});
    village.settle(5);
    expect(anna.told.map(({ text, personId }) => [text, personId])).toEqual([
      ["I am back", personOf(ben)],
    ]);
  });

  test("all of them get what is sent to the person", () => {
    const village = new Village(8);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    const tablet = village.add("ben's tablet", otherDevice("ben", "tablet"));
    introduce(village, anna, ben);
    village.settle(10);
    anna.live.messages.send(personOf(ben), "to all of you", () => {});
    village.settle(5);
    for (const device of [ben, tablet]) {
      expect(device.told.map(({ text }) => text)).toEqual(["to all of you"]);
    }
  });

  test("nobody becomes a contact by showing a vow that was never made", () => {
    const village = new Village(9);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    introduce(village, anna, ben);
    const stranger = village.add("stranger");
    village.settle(5);
    expect([states(stranger), anna.live.contacts.all().length]).toEqual([[], 1]);
  });
});

describe("limits", () => {
  test("so many people are contacts, and the next one hears that there is no room", () => {
    const village = new Village(10);
    const [anna, ben, cleo] = [village.add("anna"), village.add("ben"), village.add("cleo")];
    const [forBen, forCleo] = [makeInvite(village, anna), makeInvite(village, anna)];
    village.crash(anna, 0);
    for (let number = 0; number < CONTACTS_MAX - 1; number++) {
      const signKey = suite.sha256(utf8(`person ${number}`));
      const contact: Contact = {
        personId: personIdOf(suite, signKey),
        signKey,
        dhKey: signKey,
        petname: `person ${number}`,
        state: "met",
        devices: [],
        endpoints: [],
        addedAtMs: 0,
        refusal: undefined,
      };
      const { key, value } = cardWrite({ contact, question: undefined, vow: undefined });
      if (value !== null) anna.disk.kept.set(key, value);
    }
    village.start(anna);
    village.settle();
    accept(village, ben, forBen);
    village.settle();
    accept(village, cleo, forCleo);
    village.settle();
    expect(states(ben)).toEqual([["anna", "met"]]);
    expect(cleo.live.contacts.all()[0]?.refusal).toBe("full");
    expect(anna.live.contacts.all().length).toBe(CONTACTS_MAX);
    expect(accept(village, anna, makeInvite(village, cleo))).toBe("too-many-contacts");
    const prefixes = anna.live.contacts.all().map(({ personId }) => personId.slice(0, 4));
    const twice = prefixes.find((prefix, at) => prefixes.indexOf(prefix) !== at) ?? "";
    expect(codeOf(() => anna.live.contacts.resolve(twice))).toBe("ambiguous");
    expect(() => anna.live.contacts.resolve(twice)).toThrow(/person \d+ \(.+ or person \d+ \(/);
  });

  test("so many devices of a person are kept and not one more", () => {
    const village = new Village(11);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    introduce(village, anna, ben);
    const counts: (number | undefined)[] = [];
    for (let number = 2; number <= DEVICES_PER_CONTACT_MAX + 1; number++) {
      const identity = otherDevice("ben", `device ${number}`);
      const bytes = encodePeerRecord(identity, { name: "ben", seqno: 1 });
      anna.live.contacts.deviceSeen(decodePeerRecord(suite, bytes));
      village.settle();
      counts.push(anna.live.contacts.all()[0]?.devices.length);
    }
    expect(counts.slice(-2)).toEqual([DEVICES_PER_CONTACT_MAX, DEVICES_PER_CONTACT_MAX]);
  });

  test("so many contact streams are served at a time, and a silent one not for long", () => {
    const village = new Village(12);
    const anna = village.add("anna");
    const closed: string[] = [];
    for (let number = 0; number <= STREAMS_SERVED_MAX; number++) {
      const identity = testIdentity(suite, `stranger ${number}`);
      const bytes = encodePeerRecord(identity, { name: "x", seqno: 1 });
      village.net
        .join(decodePeerRecord(suite, bytes))
        .openStream(anna.identity.id, CONTACT_SERVICE, {
          onData: () => {},
          onEnd: () => {},
          onDrain: () => {},
          onClose: (reason) => closed.push(reason),
        });
    }
    village.settle();
    expect(closed).toEqual(["refused"]);
    village.settle(1);
    expect(closed.filter((reason) => reason === "reset").length).toBe(STREAMS_SERVED_MAX);
    expect(village.clock.monotonicMs()).toBe(ANSWER_TIMEOUT_MS);
  });
});

/** An invite is taken among crashes, cuts and full disks; in the end both have met. */
function randomMeeting(seed: number, faults: Faults): void {
  const village = new Village(`meeting ${seed}`);
  const pair: readonly [Villager, Villager] = [village.add("anna"), village.add("ben")];
  const [anna, ben] = pair;
  const link = makeInvite(village, anna);
  for (let action = 0; action < 10; action++) {
    const [one, other] = village.random.u32() % 2 === 0 ? [anna, ben] : [ben, anna];
    const known = ben.rooms?.ready === true && ben.live.contacts.all().length > 0;
    if (ben.rooms?.ready === true && !known) {
      ben.live.contacts.acceptInvite(link, undefined, (error) => {
        if (error !== null) expect(["disk-full", "already-known"]).toContain(error.code);
      });
    } else mischief(village, one, other, faults);
    stumble(village);
  }
  heal(village, pair, faults);
  if (ben.live.contacts.all().length === 0) accept(village, ben, link);
  village.settle(20);
  expect([states(anna), states(ben)]).toEqual([[["ben", "met"]], [["anna", "met"]]]);
  expect(ben.live.contacts.all()[0]?.devices.map((d) => d.introduced)).toEqual([true]);
  expect(anna.live.contacts.all()[0]?.devices.map((d) => d.introduced)).toEqual([true]);
}

describe("meeting", () => {
  test(`comes to its end in ${RUNS} random runs of cuts, crashes and full disks`, () => {
    const faults: Faults = { crashes: 0, parts: 0, cuts: 0, diskFull: 0 };
    for (let seed = 0; seed < RUNS; seed++) {
      try {
        randomMeeting(seed, faults);
      } catch (error) {
        if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
        throw error;
      }
    }
    for (const [fault, count] of Object.entries(faults)) {
      expect(count, fault).toBeGreaterThan(RUNS / 20);
    }
  }, 300_000);
});
