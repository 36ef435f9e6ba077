import type { PeerId } from "../../identity/index.ts";
import {
  type Agreement,
  type CarriedIn,
  type CarriedOut,
  carriageLimits,
  MessagesError,
} from "../../messages/index.ts";
import type { Peer } from "../../peer/index.ts";
import { schema } from "../../wire/index.ts";
import { readBytes } from "../body.ts";
import type { ApiContext } from "../context.ts";
import {
  type AnchorBody,
  type AnchorsBody,
  CARRY_HEADER,
  type WhyBody,
} from "../contract-messages.ts";
import { ApiError } from "../errors.ts";
import { CARRY_BODY_MS } from "../limits.ts";
import { type Answer, type Route, route } from "../route.ts";
import { holderName, nameOf, personOf } from "../views.ts";
import { ask, settle, settleDone } from "../wait.ts";

const WHO_BYTES_MAX = 300;
const { FILE_BYTES_MAX, OWNER_BYTES_MAX, HOLD_DAYS_MAX } = carriageLimits;

const settingsBody = schema.record({ receipts: schema.boolean });
const anchorBody = schema.record({
  act: schema.oneOf("ask", "agree", "refuse", "release"),
  who: schema.text(WHO_BYTES_MAX),
  bytesMax: schema.optional(schema.integer(1, OWNER_BYTES_MAX)),
  days: schema.optional(schema.integer(1, HOLD_DAYS_MAX)),
});
const outBody = schema.record({
  to: schema.optional(schema.text(WHO_BYTES_MAX)),
  bytesMax: schema.optional(schema.integer(1, FILE_BYTES_MAX)),
});

function whyBody(peer: Peer, id: string): WhyBody {
  const why = peer.messages.why(id, {
    isOut: peer.devices.isOut,
    nameOf: (device) => deviceName(peer, device),
    timeOf: (wallMs) => new Date(wallMs).toLocaleString(),
  });
  if (why === undefined)
    throw new ApiError(
      "not-found",
      "There is no message with this id. 'peernet inbox --all --ids' shows those there are.",
    );
  return {
    ...why,
    id,
    devices: why.devices.map(({ device, ...reason }) => ({
      ...reason,
      peerId: device,
      name: deviceName(peer, device),
    })),
  };
}

/** A device as people know it: whose it is, and what it calls itself where that says more. */
function deviceName(peer: Peer, device: PeerId): string {
  const petname = peer.contacts.byDevice(device)?.petname;
  const own = nameOf(peer, device);
  return petname === undefined || petname === own ? own : `${petname} (${own})`;
}

function anchorsBody(peer: Peer): AnchorsBody {
  const { anchors } = peer.messages;
  const { letters, bytes } = peer.messages.holding(undefined);
  return {
    anchors: anchors.all().map((agreement) => agreementBody(peer, agreement)),
    carriedLetters: letters,
    carriedBytes: bytes,
  };
}

function agreementBody(peer: Peer, agreement: Agreement): AnchorBody {
  const { device, role, state, bytesMax, days, sinceMs } = agreement;
  const held = role === "owner" ? peer.messages.holding(device) : { letters: 0, bytes: 0 };
  const terms = { bytesMax, days, sinceMs, heldLetters: held.letters, heldBytes: held.bytes };
  return { peerId: device, name: holderName(peer, device), role, state, ...terms };
}

/** The devices that somebody means: one by its address or an agreement, else all of the person. */
function devicesOf(peer: Peer, who: string, act: string): readonly PeerId[] {
  const contact = peer.contacts.resolve(who);
  const devices = contact.devices.map(({ peerId }) => peerId);
  const role = act === "ask" || act === "release" ? "anchor" : "owner";
  const agreed = peer.messages.anchors
    .all()
    .filter((one) => one.role === role && devices.includes(one.device))
    .map(({ device }) => device);
  if (act === "ask") return devices.slice(0, carriageLimits.ANCHORS_MAX);
  if (agreed.length > 0) return agreed;
  const words =
    role === "owner"
      ? `'${who}' has not asked you to hold letters.`
      : `'${who}' holds no letters for you.`;
  throw new MessagesError("not-asked", words);
}

type AnchorAct = { readonly act: string; readonly who: string } & {
  readonly bytesMax?: number;
  readonly days?: number;
};

