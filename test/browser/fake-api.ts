import { join } from "node:path";
import type { ContactBody, MessageBody } from "../../src/api/contract.ts";
import type { LanBody } from "../../src/api/contract-lan.ts";
import { ApiError } from "../../src/api/errors.ts";
import { EventHub } from "../../src/api/event-hub.ts";
import { type Route, route } from "../../src/api/route.ts";
import { type ApiServer, startApiServer } from "../../src/api/server.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { schema } from "../../src/wire/index.ts";
import { root } from "../tidy/tree.ts";
import { chatRoutes, type FakeChats, fakeChats } from "./fake-chats.ts";
import { communityRoutes, type FakeCommunities, fakeCommunities } from "./fake-communities.ts";
import { HOSTILE, idOf, type World } from "./fake-data.ts";
import { driveRoutes } from "./fake-drive.ts";
import { folderRoutes } from "./fake-folders.ts";
import { keepingRoutes } from "./fake-keeping.ts";
import { type FakeMoney, fakeMoney, moneyRoutes } from "./fake-money.ts";
import { type FakePerson, fakePerson, personRoutes } from "./fake-person.ts";
import { type FakeLog, fakeLog, recordRoutes } from "./fake-records.ts";
import { NOW_MS } from "./fake-time.ts";

/** The token that the fake peer wants. */
export const TOKEN = "A-token-for-tests";
/** The link that the fake peer's invites have. */
export const INVITE_LINK: string = `peernet:invite/${idOf(5000)}${idOf(5001)}${idOf(5002)}`;

const pingBody = schema.record({ to: schema.text(100) });
const inviteBody = schema.record({ addresses: schema.optional(schema.boolean) });
const answerBody = schema.record({
  answer: schema.oneOf("accept", "decline", "unwanted"),
  petname: schema.optional(schema.text(300)),
});
const addBody = schema.record({
  link: schema.text(8_192),
  petname: schema.optional(schema.text(64)),
});
const sendBody = schema.record({
  to: schema.text(300),
  text: schema.text(32_768),
  replyTo: schema.optional(schema.text(300)),
});
const readBody = schema.record({ with: schema.text(300) });

/** Browsers of the local network, one of which would like to be more than a name. */
const LAN: LanBody = {
  ...{ isOpen: true, port: 40_123, addresses: ["192.168.1.5"], trouble: "" },
  ...{ fingerprint: "AB:".repeat(31).concat("CD"), certificateEndsAtMs: NOW_MS },
  browsers: [HOSTILE.image, "Lena's tablet"].map((name, at) => ({
    ...{ id: idOf(at), name, isHere: at === 1, isConnected: at === 0 },
    ...{ addedAtMs: NOW_MS, seenAtMs: NOW_MS - 3_600_000 },
  })),
};

/** A peer that answers the contract from canned data, served like the real one. */
export interface FakePeer {
  readonly world: World;
  readonly person: FakePerson;
  readonly chats: FakeChats;
  readonly money: FakeMoney;
  readonly communities: FakeCommunities;
  readonly log: FakeLog;
  readonly hub: EventHub;
  readonly server: ApiServer;
  /** Link that opens the console. */
  readonly consoleUrl: string;
  close(): Promise<void>;
}

/** Starts a fake peer; port 0 takes any free one. */
export async function startFakePeer(
  world: World,
  port = 0,
  consoleDirectory: string = join(root, "dist", "console"),
): Promise<FakePeer> {
  const hub = new EventHub();
  const person = fakePerson();
  const chats = fakeChats();
  const money = fakeMoney(world.contacts.length === 0);
  const communities = fakeCommunities(world.contacts.length === 0);
  const log = fakeLog();
  const server = await startApiServer({
    routes: [
      ...viewRoutes(world, hub),
      ...peopleRoutes(world, hub),
      ...driveRoutes(world, hub),
      ...folderRoutes(world.folders, hub),
      ...keepingRoutes(world),
      ...personRoutes(person),
      ...chatRoutes(chats, hub),
      ...moneyRoutes(money, hub),
      ...communityRoutes(communities, hub),
      ...recordRoutes(log),
    ],
    token: TOKEN,
    port,
    consoleDirectory,
    openPaths: [],
    log: SILENT_LOG,
  });
  return {
    world,
    person,
    chats,
    money,
    communities,
    log,
    hub,
    server,
    consoleUrl: `http://127.0.0.1:${server.port}/#token=${TOKEN}`,
    close: async () => {
      hub.close();
      await server.close();
    },
  };
}

function view(path: string, answers: string, json: () => unknown): Route {
  return route({
    method: "GET",
    path,
    summary: answers,
    answers,
    handle: () => ({ status: 200, json: json() }),
  });
}

