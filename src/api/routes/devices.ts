import type { Contact } from "../../contacts/index.ts";
import type { DeviceEvent, LoggedDevice } from "../../devices/index.ts";
import { friendTag } from "../../devices/index.ts";
import { formatAddress } from "../../identity/index.ts";
import type { Peer } from "../../peer/index.ts";
import { limits, schema } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import type { AddingBody, DeviceBody, DeviceNewsBody, DevicesBody } from "../contract-devices.ts";
import { whyFailed } from "../room-reasons.ts";
import { type Route, route } from "../route.ts";
import { ask, settleDone } from "../wait.ts";

const WHO_BYTES_MAX = 300;
const WORD_BYTES_MAX = 64;
const WORDS_MAX = 8;

const who = schema.text(WHO_BYTES_MAX);
const openBody = schema.record({
  addresses: schema.optional(schema.boolean),
  history: schema.optional(schema.boolean),
});
const wordsBody = schema.record({ words: schema.list(schema.text(WORD_BYTES_MAX), WORDS_MAX) });
const renameBody = schema.record({ device: who, name: schema.text(limits.NAME_BYTES_MAX) });
const revokeBody = schema.record({ device: who });

/** Petnames of contacts who are meant by blinded ids. */
function vouchersOf(
  { peer }: ApiContext,
  personSignKey: Uint8Array,
  device: LoggedDevice | DeviceEvent,
): readonly string[] {
  if (device.vouchers.length === 0) return [];
  const tags = new Set(device.vouchers.map(String));
  return peer.contacts
    .all()
    .filter(({ personId }) => tags.has(String(friendTag(peer.suite, personSignKey, personId))))
    .map(({ petname }) => petname);
}

/** The person meant; this one where nobody is. @throws ContactsError */
function personOf(peer: Peer, text: string | null): Contact | undefined {
  return text === null || text === "" ? undefined : peer.contacts.resolve(text);
}

function devicesBody(context: ApiContext, contact: Contact | undefined): DevicesBody {
  const { peer } = context;
  const { person, certificate } = peer.identity;
  const devices = contact === undefined ? peer.devices.own() : peer.devices.of(contact.personId);
  const signKey = contact?.signKey ?? certificate.signKey;
  const nameOf = (id: string | undefined): string =>
    devices.find(({ peerId }) => peerId === id)?.name ?? "";
  return {
    contact: contact?.petname ?? "",
    holdsWords: contact === undefined && person.root !== undefined,
    devices: devices.map((device): DeviceBody => {
      const { peerId, name, state, origin, addedAtMs, isForked } = device;
      return {
        ...{ peerId, name, state, origin, addedAtMs, isForked },
        address: formatAddress(peerId),
        addedBy: nameOf(device.addedBy),
        vouchedBy: vouchersOf(context, signKey, device),
        isSelf: peerId === peer.identity.id,
        reachable: peer.routing.route(peerId) !== undefined,
        mayRevoke: contact === undefined && peer.devices.mayRevoke(device),
        ...historyOf(context, peerId),
      };
    }),
    news: peer.devices
      .news()
      .filter(({ personId }) => personId === (contact?.personId ?? personId))
      .map((event) => newsBody(context, event)),
  };
}

function historyOf({ peer }: ApiContext, device: string): Pick<DeviceBody, "history"> {
  const found = peer.messages.history.given().find((each) => each.device === device);
  if (found === undefined) return {};
  const { givenCount, totalCount, startedAtMs, isDone } = found;
  return { history: { given: givenCount, total: totalCount, startedAtMs, isDone } };
}

function newsBody(context: ApiContext, event: DeviceEvent): DeviceNewsBody {
  const { kind, personId, peerId, name, atMs } = event;
  const contact = context.peer.contacts.byPerson(personId);
  const text = sentenceOf(context, event, contact);
  return { kind, personId, peerId, name, atMs, text, contact: contact?.petname ?? "" };
}

