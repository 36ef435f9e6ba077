import {
  type Account,
  type Gateway,
  nameOfWho,
  parseWho,
  type Share,
} from "../../gateway/index.ts";
import { schema } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import type { MeterBody, ShareBody, UplinkBody } from "../contract-gateway.ts";
import { type Route, route } from "../route.ts";
import { ask, settleDone } from "../wait.ts";

const COUNT_MAX = Number.MAX_SAFE_INTEGER;
const who = schema.text(300);
const shareBody = schema.record({
  to: who,
  quotaBytes: schema.optional(schema.integer(0, COUNT_MAX)),
  rateBits: schema.optional(schema.integer(1, COUNT_MAX)),
  alsoTo: schema.optional(schema.list(schema.text(64), 16)),
});
const useBody = schema.record({ who });
const offBody = schema.record({ what: schema.oneOf("share", "use", "all") });

/** Uplinks as the API shows them. */
export function uplinkBodyOf(gateway: Gateway): UplinkBody {
  const { shares, use } = gateway.uplink.settings();
  const accounts = [...gateway.uplink.accounts.all()];
  return {
    shares: shares.map((share) => shareBodyOf(gateway, share)),
    use: use === undefined ? null : (gateway.people.nameOf(use) ?? use),
    meters: accounts.map((account) => meterBodyOf(gateway, account)),
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
        const { uplink, people, groups } = gateway();
        const share: Share = {
          to: parseWho(body.to, people, groups),
          quotaBytes: body.quotaBytes,
          rateBits: body.rateBits,
          alsoTo: body.alsoTo ?? [],
        };
        await ask<void>((resolve, reject) => uplink.share(share, settleDone(resolve, reject)));
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
        const { uplink, people } = gateway();
        const person = people.resolve(body.who);
        await ask<void>((resolve, reject) => uplink.use(person, settleDone(resolve, reject)));
        return { status: 200, json: uplinkBodyOf(gateway()) };
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
        context.poke();
        return { status: 200, json: uplinkBodyOf(gateway()) };
      },
    }),
  ];
}
