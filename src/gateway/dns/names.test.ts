import { domainToASCII } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TestVillage } from "../../../test/support/gateway-village.ts";
import { toHex, utf8 } from "../../base/bytes.ts";
import { formatAddress } from "../../identity/index.ts";
import { LABEL_BYTES_MAX, NAME_BYTES_MAX, NAMES_LISTED_MAX, QUERY_BYTES_MAX } from "./limits.ts";
import { MeshNames, trialNameOf } from "./names.ts";
import { EXTENDED, nameBytes, queryOf } from "./queries.fixture.ts";

fc.configureGlobal({ seed: 1 });

const TRIAL = trialNameOf("x1");
const village = new TestVillage();
const own = village.add("own");
const anna = village.add("anna");
village.add("Anna Maria");
village.add("jörg");
village.add("twin one");
village.add("twin-one");
const names = new MeshNames(own.gateway.people, own.record.id, TRIAL);
const annaId = anna.record.id;

const CODES = ["ok", "bad-format", "", "no-such-name", "not-implemented", "refused"];

/** What an answer says: its code, how many records, and the data of the one. */
function ask(message: Uint8Array, about = names) {
  const answer = about.answer(message);
  if (answer === undefined) return undefined;
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  expect([answer[0], answer[1]]).toEqual([message[0], message[1]]);
  expect(view.getUint8(2) & 0x84).toBe(0x84);
  const count = view.getUint16(6);
  const questionBytes = message.length - 12;
  const data = count === 0 ? "" : toHex(answer.subarray(12 + questionBytes + 12));
  return { code: CODES[view.getUint8(3)], count, data };
}

function addressOf(name: string): string | undefined {
  const said = ask(queryOf(name));
  return said?.code === "ok" && said.count === 1 ? said.data : undefined;
}

describe("the address of", () => {
  test.each([
    ["anna.peer.alt"],
    ["ANNA.Peer.aLT"],
    [`${annaId}.peer.alt`],
    [`${formatAddress(annaId).replaceAll(":", "-")}.peer.alt`],
  ])("%s is Anna's", (name) => {
    expect(addressOf(name)).toBe(annaId);
  });

  test("a name with other letters, as UTF-8 and as browsers send it", () => {
    expect(domainToASCII("jörg.peer.alt")).toBe("xn--jrg-sna.peer.alt");
    expect(addressOf("jörg.peer.alt")).toBeDefined();
    expect(addressOf("xn--jrg-sna.peer.alt")).toBe(addressOf("jörg.peer.alt"));
  });

  test("this peer", () => {
    expect(addressOf(TRIAL)).toBe(own.record.id);
  });

  test("a contact with a new name is known by that at once", () => {
    let petname = "carl";
    const id = "p1" as ReturnType<typeof own.gateway.people.resolve>;
    const people = {
      ...own.gateway.people,
      names: () => [[petname, id] as const],
      devicesOf: () => [annaId],
    };
    const renamed = new MeshNames(people, own.record.id, TRIAL);
    expect(ask(queryOf("carl.peer.alt"), renamed)?.code).toBe("ok");
    petname = "karl";
    expect(ask(queryOf("carl.peer.alt"), renamed)?.code).toBe("no-such-name");
    expect(ask(queryOf("karl.peer.alt"), renamed)).toEqual({ code: "ok", count: 1, data: annaId });
  });
});

describe("the answer to", () => {
  test.each([
    ["an IPv4 address of a contact", queryOf("anna.peer.alt", 1), "ok", 0],
    ["a mail server of a contact", queryOf("anna.peer.alt", 15), "ok", 0],
    ["anything about a contact", queryOf("anna.peer.alt", 255), "ok", 1],
    ["the names' own name", queryOf("peer.alt"), "ok", 0],
    ["nobody", queryOf("nobody.peer.alt"), "no-such-name", 0],
    ["a name of two contacts", queryOf("twin-one.peer.alt"), "no-such-name", 0],
    ["a name below a contact", queryOf("www.anna.peer.alt"), "no-such-name", 0],
    [
      "a label that is no text",
      queryOf(Uint8Array.from([1, 0xff, ...nameBytes("peer.alt")])),
      "no-such-name",
      0,
    ],
    [
      "a label with a dot in it",
      queryOf(Uint8Array.from([6, ...utf8("anna.x"), ...nameBytes("peer.alt")])),
      "no-such-name",
      0,
    ],
    ["the internet", queryOf("example.org"), "refused", 0],
    ["a name that only ends alike", queryOf("xpeer.alt"), "refused", 0],
    ["the root", queryOf(""), "refused", 0],
    ["another class", queryOf("anna.peer.alt", 28, { klass: 3 }), "refused", 0],
    ["any class", queryOf("anna.peer.alt", 28, { klass: 255 }), "refused", 0],
  ] as const)("%s", (_what, message, code, count) => {
    expect(ask(message)).toMatchObject({ code, count });
  });

  test("a contact without a device: there is such a name, and no address", () => {
    const id = own.gateway.people.resolve("anna");
    const people = {
      ...own.gateway.people,
      names: () => [["new", id] as const],
      devicesOf: () => [],
    };
    const lone = new MeshNames(people, own.record.id, TRIAL);
    expect(ask(queryOf("new.peer.alt"), lone)).toEqual({ code: "ok", count: 0, data: "" });
    expect(lone.listed().map(({ name }) => name)).not.toContain("new.peer.alt");
  });

  test("a question of extended DNS is extended, too, and has no lasting life", () => {
    const message = queryOf("anna.peer.alt", 28, { counts: [1, 0, 0, 1], tail: EXTENDED });
    const answer = names.answer(message) ?? new Uint8Array(0);
    expect(toHex(answer.subarray(6, 12))).toBe("000100000001");
    expect(toHex(answer.subarray(-11))).toBe("00002904d0000000000000");
    const record = toHex(answer).slice(toHex(answer).indexOf("c00c"));
    expect(record.slice(0, 24)).toBe("c00c001c0001000000000010");
  });
});