function viewRoutes(world: World, hub: EventHub): readonly Route[] {
  return [
    view("/v1/status", "StatusBody", () => world.status),
    view("/v1/map", "MapBody", () => world.map),
    view("/v1/peers", "PeersBody", () => world.peers),
    view("/v1/contacts", "ContactBody[]", () => world.contacts),
    view("/v1/requests", "RequestsBody", () => world.requests),
    view("/v1/objects", "ObjectsBody", () => ({ objects: world.objects })),
    view("/v1/lan", "LanBody", () => LAN),
    view("/v1/traffic", "TrafficBody", () => {
      const atMs = Math.round(performance.now());
      return { atMs, sentBytes: atMs * 3, receivedBytes: atMs * 12 };
    }),
    view("/v1/doctor", "DoctorBody", () => world.doctor),
    route({
      method: "GET",
      path: "/v1/events",
      summary: "Server-sent events",
      answers: "EventBodies",
      handle: ({ response }) => {
        hub.attach(response, { peerId: world.status.peerId });
        return undefined;
      },
    }),
    route({
      method: "POST",
      path: "/v1/ping",
      summary: "Ping",
      body: pingBody,
      answers: "PingBody",
      handle: ({ body }) => ({
        status: 200,
        json: { peerId: body.to, roundTripMs: 3.4, hops: 2 },
      }),
    }),
  ];
}

function peopleRoutes(world: World, hub: EventHub): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/v1/invites",
      summary: "Invite",
      body: inviteBody,
      answers: "InviteBody",
      handle: () => ({
        status: 201,
        json: { link: INVITE_LINK, expiresAtMs: NOW_MS + 604_800_000 },
      }),
    }),
    route({
      method: "POST",
      path: "/v1/contacts",
      summary: "Add",
      body: addBody,
      answers: "ContactBody",
      handle: ({ body }) => {
        if (!body.link.startsWith("peernet:invite/")) {
          throw new ApiError("bad-request", "This is no whole invite. Copy the link again.");
        }
        const made: ContactBody = {
          personId: idOf(1500),
          petname: body.petname ?? "somebody",
          state: "asked",
          reachable: false,
          hops: null,
          unreadCount: 0,
          addedAtMs: NOW_MS,
          howMet: "You took an invite of theirs",
          verified: false,
          blocked: false,
          pictureAtMs: null,
        };
        world.contacts = [...world.contacts, made];
        return { status: 201, json: made };
      },
    }),
    route({
      method: "POST",
      path: "/v1/requests/{id}",
      summary: "Answer",
      body: answerBody,
      answers: "RequestsBody",
      handle: ({ path, body }) => {
        world.answers.push(`${body.answer} ${body.petname ?? ""}`.trim());
        const requests = world.requests.requests.filter(({ id }) => id !== path["id"]);
        world.requests = { ...world.requests, requests };
        hub.emit("requests-changed", {});
        return { status: 200, json: world.requests };
      },
    }),
    route({
      method: "GET",
      path: "/v1/messages",
      summary: "Messages",
      answers: "MessagesBody",
      handle: ({ query }) => {
        const all = world.messages.filter(({ personId }) => personId === query.get("with"));
        const at = all.findIndex(({ id }) => id === query.get("before"));
        const older = at < 0 ? all : all.slice(0, at);
        const messages = older.slice(-Number(query.get("limit") ?? "100"));
        return { status: 200, json: { messages } };
      },
    }),
    route({
      method: "POST",
      path: "/v1/messages",
      summary: "Send",
      body: sendBody,
      answers: "MessageBody",
      handle: ({ body }) => {
        const answered = body.replyTo === undefined ? {} : { replyTo: body.replyTo };
        const message = { ...sent(world, body.to, body.text), ...answered };
        world.messages = [...world.messages, message];
        hub.emit("message", message);
        return { status: 201, json: message };
      },
    }),
    view("/v1/messages/why", "WhyBody", () => ({
      ...{ id: "", devices: [] },
      ...{ code: "no-device", facts: {} },
      words: "Nobody of theirs is in reach.",
      advice: "Keep this peer running <b>near</b> them.",
    })),
    route({
      method: "POST",
      path: "/v1/messages/read",
      summary: "Read",
      body: readBody,
      answers: "nothing",
      handle: ({ body }) => {
        markRead(world, hub, body.with);
        return { status: 204 };
      },
    }),
  ];
}

function sent(world: World, to: string, text: string): MessageBody {
  const person = world.contacts.find(({ personId }) => personId === to);
  if (person === undefined) throw new ApiError("not-found", "You have no such contact.");
  return {
    id: `sent-${world.messages.length}`,
    contact: person.petname,
    personId: to,
    direction: "out",
    kind: "text",
    text,
    sentAtMs: Date.now(),
    state: "waiting",
    deliveredAtMs: null,
  };
}

function markRead(world: World, hub: EventHub, who: string): void {
  world.messages = world.messages.map((message) => {
    if (message.personId !== who || message.state !== "unread") return message;
    hub.emit("message-state", { id: message.id, state: "read" });
    return { ...message, state: "read" };
  });
  world.contacts = world.contacts.map((person) =>
    person.personId === who ? { ...person, unreadCount: 0 } : person,
  );
  const unreadCount = world.contacts.reduce((sum, person) => sum + person.unreadCount, 0);
  world.status = { ...world.status, unreadCount };
}
