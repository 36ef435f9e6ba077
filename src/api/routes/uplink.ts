import { TypedError } from "../../base/errors.ts";
import {
  type Account,
  type Gateway,
  nameOfWho,
  parseWho,
  type Share,
} from "../../gateway/index.ts";
import type { PersonId } from "../../identity/index.ts";
import { schema } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import type { MeterBody, ShareBody, UplinkBody } from "../contract-gateway.ts";
import { ApiError } from "../errors.ts";
import { type Route, route } from "../route.ts";
import { ask, settleDone } from "../wait.ts";

const COUNT_MAX = Number.MAX_SAFE_INTEGER;
const who = schema.text(300);
const shareBody = schema.record({
  to: who,
  quotaBytes: schema.optional(schema.integer(0, COUNT_MAX)),
  rateBits: schema.optional(schema.integer(1, COUNT_MAX)),
  alsoTo: schema.optional(schema.list(schema.text(64), 16)),
  fullTunnel: schema.optional(schema.boolean),
  meteredOk: schema.optional(schema.boolean),
});
const useBody = schema.record({ who, fullTunnel: schema.optional(schema.boolean) });
const offBody = schema.record({ what: schema.oneOf("share", "use", "all") });

const NO_FULL_TUNNEL = { state: "off", words: "", users: null } as const;

/** Uplinks as the API shows them. */
export function uplinkBodyOf({ peer, fullTunnels }: ApiContext): UplinkBody {
  const { gateway } = peer;
  const { shares, use } = gateway.uplink.settings();
  const accounts = [...gateway.uplink.accounts.all()];
  return {
    shares: shares.map((share) => shareBodyOf(gateway, share)),
    use: use === undefined ? null : (gateway.people.nameOf(use) ?? use),
    meters: accounts.map((account) => meterBodyOf(gateway, account)),
    fullTunnel: fullTunnels?.body() ?? NO_FULL_TUNNEL,
    metered: gateway.uplink.isMetered,
  };
}

function shareBodyOf(gateway: Gateway, share: Share): ShareBody {
  return {
    to: nameOfWho(share.to, gateway.people),
    kind: share.to.t,
    quotaBytes: share.quotaBytes ?? null,
    rateBits: share.rateBits ?? null,
    alsoTo: share.alsoTo,
    usedTodayBytes: gateway.uplink.usedToday(share),
    fullTunnel: share.fullTunnel === true,
    meteredOk: share.meteredOk === true,
  };
}

function meterBodyOf({ people, uplink }: Gateway, account: Account): MeterBody {
  const { role, peer, sentBytes, receivedBytes, last } = account;
  const person = people.personOf(peer);
  const isToday = account.day === uplink.accounts.today();
  return {
    role,
    peerId: peer,
    who: person === undefined ? null : (people.nameOf(person) ?? null),
    upBytes: role === "exit" ? receivedBytes : sentBytes,
    downBytes: role === "exit" ? sentBytes : receivedBytes,
    todayBytes: isToday ? account.dayBytes : 0,
    agreed: last ? { seq: last.seq, upBytes: last.upBytes, downBytes: last.downBytes } : null,
    disputed: account.isDisputed,
  };
}

/**
 * Settings are kept before they count; those that cannot be are taken back.
 * @param instead what is the case after that
 */
async function applied(
  context: ApiContext,
  takeBack: () => Promise<void>,
  instead: string,
): Promise<void> {
  try {
    context.fullTunnels?.apply();
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    await takeBack();
    context.fullTunnels?.apply();
    throw new ApiError("bad-request", `${error.message} ${instead}`, { cause: error });
  }
}

function checkFullTunnel({ fullTunnels }: ApiContext, wanted: boolean | undefined): void {
  if (wanted !== true || fullTunnels !== undefined) return;
  throw new ApiError("bad-request", "This peer makes no full tunnels. Use the proxy.");
}

function checkLine({ uplink }: Gateway, meteredOk: boolean | undefined): void {
  if (!uplink.isMetered || meteredOk === true) return;
  throw new ApiError(
    "bad-request",
    "This machine's line costs by the byte, so it is not shared. To share it all the same, add --metered-ok.",
  );
}

/** Routes about uplinks. */
export function uplinkRoutes(context: ApiContext): readonly Route[] {
  const gateway = (): Gateway => context.peer.gateway;
  return [
    route({
      method: "POST",
      path: "/v1/uplink/share",
      summary: "Let a contact or a group reach the internet through this machine",
      body: shareBody,
      bodyExample: { to: "anna", quotaBytes: 2_000_000_000, rateBits: 10_000_000 },
      answers: "ShareBody",
      handle: async ({ body }) => {
        checkFullTunnel(context, body.fullTunnel);
        checkLine(gateway(), body.meteredOk);
        const { uplink, people, groups } = gateway();
        const share: Share = {
          to: parseWho(body.to, people, groups),
          quotaBytes: body.quotaBytes,
          rateBits: body.rateBits,
          alsoTo: body.alsoTo ?? [],
          fullTunnel: body.fullTunnel ?? false,
          meteredOk: body.meteredOk ?? false,
        };
        const keep = (one: Share): Promise<void> =>
          ask<void>((resolve, reject) => uplink.share(one, settleDone(resolve, reject)));
        await keep(share);
        const byProxy = "It is shared by connections only for now.";
        await applied(context, () => keep({ ...share, fullTunnel: false }), byProxy);
        context.poke();
        return { status: 201, json: shareBodyOf(gateway(), share) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/uplink/use",
      summary: "Let programs of this machine reach the internet through a contact's",
      body: useBody,
      bodyExample: { who: "anna" },
      answers: "UplinkBody",
      handle: async ({ body }) => {
        checkFullTunnel(context, body.fullTunnel);
        const { uplink, people } = gateway();
        const person = people.resolve(body.who);
        const before = uplink.settings();
        const keep = (use: PersonId | undefined, fullTunnel: boolean): Promise<void> =>
          ask<void>((resolve, reject) => uplink.use(use, settleDone(resolve, reject), fullTunnel));
        await keep(person, body.fullTunnel ?? false);
        const asBefore = (): Promise<void> => keep(before.use, before.fullTunnel);
        await applied(context, asBefore, "Nothing was changed.");
        context.poke();
        return { status: 200, json: uplinkBodyOf(context) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/uplink/off",
      summary: "Share no uplink, or use none",
      body: offBody,
      bodyExample: { what: "all" },
      answers: "UplinkBody",
      handle: async ({ body }) => {
        const { uplink } = gateway();
        if (body.what !== "use") {
          await ask<void>((resolve, reject) => uplink.shareNothing(settleDone(resolve, reject)));
        }
        if (body.what !== "share") {
          await ask<void>((resolve, reject) => uplink.use(undefined, settleDone(resolve, reject)));
        }
        context.fullTunnels?.apply();
        context.poke();
        return { status: 200, json: uplinkBodyOf(context) };
      },
    }),
  ];
}
