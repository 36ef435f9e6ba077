import { describe, expect, test } from "vitest";
import { TestVillage } from "../../test/support/gateway-village.ts";
import { hostForm } from "./name-index.ts";
import { targetOf } from "./names.ts";

const village = new TestVillage();
const anna = village.add("anna");
village.add("Anna Maria");
village.add("twin one");
village.add("twin-one");
const { people } = anna.gateway;
const id = anna.record.id;
const address = id.replace(/(.{4})(?!$)/g, "$1:");

describe("a host is a peer:", () => {
  test.each([
    ["anna", "anna"],
    ["ANNA", "anna"],
    ["anna.peer.alt", "anna"],
    ["anna.peer.alt.", "anna"],
    ["anna-maria.peer.alt", "Anna Maria"],
  ])("%s is %s", (host, who) => {
    const target = targetOf(people, host, 80);
    expect(target).toMatchObject({ t: "peer", who, wanted: { t: "port", port: 80 } });
  });

  test.each([address, `[${address}]`, id, `${id}.peer.alt`])("%s by its address", (host) => {
    expect(targetOf(people, host, 80)).toMatchObject({ t: "peer", devices: [id] });
  });

  test("a label before the name is a service", () => {
    expect(targetOf(people, "photos.anna.peer.alt", 80)).toMatchObject({
      ...{ who: "anna", wanted: { t: "service", name: "photos" } },
    });
  });
});

describe("a host is nobody's:", () => {
  test.each([
    ...["nobody", "nobody.peer.alt", "a.b.anna.peer.alt", "-x.anna.peer.alt", ".peer.alt"],
    ...["localhost", "twin-one.peer.alt", "", "peer.alt.peer.alt"],
  ])("'%s'", (host) => {
    expect(targetOf(people, host, 80).t).not.toBe("peer");
    expect(targetOf(people, host, 80)).not.toHaveProperty("devices");
  });
});

test.each(["example.org", "anna.example.org", "192.0.2.1", "2606:4700::1", "peer.alt"])(
  "%s is a host of the internet",
  (host) => {
    expect(targetOf(people, host, 443)).toEqual({ t: "internet", host, port: 443 });
  },
);

test("petnames become parts of host names", () => {
  expect(["Anna Maria", " Zoë! ", "a.b", "--"].map(hostForm)).toEqual([
    ...["anna-maria", "zoë", "a-b", ""],
  ]);
});
