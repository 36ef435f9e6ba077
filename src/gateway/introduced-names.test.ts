import { describe, expect, test } from "vitest";
import { TestVillage } from "../../test/support/gateway-village.ts";
import { toHex, utf8 } from "../base/bytes.ts";
import { formatAddress } from "../identity/index.ts";
import { NAMES_LISTED_MAX, QUERY_BYTES_MAX, TEXT_DEVICES_MAX } from "./dns/limits.ts";
import { MeshNames, type ServicePorts, trialNameOf } from "./dns/names.ts";
import { nameBytes, queryOf } from "./dns/queries.fixture.ts";
import { meantByWords, targetOf } from "./names.ts";
import type { People } from "./types.ts";

const village = new TestVillage();
const own = village.add("own");
const anna = village.add("anna");
const meier = village.add("Frau Meier");
village.add("one");
village.add("two");
const { people: known } = own.gateway;
const personOf = (name: string): string => known.resolve(name);

/** Anna introduced Frau Meier as "The Doctor", and called two others "twin". */
const people: People = {
  ...known,
  introductions: () => [
    [personOf("anna"), "The Doctor", personOf("Frau Meier")],
    [personOf("anna"), "twin", personOf("one")],
    [personOf("anna"), "twin", personOf("two")],
    [personOf("anna"), "gone", "0".repeat(32)],
    ["1".repeat(32), "doctor", personOf("one")],
  ],
};
const AAAA = 28;
const TXT = 16;
const SRV = 33;

/** The code of an answer, and the data of its record in hexadecimal. */
function ask(name: string, type = AAAA, about = people, ports?: ServicePorts) {
  const names = new MeshNames(about, own.record.id, trialNameOf("x1"), ports);
  const question = queryOf(name, type);
  const answer = names.answer(question) ?? new Uint8Array(12);
  const data = answer[7] === 0 ? undefined : toHex(answer.subarray(question.length + 12));
  return { code: (answer[3] ?? 0) & 15, data, bytes: answer.length };
}

describe("what a contact called somebody when introducing them", () => {
  test("is a name before that contact's", () => {
    expect(ask("the-doctor.anna.peer.alt").data).toBe(meier.record.id);
    expect(meantByWords(people, "the-doctor.anna")).toEqual({
      ...{ who: "Frau Meier", devices: [meier.record.id], person: personOf("Frau Meier") },
    });
    expect(targetOf(people, "the-doctor.anna.peer.alt", 80)).toMatchObject({
      ...{ t: "peer", who: "Frau Meier", wanted: { t: "port", port: 80 } },
    });
    expect(targetOf(people, "web.the-doctor.anna.peer.alt", 80)).toMatchObject({
      ...{ t: "peer", who: "Frau Meier", wanted: { t: "service", name: "web" } },
    });
  });

  test("means nobody where it stands for several, for somebody gone, or the introducer is unknown", () => {
    for (const name of ["twin.anna", "gone.anna", "doctor.anna", "doctor.one", "the-doctor.two"]) {
      expect(ask(`${name}.peer.alt`)).toMatchObject({ code: 3, data: undefined });
    }
    expect(targetOf(people, "twin.anna.peer.alt", 80)).toMatchObject({
      ...{ who: "anna", wanted: { t: "service", name: "twin" } },
    });
  });

  test("is listed where a file has to do, and follows the introducer's petname here", () => {
    const listed = new MeshNames(people, own.record.id, trialNameOf("x1")).listed();
    expect(listed).toContainEqual({
      ...{ name: "the-doctor.anna.peer.alt", address: formatAddress(meier.record.id) },
    });
    const renamed = {
      ...people,
      names: () => [["Berta", personOf("anna")] as const],
    };
    expect(ask("the-doctor.berta.peer.alt", AAAA, renamed).data).toBe(meier.record.id);
    expect(ask("the-doctor.anna.peer.alt", AAAA, renamed).code).toBe(3);
  });
});

describe("an index of names", () => {
  test("is kept as long as the revision stays, and made anew when it changes", () => {
    let [petname, revision, reads] = ["carl", 1, 0];
    const about: People = {
      ...known,
      revision: () => revision,
      names: () => {
        reads++;
        return [[petname, personOf("anna")] as const];
      },
    };
    expect(ask("carl.peer.alt", AAAA, about).data).toBe(anna.record.id);
    expect(ask("carl.peer.alt", AAAA, about).data).toBe(anna.record.id);
    expect(reads).toBe(1);
    [petname, revision] = ["karl", 2];
    expect(ask("carl.peer.alt", AAAA, about).code).toBe(3);
    expect(ask("karl.peer.alt", AAAA, about).data).toBe(anna.record.id);
    expect(reads).toBe(2);
  });
});