async function changeAnchors({ peer, poke }: ApiContext, body: AnchorAct): Promise<Answer> {
  const { anchors } = peer.messages;
  const { bytesMax, days } = body;
  const terms = { ...(bytesMax ? { bytesMax } : {}), ...(days ? { days } : {}) };
  for (const device of devicesOf(peer, body.who, body.act)) {
    await ask<void>((resolve, reject) => {
      const done = settleDone(resolve, reject);
      if (body.act === "ask") anchors.ask(device, done);
      else if (body.act === "agree") anchors.agree(device, terms, done);
      else if (body.act === "refuse") anchors.refuse(device, done);
      else anchors.release(device, done);
      poke();
    });
  }
  return { status: 200, json: anchorsBody(peer) };
}

/** Routes about the way of messages: why they wait, who holds them, files carried by hand. */
export function postRoutes(context: ApiContext): readonly Route[] {
  return [...stateRoutes(context), ...carryRoutes(context)];
}

function stateRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/messages/why",
      summary: "Why a message is where it is, and what to do",
      query: { id: "id of a message" },
      answers: "WhyBody",
      handle: ({ query }) => ({ status: 200, json: whyBody(peer, query.get("id") ?? "") }),
    }),
    route({
      method: "GET",
      path: "/v1/messages/settings",
      summary: "What you allow those who write to you to know",
      answers: "MessageSettingsBody",
      handle: () => ({ status: 200, json: peer.messages.settings }),
    }),
    route({
      method: "PUT",
      path: "/v1/messages/settings",
      summary: "Whether those who write are told when you have read it",
      body: settingsBody,
      bodyExample: { receipts: true },
      answers: "MessageSettingsBody",
      handle: async ({ body }) => {
        await ask<void>((resolve, reject) => peer.messages.set(body, settleDone(resolve, reject)));
        return { status: 200, json: peer.messages.settings };
      },
    }),
    route({
      method: "GET",
      path: "/v1/anchors",
      summary: "Who holds letters for you while you are away, and for whom you do",
      answers: "AnchorsBody",
      handle: () => ({ status: 200, json: anchorsBody(peer) }),
    }),
    route({
      method: "POST",
      path: "/v1/anchors",
      summary:
        "Ask a contact to hold letters for you, agree to it, refuse or stop, release an anchor",
      body: anchorBody,
      bodyExample: { act: "agree", who: "anna", bytesMax: 4_194_304, days: 14 },
      answers: "AnchorsBody",
      handle: ({ body }) => changeAnchors(context, body),
    }),
  ];
}

function carryRoutes(context: ApiContext): readonly Route[] {
  const { peer, poke } = context;
  return [
    route({
      method: "POST",
      path: "/v1/carry/out",
      summary: "The letters that wait here, sealed, as a file to take elsewhere by hand",
      body: outBody,
      bodyExample: { to: "anna", bytesMax: 1_000_000 },
      answers: "bytes",
      handle: async ({ body, response }) => {
        const to = body.to === undefined ? undefined : personOf(peer, body.to);
        const { bytesMax } = body;
        // What was paid goes along.
        await ask<void>((resolve, reject) =>
          peer.money.mail.writeAll(to, (error) => {
            // Whoever is no contact any more gets no letters; that holds up nobody else's.
            if (error?.code === "disk" || error?.code === "disk-full") reject(error);
            else resolve();
          }),
        );
        const carried = await ask<CarriedOut>((resolve) =>
          peer.messages.carryOut({ to, bytesMax }, resolve),
        );
        response.writeHead(200, {
          "content-type": "application/octet-stream",
          "content-length": carried.file.length,
          "cache-control": "no-store",
          [CARRY_HEADER]: `${carried.letters} ${carried.left}`,
        });
        response.end(carried.file);
        return undefined;
      },
    }),
    route({
      method: "POST",
      path: "/v1/carry/in",
      summary: "Take in the letters of a carry file: its bytes are the body",
      answers: "CarriedInBody",
      handle: async ({ request }) => {
        const file = await readBytes(request, CARRY_BODY_MS, FILE_BYTES_MAX);
        const carried = await ask<CarriedIn>((resolve, reject) => {
          peer.messages.carryIn(file, settle(resolve, reject));
          poke();
        });
        return { status: 200, json: carried };
      },
    }),
  ];
}
