import { fromUtf8 } from "../../base/bytes.ts";
import { type Contact, careLimits } from "../../contacts/index.ts";
import { formatAddress } from "../../identity/index.ts";
import type { Peer } from "../../peer/index.ts";
import { schema } from "../../wire/index.ts";
import { readBytes } from "../body.ts";
import type { ApiContext } from "../context.ts";
import type { ContactDetailBody, ImportBody } from "../contract-people.ts";
import { ApiError } from "../errors.ts";
import { REQUEST_TIMEOUT_MS, WORDS_SETTLE_MAX_MS, WORDS_SETTLE_MIN_MS } from "../limits.ts";
import { type Route, route } from "../route.ts";
import { meetingWords, viaOf } from "../views.ts";
import { ask, settle, settleDone } from "../wait.ts";

const WORDS_BYTES_MAX = 200;
const CODE_BYTES_MAX = 300;

const blockBody = schema.record({ blocked: schema.boolean });
const verifyBody = schema.record({
  heard: schema.optional(schema.text(WORDS_BYTES_MAX)),
  scanned: schema.optional(schema.text(CODE_BYTES_MAX)),
});

/** Does something with one contact and answers how that stands then. */
async function change(
  context: ApiContext,
  who: string | undefined,
  run: (contact: Contact, done: (error: unknown) => void) => void,
): Promise<{ readonly status: number; readonly json: ContactDetailBody }> {
  const { peer } = context;
  const contact = peer.contacts.resolve(who ?? "");
  await ask<void>((resolve, reject) => {
    run(contact, settleDone(resolve, reject));
    context.poke();
  });
  return { status: 200, json: detailOf(peer, peer.contacts.resolve(contact.personId)) };
}

/** Routes about one contact. */
export function contactRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/contacts/{who}",
      summary: "Everything about a contact: how you met, verified or not, devices",
      answers: "ContactDetailBody",
      handle: ({ path }) => ({
        status: 200,
        json: detailOf(peer, peer.contacts.resolve(path["who"] ?? "")),
      }),
    }),
    route({
      method: "DELETE",
      path: "/v1/contacts/{who}",
      summary: "Delete a contact for good: their devices are refused from now on",
      answers: "nothing",
      handle: async ({ path }) => {
        const { personId } = peer.contacts.resolve(path["who"] ?? "");
        await ask<void>((resolve, reject) => {
          peer.removeContact(personId, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 204 };
      },
    }),
    route({
      method: "POST",
      path: "/v1/contacts/{who}/block",
      summary: "Block a contact, or let them in again",
      body: blockBody,
      bodyExample: { blocked: true },
      answers: "ContactDetailBody",
      handle: ({ path, body }) =>
        change(context, path["who"], ({ personId }, done) => {
          peer.care.setBlocked(personId, body.blocked, done);
        }),
    }),
    route({
      method: "POST",
      path: "/v1/contacts/{who}/confirm",
      summary: "Take over the new key of a verified contact",
      answers: "ContactDetailBody",
      handle: ({ path }) =>
        change(context, path["who"], ({ personId }, done) => {
          peer.care.confirmKey(personId, done);
        }),
    }),
    ...verifyRoutes(context),
    ...fileRoutes(context),
  ];
}

function verifyRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/person",
      summary: "Your own keys as a code that contacts scan",
      answers: "PersonCodeBody",
      handle: () => ({ status: 200, json: { code: peer.care.ownLink() } }),
    }),
    route({
      method: "POST",
      path: "/v1/contacts/{who}/words",
      summary: "Four words to compare by voice; the contact must be in reach",
      answers: "VerificationBody",
      handle: async ({ path }) => {
        const { personId, devices } = peer.contacts.resolve(path["who"] ?? "");
        const device = devices.find(({ peerId }) => peer.routing.route(peerId) !== undefined);
        const words = (): Promise<string> =>
          ask<string>((resolve, reject) => {
            peer.care.words(personId, device?.peerId, settle(resolve, reject));
            context.poke();
          });
        return { status: 200, json: { words: await settledWords(words) } };
      },
    }),
    route({
      method: "POST",
      path: "/v1/contacts/{who}/verify",
      summary: "Say which words you heard, or which code you scanned",
      body: verifyBody,
      bodyExample: { heard: "apple river stone wind" },
      answers: "ContactDetailBody",
      handle: ({ path, body }) =>
        change(context, path["who"], ({ personId }, done) => {
          if (body.heard !== undefined) peer.care.heard(personId, body.heard, done);
          else if (body.scanned !== undefined) peer.care.scanned(personId, body.scanned, done);
          else done(new ApiError("bad-request", "Say 'heard' or 'scanned'."));
        }),
    }),
  ];
}

/**
 * Both people may have asked at one time: each side first gets the words of its own exchange, and
 * then those of the one that counts. So they are asked for again when the other exchange, which
 * takes about as long, must be over.
 */
async function settledWords(words: () => Promise<string>): Promise<string> {
  const beganMs = performance.now();
  await words();
  const waitMs = 2 * (performance.now() - beganMs);
  const boundMs = Math.min(WORDS_SETTLE_MAX_MS, Math.max(WORDS_SETTLE_MIN_MS, waitMs));
  await new Promise((resolve) => setTimeout(resolve, boundMs));
  return words();
}

function fileRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/contacts-file",
      summary: "All contacts as a file",
      query: { format: "json (everything) or vcard (names and keys)" },
      answers: "bytes",
      handle: ({ query, response }) => {
        const format = query.get("format") ?? "json";
        if (format !== "json" && format !== "vcard") {
          throw new ApiError("bad-request", "format is json or vcard.");
        }
        const type = format === "json" ? "application/json" : "text/vcard; charset=utf-8";
        response.writeHead(200, { "content-type": type, "cache-control": "no-store" });
        response.end(peer.care.export(format));
        return undefined;
      },
    }),
    route({
      method: "PUT",
      path: "/v1/contacts-file",
      summary: "Take in a file of contacts (vCard or JSON); nobody in it counts as met",
      answers: "ImportBody",
      handle: async ({ request }) => {
        const bytes = await readBytes(request, REQUEST_TIMEOUT_MS, careLimits.IMPORT_BYTES_MAX);
        const text = fromUtf8(bytes);
        if (text === undefined) throw new ApiError("bad-request", "The file is no UTF-8 text.");
        const outcome = await ask<ImportBody>((resolve, reject) => {
          peer.care.import(text, settle(resolve, reject));
          context.poke();
        });
        return { status: 200, json: outcome };
      },
    }),
  ];
}

function detailOf(peer: Peer, contact: Contact): ContactDetailBody {
  const about = peer.care.about(contact);
  const { kind, atMs, name } = about.met;
  const via = viaOf(peer, contact.personId);
  const { violations, closedForMs, reserved } = peer.strangers.standing(contact.personId);
  return {
    personId: contact.personId,
    petname: contact.petname,
    state: contact.state,
    refusal: contact.refusal ?? null,
    addedAtMs: contact.addedAtMs,
    howMet: { kind, atMs, by: name ?? null, via, words: meetingWords(about.met, via) },
    verified: about.verified ?? null,
    blocked: about.blockedAtMs !== undefined,
    lastSeenAtMs: about.lastSeenAtMs ?? null,
    keyChanged: about.newDhKey !== undefined,
    devices: contact.devices.map(({ peerId }) => ({
      peerId,
      address: formatAddress(peerId),
      name: peer.routing.record(peerId)?.name ?? null,
      reachable: peer.routing.route(peerId) !== undefined,
      quantumSafe: peer.messages.isSafe(peerId),
    })),
    edge: { violations, closedForMs, underWay: reserved },
  };
}
