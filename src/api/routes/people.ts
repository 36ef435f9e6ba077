import type { Contact } from "../../contacts/index.ts";
import type { Message } from "../../messages/index.ts";
import { schema } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { MESSAGES_PAGE_MAX } from "../limits.ts";
import { type Answer, type Route, route } from "../route.ts";
import { contactBody, messageBody, personOf } from "../views.ts";
import { ask, settle, settleDone } from "../wait.ts";

const WHO_BYTES_MAX = 300;
const LINK_BYTES_MAX = 8_192;
const TEXT_BYTES_MAX = 32_768;

const DAY_MS = 86_400_000;
const INVITE_DAYS_MAX = 90;
const INVITE_USES_MAX = 16;

const inviteBody = schema.record({
  addresses: schema.optional(schema.boolean),
  days: schema.optional(schema.integer(1, INVITE_DAYS_MAX)),
  uses: schema.optional(schema.integer(1, INVITE_USES_MAX)),
});
const addBody = schema.record({
  link: schema.text(LINK_BYTES_MAX),
  petname: schema.optional(schema.text(WHO_BYTES_MAX)),
});
const renameBody = schema.record({
  who: schema.text(WHO_BYTES_MAX),
  petname: schema.text(WHO_BYTES_MAX),
});
const fileBody = schema.record({
  link: schema.text(LINK_BYTES_MAX),
  name: schema.text(LINK_BYTES_MAX),
  sizeBytes: schema.integer(0, Number.MAX_SAFE_INTEGER),
  mediaType: schema.text(WHO_BYTES_MAX),
});
const sendBody = schema.record({
  to: schema.text(WHO_BYTES_MAX),
  text: schema.text(TEXT_BYTES_MAX),
  replyTo: schema.optional(schema.text(WHO_BYTES_MAX)),
  file: schema.optional(fileBody),
});
const readBody = schema.record({ with: schema.text(WHO_BYTES_MAX) });

async function listMessages(context: ApiContext, query: URLSearchParams): Promise<Answer> {
  const { peer } = context;
  const limit = Number(query.get("limit") ?? "100");
  if (!Number.isInteger(limit) || limit < 1 || limit > MESSAGES_PAGE_MAX) {
    throw new ApiError("bad-request", `limit is a number of 1 to ${MESSAGES_PAGE_MAX}.`);
  }
  const who = query.get("with");
  const afterId = query.get("after");
  const beforeId = query.get("before");
  const wanted = {
    limit,
    ...(who === null ? {} : { withPerson: personOf(peer, who) }),
    ...(afterId === null ? {} : { afterId }),
    ...(beforeId === null ? {} : { beforeId }),
  };
  const messages = await ask<readonly Message[]>((resolve, reject) =>
    peer.messages.list(wanted, settle(resolve, reject)),
  );
  return { status: 200, json: { messages: messages.map((one) => messageBody(peer, one)) } };
}

/** Routes about contacts. */
export function contactsRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "POST",
      path: "/v1/invites",
      summary: "A link with which somebody can meet you",
      body: inviteBody,
      bodyExample: { addresses: false, uses: 1, days: 7 },
      answers: "InviteBody",
      handle: async ({ body }) => {
        const endpoints = body.addresses === false ? [] : context.reachableAt();
        const { uses: usesMax, days } = body;
        const wish = { usesMax, lifeMs: days === undefined ? undefined : days * DAY_MS };
        const invite = await ask<{ readonly link: string; readonly expiresAtMs: number }>(
          (resolve, reject) => peer.createInvite(endpoints, settle(resolve, reject), wish),
        );
        return { status: 201, json: { link: invite.link, expiresAtMs: invite.expiresAtMs } };
      },
    }),
    route({
      method: "GET",
      path: "/v1/contacts",
      summary: "The people you have met",
      answers: "ContactBody[]",
      handle: () => ({
        status: 200,
        json: peer.contacts.all().map((contact) => contactBody(peer, contact)),
      }),
    }),
    route({
      method: "POST",
      path: "/v1/contacts",
      summary: "Meet the person who made an invite",
      body: addBody,
      bodyExample: { link: "peernet:invite/…", petname: "anna" },
      answers: "ContactBody",
      handle: async ({ body }) => {
        const contact = await ask<Contact>((resolve, reject) => {
          peer.addContact(body.link, body.petname, settle(resolve, reject));
          context.poke();
        });
        return { status: 201, json: contactBody(peer, contact) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/contacts/rename",
      summary: "Your own name for a contact",
      body: renameBody,
      bodyExample: { who: "anna", petname: "Anna Maria" },
      answers: "ContactBody",
      handle: async ({ body }) => {
        const { personId } = peer.contacts.resolve(body.who);
        await ask<void>((resolve, reject) => {
          peer.contacts.rename(personId, body.petname, settleDone(resolve, reject));
        });
        return { status: 200, json: contactBody(peer, peer.contacts.resolve(personId)) };
      },
    }),
  ];
}

/** Routes about messages. */
export function messageRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "POST",
      path: "/v1/messages",
      summary: "Send a message, an answer or a file; answers once it is safe on this disk",
      body: sendBody,
      bodyExample: { to: "anna", text: "hello" },
      answers: "MessageBody",
      handle: async ({ body }) => {
        const person = personOf(peer, body.to);
        peer.care.checkWriting(person);
        const message = await ask<Message>((resolve, reject) => {
          const { text, replyTo, file } = body;
          peer.messages.send(person, { text, replyTo, file }, settle(resolve, reject));
          context.poke();
        });
        return { status: 201, json: messageBody(peer, message) };
      },
    }),
    route({
      method: "GET",
      path: "/v1/messages",
      summary: "Messages, oldest first",
      query: {
        with: "contact",
        after: "only messages after this id",
        before: "only the newest messages before this id",
        limit: "1 to 500",
      },
      answers: "MessagesBody",
      handle: ({ query }) => listMessages(context, query),
    }),
    route({
      method: "POST",
      path: "/v1/messages/read",
      summary: "Mark a conversation read",
      body: readBody,
      bodyExample: { with: "anna" },
      answers: "nothing",
      handle: async ({ body }) => {
        const person = personOf(peer, body.with);
        await ask<void>((resolve, reject) =>
          peer.messages.markRead(person, settleDone(resolve, reject)),
        );
        return { status: 204 };
      },
    }),
  ];
}
