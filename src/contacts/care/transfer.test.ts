import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { introduced } from "../../../test/support/stranger-desk.ts";
import { suite } from "../../../test/support/village.ts";
import { TypedError } from "../../base/errors.ts";
import { peerIdOf, personIdOf } from "../../identity/index.ts";
import { aboutOf, unknownAbout } from "../about.ts";
import type { Contact } from "../types.ts";
import { IMPORT_BYTES_MAX } from "./limits.ts";
import { decodePersonLink, encodePersonLink } from "./person-link.ts";
import { exportJson, exportVcard, type KeptContact, parseTransfer } from "./transfer.ts";
import { parseVcards, vcardLine } from "./vcard.ts";

function kept(name: string, petname = name): KeptContact {
  const { signKey, dhKey, devices } = introduced(name);
  const contact: Contact = {
    personId: personIdOf(suite, signKey),
    signKey,
    dhKey,
    petname,
    state: "met",
    devices: devices.map((key) => ({
      peerId: peerIdOf(suite, key),
      signKey: key,
      introduced: true,
    })),
    endpoints: [],
    addedAtMs: 1_700_000_000_000,
    refusal: undefined,
  };
  const about = aboutOf({ kind: "introduced", atMs: 5, by: "0".repeat(32), name: "Cleo", hops: 1 });
  return { contact, about };
}

const PEOPLE = [kept("anna"), kept("ben", 'Ben; "the\\baker", son'), kept("cleo", "é".repeat(32))];

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TypedError) return error.code;
    throw error;
  }
  return "none";
}

describe("files of contacts", () => {
  test("JSON and vCard bring back names, keys and devices; JSON also who was deleted", () => {
    const wanted = PEOPLE.map(({ contact: { signKey, dhKey, petname, devices } }) => ({
      ...{ signKey, dhKey, petname, isBlocked: false },
      devices: devices.map((device) => device.signKey),
    }));
    const deleted = "f".repeat(32);
    const json = parseTransfer(suite, exportJson(suite, PEOPLE, [deleted], 7));
    expect(json).toEqual({ contacts: wanted, removed: [deleted], skipped: 0 });
    const vcards = exportVcard(suite, PEOPLE);
    expect(parseTransfer(suite, vcards)).toEqual({ contacts: wanted, removed: [], skipped: 0 });
    for (const line of vcards.split("\r\n")) {
      expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
    }
  });

  test("vCards of other programs are read: groups, parameters, other line ends; those without our key are counted", () => {
    const code = encodePersonLink(suite, introduced("anna"));
    const file = [
      'BEGIN:VCARD\nVERSION:4.0\nFN:No Key\nTEL;TYPE="cell:home":+49 1\nEND:VCARD',
      `begin:vcard\nVERSION:3.0\nitem1.FN;CHARSET=UTF-8:Anna\\, Maria\nitem2.KEY;PREF=1:${code.slice(0, 40)}\n ${code.slice(40)}\nend:vcard`,
      "BEGIN:VCARD\nFN:Never ends",
    ].join("\n");
    const found = parseTransfer(suite, file);
    expect(found.contacts.map(({ petname }) => petname)).toEqual(["Anna, Maria"]);
    expect(found.skipped).toBe(1);
  });

  test.each([
    ["nothing", ""],
    ["words", "hello"],
    ["half a JSON file", '{"format": "peernet-contacts", '],
    ["another format", '{"format": "other", "version": 1}'],
    ["a later version", exportJson(suite, [], [], 1).replace('"version": 1', '"version": 2')],
    ["a name above the limit", exportJson(suite, [kept("anna", "a".repeat(65))], [], 1)],
    ["a changed key", exportJson(suite, PEOPLE, [], 1).replace("person/a", "person/b")],
    ["a prototype", '{"__proto__": {}, "format": "peernet-contacts"}'],
  ])("%s is refused in words", (_, text) => {
    expect(codeOf(() => parseTransfer(suite, text))).toBe("bad-file");
  });

  test("a file of the largest size is looked at, one byte more is not", () => {
    const filler = (length: number): string => {
      const start = "BEGIN:VCARD\nNOTE:";
      return `${start}${"x".repeat(length - start.length)}`;
    };
    expect(() => parseTransfer(suite, filler(IMPORT_BYTES_MAX))).toThrow("no vCard in it");
    expect(() => parseTransfer(suite, filler(IMPORT_BYTES_MAX + 1))).toThrow("larger than");
  });

  test("whatever is in a file, it is read or refused in words", () => {
    const whole = [exportVcard(suite, PEOPLE), exportJson(suite, PEOPLE, [], 1)];
    const tries = fc.oneof(
      fc.string({ maxLength: 400, unit: "binary" }),
      fc
        .tuple(fc.constantFrom(...whole), fc.nat(1_500), fc.string({ maxLength: 3 }))
        .map(([file, at, text]) => file.slice(0, at) + text + file.slice(at + 1)),
    );
    fc.assert(
      fc.property(tries, (text) => {
        const code = codeOf(() => parseTransfer(suite, text));
        expect(["none", "bad-file"]).toContain(code);
      }),
      { numRuns: 120, seed: 1 },
    );
  });

  test("any text survives a vCard line", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: "grapheme" }), (text) => {
        const plain = text.replace(/\r\n?/g, "\n");
        const [card] = parseVcards(`BEGIN:VCARD\r\n${vcardLine("FN", plain)}END:VCARD\r\n`);
        expect(card?.[0]?.value).toBe(plain);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

describe("codes of people", () => {
  test("say two keys, in any case, and no changed one is read", () => {
    const keys = introduced("anna");
    const code = encodePersonLink(suite, keys);
    expect(decodePersonLink(suite, ` ${code.toUpperCase()} `)).toEqual({
      signKey: keys.signKey,
      dhKey: keys.dhKey,
    });
    const at = code.indexOf("/") + 1;
    for (let place = at; place < code.length; place++) {
      const other = code[place] === "a" ? "b" : "a";
      const changed = code.slice(0, place) + other + code.slice(place + 1);
      expect(codeOf(() => decodePersonLink(suite, changed))).toBe("bad-link");
    }
    expect(codeOf(() => decodePersonLink(suite, "x".repeat(10_000)))).toBe("bad-link");
  });
});

test("nothing is known of people of older homes but when they were added", () => {
  expect(unknownAbout(7).met).toEqual({ kind: "unknown", atMs: 7 });
});
