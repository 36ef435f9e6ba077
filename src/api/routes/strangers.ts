import type { StrangerRequest, TrayRequest } from "../../contacts/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { Peer } from "../../peer/index.ts";
import { schema } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import type { RequestBody, RequestsBody } from "../contract-people.ts";
import { type Route, route } from "../route.ts";
import { personOf } from "../views.ts";
import { ask, settleDone } from "../wait.ts";

const WHO_BYTES_MAX = 300;
const TEXT_BYTES_MAX = 1_024;
const PER_DAY_MAX = 100;

const who = schema.text(WHO_BYTES_MAX);
const introductionBody = schema.record({
  one: who,
  other: who,
  text: schema.optional(schema.text(TEXT_BYTES_MAX)),
});
const answerBody = schema.record({
  answer: schema.oneOf("accept", "decline", "unwanted"),
  petname: schema.optional(who),
});
const settingsBody = schema.record({
  perDay: schema.optional(schema.integer(0, PER_DAY_MAX)),
  relay: schema.optional(schema.boolean),
  findable: schema.optional(schema.boolean),
});
const knockBody = schema.record({
  group: who,
  who,
  text: schema.optional(schema.text(TEXT_BYTES_MAX)),
});
const askBody = schema.record({
  code: who,
  text: schema.optional(schema.text(TEXT_BYTES_MAX)),
});

/** Routes about introductions and requests from strangers. */
export function strangerRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/requests",
      summary: "Requests from strangers on all own devices, and introductions begun here",
      answers: "RequestsBody",
      handle: () => ({ status: 200, json: requestsBody(peer) }),
    }),
    route({
      method: "POST",
      path: "/v1/requests/{id}",
      summary: "Accept a request, decline it (nobody hears of that), or call it unwanted",
      body: answerBody,
      bodyExample: { answer: "accept", petname: "anna" },
      answers: "RequestsBody",
      handle: async ({ path, body }) => {
        const id = path["id"] ?? "";
        await ask<void>((resolve, reject) => {
          const done = settleDone(resolve, reject);
          peer.tray.answer(wholeId(peer, id), body.answer, body.petname, done);
          context.poke();
        });
        return { status: 200, json: requestsBody(peer) };
      },
    }),
    route({
      method: "PUT",
      path: "/v1/request-settings",
      summary:
        "Requests shown a day; whether introductions pass over you, and to you, by themselves",
      body: settingsBody,
      bodyExample: { perDay: 3, relay: false, findable: false },
      answers: "RequestsBody",
      handle: async ({ body }) => {
        const before = peer.strangers.settings;
        const settings = {
          requestsPerDay: body.perDay ?? before.requestsPerDay,
          relay: body.relay ?? before.relay,
          findable: body.findable ?? before.findable,
        };
        await ask<void>((resolve, reject) => {
          peer.strangers.setSettings(settings, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 200, json: requestsBody(peer) };
      },
    }),
    ...introductionRoutes(context),
  ];
}

function introductionRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "POST",
      path: "/v1/introductions",
      summary: "Introduce two contacts to each other; both are asked",
      body: introductionBody,
      bodyExample: { one: "anna", other: "ben", text: "You both bake." },
      answers: "RequestsBody",
      handle: async ({ body }) => {
        const [one, other] = [personOf(peer, body.one), personOf(peer, body.other)];
        await ask<void>((resolve, reject) => {
          peer.strangers.introduce(one, other, body.text ?? "", settleDone(resolve, reject));
          context.poke();
        });
        return { status: 201, json: requestsBody(peer) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/introductions/knock",
      summary: "Ask to meet a member of a group that you are both in",
      body: knockBody,
      bodyExample: { group: "choir", who: "anna", text: "I sing alto." },
      answers: "RequestsBody",
      handle: async ({ body }) => {
        await ask<void>((resolve, reject) => {
          const at = { group: body.group, who: body.who, text: body.text ?? "" };
          peer.knock(at, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 201, json: requestsBody(peer) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/introductions/ask",
      summary: "Ask contacts, and theirs, to be introduced to the person with this code",
      body: askBody,
      bodyExample: { code: "peernet:person/…", text: "May I join?" },
      answers: "RequestsBody",
      handle: async ({ body }) => {
        await ask<void>((resolve, reject) => {
          peer.askIntroduction(body.code, body.text ?? "", settleDone(resolve, reject));
          context.poke();
        });
        return { status: 201, json: requestsBody(peer) };
      },
    }),
  ];
}

/** The request whose id begins so, where that is only one; else what was typed. */
function wholeId(peer: Peer, begin: string): string {
  const found = peer.tray.requests().filter(({ id }) => id.startsWith(begin.toLowerCase()));
  const [only] = found;
  return only !== undefined && found.length === 1 ? only.id : begin;
}

function requestsBody(peer: Peer): RequestsBody {
  return {
    requests: peer.tray.requests().map((request) => requestBody(peer, request)),
    waiting: peer.tray.waiting().map(({ answer, device, request }) => ({
      ...{ id: request.id, answer },
      provenance: provenanceOf(peer, request),
      device: deviceName(peer, device),
    })),
    sent: peer.strangers.sent().map(({ id, to, about, atMs, state }) => ({
      ...{ id, atMs, state },
      isOwn: about === peer.contacts.ownPersonId,
      to: nameOf(peer, to),
      about: nameOf(peer, about),
    })),
    settings: settingsOf(peer),
  };
}

/** What somebody is called here; who is known from a group alone, as there. */
function nameOf(peer: Peer, person: PersonId): string {
  const known = peer.contacts.byPerson(person)?.petname;
  if (known !== undefined) return known;
  for (const { label: group, members } of peer.groups.list()) {
    const member = members.find((one) => one.person === person);
    if (member !== undefined) return `${member.label} (${group})`;
  }
  return person;
}

function settingsOf(peer: Peer): RequestsBody["settings"] {
  const { requestsPerDay: perDay, relay, findable } = peer.strangers.settings;
  return { perDay, relay, findable };
}

function deviceName(peer: Peer, device: PeerId): string {
  return peer.devices.own().find(({ peerId }) => peerId === device)?.name ?? device;
}

function requestBody(peer: Peer, request: TrayRequest): RequestBody {
  const { id, personId, name, calls, text, atMs, endsAtMs } = request;
  const suggested = calls === undefined || calls === "" ? name : calls;
  const looksLike = [name, calls ?? ""]
    .filter((one) => one !== "")
    .map((one) => peer.contacts.lookingLike(one))
    .find((contact) => contact !== undefined && contact.personId !== personId);
  return {
    ...{ id, personId, text, atMs, endsAtMs },
    provenance: provenanceOf(peer, request),
    looksLike: looksLike?.petname ?? null,
    suggestedName: peer.contacts.freeName(suggested, personId),
    device: request.device === undefined ? null : deviceName(peer, request.device),
  };
}

/** Who says what of whom: no name stands without whose word it is. */
function provenanceOf(peer: Peer, request: StrangerRequest): string {
  const { name, calls, by, group, hops } = request;
  const self = name === "" ? "says no name that can be shown" : `calls themselves '${name}'`;
  if (group !== undefined) return `Somebody from the group '${group}', who ${self}.`;
  if (by === undefined) return `Somebody who left a bond and ${self}.`;
  const introducer = peer.contacts.byPerson(by)?.petname ?? "A former contact";
  if (hops > 1) {
    const others = hops === 2 ? "one more person" : `${hops - 1} more people`;
    return `${introducer} passes on, over ${others}: somebody who ${self}.`;
  }
  const theirs =
    calls === undefined || calls === "" ? "by no name that can be shown" : `'${calls}'`;
  return `${introducer} introduces somebody whom they call ${theirs}, and who ${self}.`;
}
