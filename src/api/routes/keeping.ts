import type { AuditReport, KeepingNeighbour } from "../../store/index.ts";
import { schema } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import type { AuditBody, KeepingBody, KeepingPeerBody } from "../contract-keeping.ts";
import { type Route, route } from "../route.ts";
import { nameOf } from "../views.ts";
import { ask, settleDone } from "../wait.ts";

const quotaBody = schema.record({ quotaBytes: schema.integer(0, Number.MAX_SAFE_INTEGER) });

function keepingBody({ peer }: ApiContext): KeepingBody {
  const { quotaBytes, usedBytes, othersBytes, trashCount } = peer.store.usage();
  const peers = peer.store.keeping.neighbours().map((known) => peerBody(peer, known));
  return { quotaBytes, usedBytes, othersBytes, trashCount, peers };
}

function peerBody(peer: ApiContext["peer"], known: KeepingNeighbour): KeepingPeerBody {
  const { taken, given, leaseEndsAtMs, promisedUntilMs, conduct } = known;
  const { score, proved, wrong, lost, silent, refused } = conduct;
  return {
    peerId: known.peer,
    name: nameOf(peer, known.peer),
    takenBytes: taken.bytes,
    takenObjects: taken.objects,
    leaseEndsAtMs: taken.objects === 0 ? null : leaseEndsAtMs,
    givenBytes: given.bytes,
    givenObjects: given.objects,
    promisedUntilMs: promisedUntilMs === 0 ? null : promisedUntilMs,
    score,
    audits: { proved, wrong, lost, silent, refused },
  };
}

/** Routes about what is kept for others, what others keep, and how well. */
export function keepingRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/keeping",
      summary: "What you keep for others and others for you",
      answers: "KeepingBody",
      handle: () => ({ status: 200, json: keepingBody(context) }),
    }),
    route({
      method: "PUT",
      path: "/v1/keeping/quota",
      summary: "How many bytes you keep for others at most, now and after the next start",
      body: quotaBody,
      bodyExample: { quotaBytes: 50_000_000_000 },
      answers: "KeepingBody",
      handle: async ({ body }) => {
        await context.saveQuota?.(body.quotaBytes);
        peer.store.setQuota(body.quotaBytes);
        context.poke();
        return { status: 200, json: keepingBody(context) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/objects/{link}/pin",
      summary: "Look after an object as if it were yours: its holders keep it",
      answers: "nothing",
      handle: async ({ path }) => {
        await ask<void>((resolve, reject) => {
          peer.store.keeping.pin(path["link"] ?? "", settleDone(resolve, reject));
          context.poke();
        });
        return { status: 204 };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/objects/{link}",
      summary: "Let an object go: it leaves your list, and its holders delete it",
      answers: "nothing",
      handle: async ({ path }) => {
        await ask<void>((resolve, reject) => {
          peer.store.keeping.unpin(path["link"] ?? "", settleDone(resolve, reject));
          context.poke();
        });
        return { status: 204 };
      },
    }),
    route({
      method: "POST",
      path: "/v1/objects/{link}/audit",
      summary: "Have the holders of an object prove that they keep it",
      answers: "AuditBody",
      handle: async ({ path }) => {
        const { holders, summary } = await ask<AuditReport>((resolve) => {
          peer.store.keeping.audit(path["link"] ?? "", resolve);
          context.poke();
        });
        const named = holders.map(({ peer: id, ...found }) => {
          return { peerId: id, name: nameOf(peer, id), ...found };
        });
        const json: AuditBody = { holders: named, summary };
        return { status: 200, json };
      },
    }),
  ];
}
