import type { KeepingBody, KeepingPeerBody } from "../../src/api/contract-keeping.ts";
import { ApiError } from "../../src/api/errors.ts";
import { type Route, route } from "../../src/api/route.ts";
import { schema } from "../../src/wire/index.ts";
import { objectOf, type World } from "./fake-data.ts";

const emptyBody = schema.record({});
const quotaBody = schema.record({ quotaBytes: schema.integer(0, Number.MAX_SAFE_INTEGER) });

/** What goes between the fake peer and others. */
export function fakeKeeping(names: readonly string[]): KeepingBody {
  const peers = names.map(
    (name, at): KeepingPeerBody => ({
      ...{ peerId: `peer-${at}`, name, takenBytes: 1_100_000_000 * (at + 1), takenObjects: at + 2 },
      ...{ leaseEndsAtMs: null, givenBytes: 800_000_000, givenObjects: 4, promisedUntilMs: null },
      ...{ score: 900, audits: { proved: 12 * at, wrong: 0, lost: 0, silent: at, refused: 0 } },
    }),
  );
  const othersBytes = peers.reduce((sum, { takenBytes }) => sum + takenBytes, 0);
  return {
    ...{ quotaBytes: 10_000_000_000, usedBytes: othersBytes, othersBytes, trashCount: 0, peers },
  };
}

/** The fake peer's calls about keeping. */
export function keepingRoutes(world: World): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/keeping",
      summary: "Keeping",
      answers: "KeepingBody",
      handle: () => ({ status: 200, json: world.keeping }),
    }),
    route({
      method: "PUT",
      path: "/v1/keeping/quota",
      summary: "Quota",
      body: quotaBody,
      answers: "KeepingBody",
      handle: ({ body }) => {
        world.keeping = { ...world.keeping, quotaBytes: body.quotaBytes };
        return { status: 200, json: world.keeping };
      },
    }),
    route({
      method: "POST",
      path: "/v1/objects/{link}/pin",
      summary: "Pin",
      body: emptyBody,
      answers: "nothing",
      handle: ({ path }) => {
        const pinned = objectOf(world.objects.length, "theirs.jpg", 30, 0);
        world.objects = [...world.objects, { ...pinned, link: path["link"] ?? "" }];
        return { status: 204 };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/objects/{link}",
      summary: "Let go",
      answers: "nothing",
      handle: ({ path }) => {
        const left = world.objects.filter(({ link }) => link !== path["link"]);
        if (left.length === world.objects.length) {
          throw new ApiError("not-found", "There is no such object.");
        }
        world.objects = left;
        return { status: 204 };
      },
    }),
    route({
      method: "POST",
      path: "/v1/objects/{link}/audit",
      summary: "Audit",
      body: emptyBody,
      answers: "AuditBody",
      handle: () => ({
        status: 200,
        json: { holders: [], summary: "5 of 6 holders proved what they keep, 1 gave no answer." },
      }),
    }),
  ];
}