describe("backwards", () => {
  const reverse = (id: string): string => `${[...id].reverse().join(".")}.ip6.arpa`;

  test("a contact's device has the contact's name", () => {
    expect(ask(queryOf(reverse(annaId), 12))).toEqual({
      ...{ code: "ok", count: 1, data: toHex(nameBytes("anna.peer.alt")) },
    });
  });

  test.each([
    ["a stranger", reverse(`fd${"0".repeat(30)}`)],
    ["an address of the internet", reverse(`20${"0".repeat(30)}`)],
    ["too few digits", reverse(annaId.slice(1))],
    ["no digits", reverse(`${"g".repeat(32)}`)],
    ["letters beyond a to z", reverse(addressOf("jörg.peer.alt") ?? "")],
    ["IPv4", "1.0.0.127.in-addr.arpa"],
  ])("%s: refused", (_what, name) => {
    expect(ask(queryOf(name, 12))).toMatchObject({ code: "refused", count: 0 });
  });
});

describe("bad messages", () => {
  const pointer = Uint8Array.of(0xc0, 12);
  const chain = Uint8Array.of(1, 97, 0xc0, 12);
  test.each([
    ["a name that points at itself", queryOf(pointer), "bad-format"],
    ["a name that ends where it began", queryOf(chain), "bad-format"],
    ["a pointer into the header", queryOf(Uint8Array.of(0xc0, 0)), "bad-format"],
    ["a label of an unknown kind", queryOf(Uint8Array.of(0x41, 0)), "bad-format"],
    ["two questions", queryOf("anna.peer.alt", 28, { counts: [2, 0, 0, 0] }), "bad-format"],
    ["65535 questions", queryOf("anna.peer.alt", 28, { counts: [65_535, 0, 0, 0] }), "bad-format"],
    ["no question", queryOf("anna.peer.alt", 28, { counts: [0, 0, 0, 0] }), "bad-format"],
    ["a query with answers", queryOf("anna.peer.alt", 28, { counts: [1, 1, 0, 0] }), "bad-format"],
    [
      "a query with authorities",
      queryOf("anna.peer.alt", 28, { counts: [1, 0, 9, 0] }),
      "bad-format",
    ],
    ["an update", queryOf("anna.peer.alt", 28, { flags: 0x2800 }), "not-implemented"],
    ["a notification", queryOf("anna.peer.alt", 28, { flags: 0x2000 }), "not-implemented"],
    ["a response", queryOf("anna.peer.alt", 28, { flags: 0x8180 }), undefined],
    ["half a header", queryOf("anna.peer.alt").subarray(0, 11), undefined],
    ["nothing", new Uint8Array(0), undefined],
  ])("%s", (_what, message, code) => {
    const answer = names.answer(message);
    expect(answer === undefined ? undefined : CODES[answer[3] ?? 0]).toBe(code);
    if (answer !== undefined) expect(answer).toHaveLength(12);
  });

  test("cut anywhere, it is bad or not answered", () => {
    const message = queryOf("anna.peer.alt");
    for (let length = 0; length < message.length; length++) {
      const answer = names.answer(message.subarray(0, length));
      expect(answer === undefined ? length < 12 : answer[3] === 1).toBe(true);
    }
  });

  test("labels, names and messages at their limit and one above", () => {
    const code = (message: Uint8Array): string | undefined =>
      CODES[names.answer(message)?.[3] ?? 2];
    expect(code(queryOf(`${"a".repeat(LABEL_BYTES_MAX)}.peer.alt`))).toBe("no-such-name");
    expect(code(queryOf(`${"a".repeat(LABEL_BYTES_MAX + 1)}.peer.alt`))).toBe("bad-format");
    const long = (bytes: number): Uint8Array => {
      const labels = `${"a".repeat(49)}.`.repeat(4);
      return nameBytes(`${"b".repeat(bytes - 200 - 11)}.${labels}peer.alt`);
    };
    expect(long(NAME_BYTES_MAX)).toHaveLength(NAME_BYTES_MAX);
    expect(code(queryOf(long(NAME_BYTES_MAX)))).toBe("no-such-name");
    expect(code(queryOf(long(NAME_BYTES_MAX + 1)))).toBe("bad-format");
    const sized = (bytes: number): Uint8Array => {
      const bare = queryOf("anna.peer.alt").length;
      return queryOf("anna.peer.alt", 28, { tail: new Uint8Array(bytes - bare) });
    };
    expect(code(sized(QUERY_BYTES_MAX))).toBe("ok");
    expect(code(sized(QUERY_BYTES_MAX + 1))).toBe("bad-format");
  });

  test("random bytes never throw, and answers are small", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (message) => {
        expect(names.answer(message)?.length ?? 0).toBeLessThanOrEqual(QUERY_BYTES_MAX + 100);
      }),
    );
  });

  test("a query with bytes changed never throws, and repeats what was asked", () => {
    const base = queryOf("anna.peer.alt", 28, { counts: [1, 0, 0, 1], tail: EXTENDED });
    const change = fc.tuple(fc.nat(base.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const message = base.slice();
        for (const [at, value] of changes) message[at] = value;
        const answer = names.answer(message);
        if (answer === undefined || answer.length === 12) return;
        expect(toHex(message)).toContain(toHex(answer.subarray(12, 12 + 15)));
      }),
    );
  });

  test("any name gets an answer that can be read", () => {
    const label = fc.string({ minLength: 1, maxLength: 15, unit: "binary" });
    fc.assert(
      fc.property(fc.array(label, { maxLength: 4 }), (labels) => {
        const bytes = nameBytes(
          [...labels.map((one) => one.replaceAll(".", "")), "peer", "alt"]
            .filter((one) => one !== "")
            .join("."),
        );
        const answer = names.answer(queryOf(bytes));
        expect(answer?.subarray(12, 12 + bytes.length)).toEqual(bytes);
      }),
    );
  });
});

