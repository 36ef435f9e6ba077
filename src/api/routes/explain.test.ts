import { expect, test } from "vitest";
import { ContactsError } from "../../contacts/index.ts";
import type { RouteExplanation, RoutingExplanation } from "../../routing/index.ts";
import type { ApiContext } from "../context.ts";
import { explain } from "./explain.ts";

const id = (digit: string): string => `fd${digit.repeat(30)}`;
const [SELF, ANNA, BEN, CARL] = [id("0"), id("a"), id("b"), id("c")];
const NAMES = new Map([
  [ANNA, "Anna"],
  [BEN, "Ben"],
  [CARL, "Carl"],
]);

function offer(neighbour: string, change: Partial<RouteExplanation>): RouteExplanation {
  return {
    ...{ neighbour, metric: 10, total: 20, hops: 2, seqno: 1, feasible: true, suspect: false },
    ...{ viaUs: false, proven: true, usable: true, selected: false, alternate: false, ...change },
  };
}

/** What a peer with this state of routing says of Carl, or of `to`. */
function told(found: Partial<RoutingExplanation>, to = CARL, isLocated = false) {
  const peer = {
    identity: { id: SELF },
    contacts: {
      resolve: (name: string) => {
        if (name === "anna") return { petname: "anna", devices: [] };
        throw new ContactsError("unknown-contact", `No contact is called '${name}'.`);
      },
    },
    routing: {
      ownRecord: { name: "Me" },
      paths: {
        locate: (_id: string, done: (record: unknown) => void) => done(isLocated ? {} : undefined),
      },
      record: (peerId: string) => NAMES.has(peerId) && { name: NAMES.get(peerId) },
      explain: (destination: string): RoutingExplanation => ({
        ...{ destination, routes: [], feasibleDistance: undefined, remembered: false },
        ...{
          requestedSeqno: undefined,
          tableFull: false,
          neighbours: 1,
          recordKnown: true,
          ...found,
        },
      }),
    },
  };
  const context = { peer, poke: () => undefined };
  return explain(context as unknown as ApiContext, to);
}

test("a way in use and its backup", async () => {
  const body = await told({
    routes: [offer(ANNA, { selected: true }), offer(BEN, { total: 60, alternate: true })],
    feasibleDistance: { seqno: 7, metric: 20 },
  });
  expect(body).toMatchObject({ verdict: "reachable", name: "Carl", peerId: CARL, advice: "" });
  expect(body.summary).toBe(
    "Carl is 2 hops away. Packets leave by Anna: cost 20, the least. If Anna fails, Ben takes over at once.",
  );
  expect(body.candidates.map(({ role, why }) => `${role}: ${why}`)).toEqual([
    "in use: the least",
    "backup: proven to be free of loops",
  ]);
  expect(body.feasibleDistance).toEqual({ seqno: 7, metric: 20 });
});

test.each([
  [
    { hops: 1, selected: true },
    "Carl is 1 hop away. Packets leave by Anna, who alone offers a way",
  ],
  [
    { selected: true, suspect: true },
    "which is silent at the moment. Nobody else could take over.",
  ],
  [{ alternate: true }, "The usual way to Carl is gone. Packets take a detour over Anna for now."],
  [{ feasible: false }, "none of them may be used now"],
])("one offer: %j", async (change, text) => {
  expect((await told({ routes: [offer(ANNA, change)] })).summary).toContain(text);
});

test("why the way in use is not the one of least cost", async () => {
  const [cheap, used] = [offer(ANNA, { total: 15 }), offer(BEN, { selected: true })];
  expect((await told({ routes: [cheap, used] })).summary).toContain("a small gain has to last");
  const body = await told({ routes: [{ ...cheap, feasible: false }, used], requestedSeqno: 8 });
  expect(body.summary).toContain("cost 20, the least that is proven to be free of loops.");
  expect(body.summary).toContain("A newer announcement has been asked for.");
  expect(body.candidates[0]?.why).toContain("not proven to be free of loops; a newer announcement");
  expect(body.requestedSeqno).toBe(8);
});

test.each([
  [{ viaUs: true, usable: false }, "not usable", "its way leads through this peer"],
  [{ usable: false }, "not usable", "too long"],
  [{ usable: false, proven: false }, "not usable", "not proven yet to be announced"],
  [{ suspect: true }, "not usable", "silent now"],
  [{ feasible: true }, "spare", "costs more"],
  [{ alternate: true, viaUs: true }, "backup", "it knows a way around this peer"],
  [{ alternate: true, feasible: false }, "backup", "its way avoids this peer"],
])("what another offer is good for: %j", async (change, role, why) => {
  const routes = [offer(ANNA, { selected: true }), offer(BEN, change)];
  expect((await told({ routes })).candidates[1]).toMatchObject({
    ...{ role, why: expect.stringContaining(why) },
  });
});

test.each([
  ["no-neighbours", { neighbours: 0, remembered: true }, "this peer has no neighbours", "doctor"],
  ["lost", { remembered: true }, "was in reach a while ago", "by itself"],
  ["beyond-table", { tableFull: true }, "only the nearest peers are", "in a minute"],
  ["never-heard-of", {}, "No neighbour has told of Carl", "Is the address right?"],
])("no way at all: %s", async (verdict, found, summary, advice) => {
  const body = await told(found);
  expect(body).toMatchObject({ verdict, candidates: [], requestedSeqno: null });
  expect(body.summary).toContain(summary);
  expect(body.advice).toContain(advice);
});

test.each([{ remembered: true }, { tableFull: true }, {}])(
  "a locator is looked up: %j",
  async (found) => {
    const body = await told(found, CARL, true);
    expect(body).toMatchObject({ verdict: "located", candidates: [], advice: "" });
    expect((await told({ ...found, neighbours: 0 }, CARL, true)).verdict).toBe("no-neighbours");
  },
);

test("a peer whose keys are not here yet", async () => {
  const body = await told({ recordKnown: false, routes: [offer(ANNA, { selected: true })] });
  expect(body.verdict).toBe("introducing");
  expect(body.summary).toContain("is being fetched");
});

test("oneself, a name that is not known, and a contact without a device", async () => {
  expect(await told({}, SELF)).toMatchObject({ verdict: "self", name: "Me", advice: "" });
  expect(await told({}, "nobody")).toMatchObject({
    ...{ verdict: "unknown-name", peerId: null, summary: "No contact is called 'nobody'." },
  });
  expect(await told({}, "anna")).toMatchObject({
    ...{ verdict: "no-device", summary: "anna has no device in reach." },
  });
});
