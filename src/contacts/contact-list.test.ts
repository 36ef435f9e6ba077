import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { testIdentity } from "../testing/index.ts";
import type { Card } from "./card.ts";
import { ContactList } from "./contact-list.ts";

const suite = createNodeSuite();

/** Somebody with the devices of these people. */
function cardOf(name: string, state: "asked" | "met", devices: readonly string[]): Card {
  const { personId, signKey, dhKey } = testIdentity(suite, name).person;
  const contact = {
    ...{ personId, petname: name, state, endpoints: [], addedAtMs: 1, refusal: undefined },
    ...{ signKey: signKey.publicKey, dhKey: dhKey.publicKey },
    devices: devices.map((owner) => {
      const device = testIdentity(suite, owner);
      return { peerId: device.id, signKey: device.signKey.publicKey, introduced: true };
    }),
  };
  return { contact, question: undefined, vow: undefined };
}

const deviceOf = (name: string): string => testIdentity(suite, name).id;

test("a device that is somebody's no longer leads to nobody", () => {
  const list = new ContactList();
  list.put(cardOf("ben", "met", ["ben", "phone"]));
  expect(list.byDevice(deviceOf("phone"))?.contact.petname).toBe("ben");
  list.put(cardOf("ben", "met", ["ben"]));
  expect(list.byDevice(deviceOf("phone"))).toBeUndefined();
  list.remove(testIdentity(suite, "ben").person.personId);
  expect(list.byDevice(deviceOf("ben"))).toBeUndefined();
});

test("whoever was not met cannot take the device of a contact for themselves", () => {
  const list = new ContactList();
  list.put(cardOf("mallory", "asked", ["mallory", "ben"]));
  list.put(cardOf("ben", "met", ["ben"]));
  list.put(cardOf("mallory", "asked", ["mallory", "ben"]));
  const owners = ["ben", "mallory"].map((name) => list.byDevice(deviceOf(name))?.contact.petname);
  expect(owners).toEqual(["ben", "mallory"]);
});

test("of two names that look alike, as older homes have them, one that goes leaves the other found", () => {
  const list = new ContactList();
  list.put(cardOf("anna", "met", ["anna"]));
  list.put(cardOf("аnna", "met", ["other"]));
  list.put({ ...cardOf("anna", "met", ["anna"]) });
  list.remove(testIdentity(suite, "аnna").person.personId);
  expect(list.lookingLike("annа")?.petname).toBe("anna");
});