describe("names that end with .peer", () => {
  const short: People = { ...people, hasShortSuffix: true };

  test("are refused unless this machine wants them", () => {
    expect(ask("anna.peer").code).toBe(5);
    expect(targetOf(people, "anna.peer", 80)).toMatchObject({ t: "internet" });
    expect(ask("anna.peer", AAAA, short).data).toBe(anna.record.id);
    expect(ask("the-doctor.anna.peer", AAAA, short).data).toBe(meier.record.id);
    expect(ask("anna.peer.alt", AAAA, short).data).toBe(anna.record.id);
    expect(ask("peer", AAAA, short)).toMatchObject({ code: 0, data: undefined });
    expect(ask("nobody.peer", AAAA, short).code).toBe(3);
    expect(ask("anna.other", AAAA, short).code).toBe(5);
    expect(targetOf(short, "anna.peer", 80)).toMatchObject({ t: "peer", who: "anna" });
  });

  test("are listed beside the others, up to the limit of all", () => {
    const list = new MeshNames(short, own.record.id, trialNameOf("x1")).listed();
    expect(list.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["anna.peer", "anna.peer.alt"]),
    );
    const many = {
      ...short,
      names: () =>
        Array.from({ length: NAMES_LISTED_MAX }, (_, i) => [`n${i}`, personOf("anna")] as const),
    };
    expect(new MeshNames(many, own.record.id, trialNameOf("x1")).listed()).toHaveLength(
      NAMES_LISTED_MAX,
    );
  });
});

describe("records of other types", () => {
  const hex = (text: string): string => {
    const bytes = utf8(text);
    return bytes.length.toString(16).padStart(2, "0") + toHex(bytes);
  };

  test("texts name petname, person and devices; of an address the device alone", () => {
    const device = hex(`device=${formatAddress(anna.record.id)}`);
    expect(ask("anna.peer.alt", TXT).data).toBe(
      hex("petname=anna") + hex(`person=${personOf("anna")}`) + device,
    );
    expect(ask(`${anna.record.id}.peer.alt`, TXT).data).toBe(device);
    expect(ask("peer.alt", TXT)).toMatchObject({ code: 0, data: undefined });
  });

  test(`name no more than ${TEXT_DEVICES_MAX} devices, and fit a plain answer`, () => {
    const id = `fd${"ab".repeat(15)}`;
    const called = (label: string): string =>
      label.repeat(Math.ceil(64 / label.length)).slice(0, 63);
    const largest = (devices: number): People => ({
      ...known,
      names: () => [[called("a"), "p"] as const],
      introductions: () => [["p", called("b"), "p"]],
      nameOf: () => "ü".repeat(32),
      devicesOf: () => Array.from({ length: devices }, () => id),
    });
    const name = `${called("b")}.${called("a")}.peer.alt`;
    const full = ask(name, TXT, largest(TEXT_DEVICES_MAX));
    expect(full.code).toBe(0);
    expect(full.bytes).toBeLessThanOrEqual(QUERY_BYTES_MAX);
    expect(ask(name, TXT, largest(TEXT_DEVICES_MAX + 1)).data).toBe(full.data);
  });

  test("services lead to the port that is forwarded to them, or that this peer serves", () => {
    const ports: ServicePorts = {
      forwarded: (person, name) =>
        person === personOf("anna") && name === "photos" ? 8_080 : undefined,
      served: (name) => (name === "web" ? 3_000 : undefined),
    };
    const srv = (name: string) => ask(name, SRV, people, ports);
    expect(srv("_photos._tcp.anna.peer.alt").data).toBe(
      `00000000${(8_080).toString(16)}${toHex(nameBytes("localhost"))}`,
    );
    const self = `${own.record.id}.peer.alt`;
    expect(srv(`_web._tcp.${self}`).data).toBe(`000000000bb8${toHex(nameBytes(self))}`);
    for (const name of ["_web._tcp.anna", "_photos._udp.anna", "photos._tcp.anna", "_tcp.anna"]) {
      expect(srv(`${name}.peer.alt`)).toMatchObject({ code: 3, data: undefined });
    }
    expect(srv(`x._web._tcp.${self}`).code).toBe(3);
    expect(ask("_photos._tcp.anna.peer.alt", AAAA, people, ports)).toMatchObject({
      ...{ code: 0, data: undefined },
    });
  });

  test("of IPv4 addresses there are none, which is said at once", () => {
    expect(ask("anna.peer.alt", 1)).toMatchObject({ code: 0, data: undefined });
  });
});