function sentenceOf(context: ApiContext, event: DeviceEvent, contact: Contact | undefined): string {
  const { kind, name, by, origin, personId } = event;
  const isOwn = personId === context.peer.identity.person.personId;
  const whose = isOwn ? "You have" : `${contact?.petname ?? "Somebody"} has`;
  if (kind === "revoked") return `${whose} revoked the device '${name}'.`;
  if (kind === "renamed") return `${whose} a device that is called '${name}' now.`;
  if (kind === "forked") {
    return `${whose} a device '${name}' that runs twice, or from an old copy of its disk.`;
  }
  const own = context.peer.identity.certificate.signKey;
  const friends = vouchersOf(context, contact?.signKey ?? own, event).join(", ");
  const how =
    origin === "words"
      ? "restored with the 24 words"
      : origin === "friends"
        ? `restored with the help of friends${friends === "" ? "" : `: vouched for by ${friends}`}`
        : `added by ${by === "" ? "the person's own key" : `'${by}'`}`;
  return `${whose} a new device '${name}', ${how}.`;
}

function addingBody({ peer }: ApiContext): AddingBody {
  const { state, name, failure, link, expiresAtMs } = peer.devices.adding.status;
  return { state, name, ...whyFailed(failure), link, expiresAtMs };
}

/** Routes about devices of this person and of contacts. */
export function deviceRoutes(context: ApiContext): readonly Route[] {
  return [...listRoutes(context), ...addingRoutes(context)];
}

function listRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/devices",
      summary: "Devices of this person, or of a contact, and what was new about anybody's",
      query: { of: "contact" },
      answers: "DevicesBody",
      handle: ({ query }) => ({
        status: 200,
        json: devicesBody(context, personOf(peer, query.get("of"))),
      }),
    }),
    route({
      method: "POST",
      path: "/v1/devices/rename",
      summary:
        "Name a device of yours; contacts see it, neighbours of this one after its next start",
      body: renameBody,
      bodyExample: { device: "phone", name: "Anna's phone" },
      answers: "DevicesBody",
      handle: async ({ body }) => {
        const ownName = (): string | undefined =>
          peer.devices.own().find(({ peerId }) => peerId === peer.identity.id)?.name;
        const before = ownName();
        await ask<void>((resolve, reject) => {
          peer.devices.rename(body.device, body.name, settleDone(resolve, reject));
          context.poke();
        });
        const after = ownName();
        if (after !== undefined && after !== before) await context.saveName?.(after);
        return { status: 200, json: devicesBody(context, undefined) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/devices/history",
      summary:
        "Give another device of yours the messages of late; those added here get them unasked",
      body: revokeBody,
      bodyExample: { device: "phone" },
      answers: "DevicesBody",
      handle: async ({ body }) => {
        const { peerId } = peer.devices.find(body.device);
        await ask<void>((resolve, reject) => {
          peer.messages.history.give(peerId, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 200, json: devicesBody(context, undefined) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/devices/revoke",
      summary: "Take a device of yours out, for good; contacts hear of it",
      body: revokeBody,
      bodyExample: { device: "phone" },
      answers: "DevicesBody",
      handle: async ({ body }) => {
        await ask<void>((resolve, reject) => {
          peer.devices.revoke(body.device, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 200, json: devicesBody(context, undefined) };
      },
    }),
  ];
}

function addingRoutes(context: ApiContext): readonly Route[] {
  const { adding } = { adding: () => context.peer.devices.adding };
  return [
    route({
      method: "POST",
      path: "/v1/devices/adding",
      summary: "Be open for one new device for five minutes; answers the link for it",
      body: openBody,
      bodyExample: { addresses: true },
      answers: "AddingBody",
      handle: ({ body }) => {
        context.peer.messages.history.isForAdded = body.history !== false;
        adding().open(body.addresses === false ? [] : context.reachableAt());
        context.poke();
        return { status: 201, json: addingBody(context) };
      },
    }),
    route({
      method: "GET",
      path: "/v1/devices/adding",
      summary: "How far the adding of a device has come",
      answers: "AddingBody",
      handle: () => ({ status: 200, json: addingBody(context) }),
    }),
    route({
      method: "POST",
      path: "/v1/devices/adding/words",
      summary: "The four words that the new device shows; there is one try",
      body: wordsBody,
      bodyExample: { words: ["abandon", "ability", "able", "about"] },
      answers: "AddingBody",
      handle: ({ body }) => {
        adding().confirm(body.words);
        context.poke();
        return { status: 200, json: addingBody(context) };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/devices/adding",
      summary: "Take no new device in any more",
      answers: "nothing",
      handle: () => {
        adding().close();
        context.poke();
        return { status: 204 };
      },
    }),
  ];
}
