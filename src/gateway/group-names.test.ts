import { describe, expect, test } from "vitest";
import { TestVillage } from "../../test/support/gateway-village.ts";
import { toHex } from "../base/bytes.ts";
import { MeshNames, trialNameOf } from "./dns/names.ts";
import { queryOf } from "./dns/queries.fixture.ts";
import { meantByWords, targetOf, targetOfWords } from "./names.ts";
import type { People } from "./types.ts";

const village = new TestVillage();
const own = village.add("own");
const anna = village.add("anna");
village.add("coop two");
const cleo = "fd".repeat(16);

/** Anna as a contact, and a group `coop` in which Cleo is who is no contact. */
const people: People = {
  ...own.gateway.people,
  inGroup: (group, label) => {
    if (group !== "coop") return undefined;
    if (label === "cleo") return { who: "cleo.coop", devices: [cleo] };
    return label === "away" ? { who: "away.coop", devices: [] } : undefined;
  },
  groupNames: () => [
    ["cleo.coop", [cleo]],
    ["away.coop", []],
  ],
};
const port = { t: "port", port: 80 } as const;

describe("names of a group's members", () => {
  test("lead to their devices in the proxy, with a service before them too", () => {
    expect(targetOf(people, "cleo.coop.peer.alt", 80)).toEqual({
      ...{ t: "peer", who: "cleo.coop", devices: [cleo], wanted: port },
    });
    expect(targetOf(people, "photos.cleo.coop.peer.alt", 80)).toMatchObject({
      ...{ t: "peer", devices: [cleo], wanted: { t: "service", name: "photos" } },
    });
    for (const host of ["coop.peer.alt", "ben.coop.peer.alt", "a.b.cleo.coop.peer.alt"]) {
      expect(targetOf(people, host, 80)).toMatchObject({ t: "unknown" });
    }
  });

  test("do not take a contact's place: what stands before a contact is a service", () => {
    expect(targetOf(people, "cleo.anna.peer.alt", 80)).toMatchObject({
      ...{ devices: [anna.record.id], wanted: { t: "service", name: "cleo" } },
    });
    expect(targetOf(people, "a.cleo.anna.peer.alt", 80)).toMatchObject({ t: "unknown" });
  });

  test("are what people type, with or without their end", () => {
    expect(meantByWords(people, "Cleo.Coop")?.devices).toEqual([cleo]);
    expect(meantByWords(people, "cleo.coop.peer.alt")?.devices).toEqual([cleo]);
    expect(meantByWords(people, "anna")).toBeUndefined();
    expect(targetOfWords(people, "cleo.coop", port)).toMatchObject({ devices: [cleo] });
  });

  test("are told to programs that ask by DNS, and listed where a file has to do", () => {
    const names = new MeshNames(people, own.record.id, trialNameOf("x1"));
    const said = (name: string): readonly [number, string] => {
      const answer = names.answer(queryOf(name)) ?? new Uint8Array(12);
      const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
      return [view.getUint8(3) & 15, view.getUint16(6) === 0 ? "" : toHex(answer.slice(-16))];
    };
    const [found, address] = said("cleo.coop.peer.alt");
    expect([found, address.includes(cleo) || address]).toEqual([0, true]);
    expect(said("away.coop.peer.alt")).toEqual([0, ""]);
    expect(said("ben.coop.peer.alt")[0]).toBe(3);
    expect(said("x.cleo.coop.peer.alt")[0]).toBe(3);
    expect(names.listed().map(({ name }) => name)).toContain("cleo.coop.peer.alt");
  });

  test("lead into the group's network where the group has one, and the proxy knows who is there", () => {
    const inNetwork = "fc".repeat(16);
    const networked: People = {
      ...people,
      inGroup: (group, label) => {
        const meant = people.inGroup?.(group, label);
        return meant && { ...meant, address: inNetwork };
      },
      networks: {
        ...{ bits: 64, own: () => [], deviceAt: () => undefined, changed: () => undefined },
        addressOf: () => inNetwork,
        deviceOf: (address) => (address === inNetwork ? cleo : undefined),
      },
    };
    const names = new MeshNames(networked, own.record.id, trialNameOf("x2"));
    const answer = names.answer(queryOf("cleo.coop.peer.alt")) ?? new Uint8Array(0);
    expect(toHex(answer)).toContain(inNetwork);
    const text = Array(8).fill("fcfc").join(":");
    expect(targetOf(networked, `[${text}]`, 80)).toMatchObject({ t: "peer", devices: [cleo] });
    expect(targetOfWords(networked, `[${text}]`, port)).toMatchObject({ devices: [cleo] });
    expect(targetOf(people, `[${text}]`, 80)).toMatchObject({ t: "internet" });
  });
});