describe("the list for the system", () => {
  test("has every contact whose name is its own, and this peer", () => {
    const listed = names.listed().map(({ name }) => name);
    expect(listed.slice(0, 2)).toEqual([`${own.record.id}.peer.alt`, TRIAL]);
    expect(listed).toEqual(
      expect.arrayContaining(["anna.peer.alt", "anna-maria.peer.alt", "jörg.peer.alt"]),
    );
    expect(listed).not.toContain("twin-one.peer.alt");
  });

  test(`is no longer than its limit`, () => {
    const id = own.gateway.people.resolve("anna");
    const many = (count: number): MeshNames =>
      new MeshNames(
        {
          ...own.gateway.people,
          names: () => Array.from({ length: count }, (_, i) => [`n${i}`, id] as const),
        },
        own.record.id,
        TRIAL,
      );
    expect(many(NAMES_LISTED_MAX - 2).listed()).toHaveLength(NAMES_LISTED_MAX);
    expect(many(NAMES_LISTED_MAX - 1).listed()).toHaveLength(NAMES_LISTED_MAX);
    expect(many(10).listed()).toHaveLength(12);
  });

  test("has names that can do no harm in a file of lines, whatever a contact is called", () => {
    const id = own.gateway.people.resolve("anna");
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 20 })), (petnames) => {
        const called = () => petnames.map((name) => [`${name}\n.example.org x`, id] as const);
        const people = { ...own.gateway.people, names: called };
        for (const { name } of new MeshNames(people, own.record.id, TRIAL).listed()) {
          expect(name).toMatch(/^[\p{L}\p{N}-]+\.peer\.alt$/u);
        }
      }),
    );
  });

  test("leaves out names that are too long for a label", () => {
    const id = own.gateway.people.resolve("anna");
    const long = ["a".repeat(LABEL_BYTES_MAX), "b".repeat(LABEL_BYTES_MAX + 1)];
    const people = { ...own.gateway.people, names: () => long.map((name) => [name, id] as const) };
    const listed = new MeshNames(people, own.record.id, TRIAL).listed();
    expect(listed.map(({ name }) => name).slice(2)).toEqual([`${long[0]}.peer.alt`]);
  });
});
