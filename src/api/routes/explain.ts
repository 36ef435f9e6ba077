import { ContactsError } from "../../contacts/index.ts";
import type { PeerId } from "../../identity/index.ts";
import type { RouteExplanation, RoutingExplanation } from "../../routing/index.ts";
import type { ApiContext } from "../context.ts";
import type { CandidateBody, ExplainBody, ExplainVerdict } from "../contract.ts";
import { ApiError } from "../errors.ts";
import { nameOf } from "../views.ts";
import { ask } from "../wait.ts";
import { deviceOf } from "./device.ts";

/** Why packets for somebody go where they go, or why they go nowhere, in words and in figures. */
export async function explain(context: ApiContext, to: string): Promise<ExplainBody> {
  const { peer } = context;
  let id: PeerId;
  try {
    id = deviceOf(peer, to);
  } catch (error) {
    if (!(error instanceof ContactsError || error instanceof ApiError)) throw error;
    return unknownName(to, error);
  }
  const found = peer.routing.explain(id);
  const verdict =
    id === peer.identity.id ? "self" : await withLookup(context, id, verdictOf(found));
  const name = id === peer.identity.id ? peer.routing.ownRecord.name : nameOf(peer, id);
  const neighbourName = (neighbour: PeerId): string => nameOf(peer, neighbour);
  return {
    to,
    peerId: id,
    name,
    verdict,
    ...words(verdict, name, found, neighbourName),
    candidates: found.routes.map((route) => candidate(route, found, neighbourName)),
    feasibleDistance: found.feasibleDistance ?? null,
    requestedSeqno: found.requestedSeqno ?? null,
  };
}

function unknownName(to: string, error: ContactsError | ApiError): ExplainBody {
  const isDeviceless = error instanceof ApiError;
  return {
    ...{ to, peerId: null, name: null, candidates: [], feasibleDistance: null },
    requestedSeqno: null,
    verdict: isDeviceless ? "no-device" : "unknown-name",
    summary: error.message,
    advice: isDeviceless
      ? "None of their devices has been met yet. It shows up here once both of you are in one mesh."
      : "'peernet contacts' lists the names known here, 'peernet peers' the addresses in reach.",
  };
}

/** Whoever has no place in the table may still have a locator somewhere in the mesh. */
async function withLookup(
  context: ApiContext,
  id: PeerId,
  verdict: ExplainVerdict,
): Promise<ExplainVerdict> {
  if (!["lost", "beyond-table", "never-heard-of"].includes(verdict)) return verdict;
  const isLocated = await ask<boolean>((resolve) => {
    context.peer.routing.paths.locate(id, (record) => resolve(record !== undefined));
    context.poke();
  });
  return isLocated ? "located" : verdict;
}

/** What the table says of a destination other than this peer itself. */
export function verdictOf(found: RoutingExplanation): ExplainVerdict {
  if (found.routes.length > 0 && !found.recordKnown) return "introducing";
  if (found.routes.some((route) => route.selected)) return "reachable";
  if (found.routes.some((route) => route.alternate)) return "detour";
  if (found.routes.length > 0) return "no-usable-way";
  if (found.neighbours === 0) return "no-neighbours";
  if (found.remembered) return "lost";
  return found.tableFull ? "beyond-table" : "never-heard-of";
}

type Words = Pick<ExplainBody, "summary" | "advice">;

function words(
  verdict: ExplainVerdict,
  name: string,
  found: RoutingExplanation,
  nameOfNeighbour: (id: PeerId) => string,
): Words {
  const used = found.routes.find((route) =>
    verdict === "detour" ? route.alternate : route.selected,
  );
  const backup = found.routes.find((route) => route.alternate && route !== used);
  const by = used === undefined ? "" : nameOfNeighbour(used.neighbour);
  const asked =
    found.requestedSeqno === undefined ? "" : " A newer announcement has been asked for.";
  switch (verdict) {
    case "reachable":
      return {
        summary: `${name} is ${hopsText(used)} away. ${describeUse(used, by, found)} ${
          backup === undefined
            ? "Nobody else could take over."
            : `If ${by} fails, ${nameOfNeighbour(backup.neighbour)} takes over at once.`
        }${asked}`,
        advice: "",
      };
    case "detour":
      return {
        summary: `The usual way to ${name} is gone. Packets take a detour over ${by} for now.${asked}`,
        advice: "",
      };
    case "introducing":
      return {
        summary: `${name} has been announced. Its record, with its keys, is being fetched.`,
        advice: "Try again in a moment.",
      };
    case "no-usable-way":
      return {
        summary: `Neighbours offer ways to ${name}, but none of them may be used now: see below.${asked}`,
        advice: "This passes within seconds, unless the mesh is torn apart there.",
      };
    default:
      return plainWords(verdict, name);
  }
}

function plainWords(verdict: ExplainVerdict, name: string): Words {
  switch (verdict) {
    case "self":
      return { summary: "This is the peer itself: nothing leaves it.", advice: "" };
    case "no-neighbours":
      return {
        summary: `Nobody is in reach, ${name} neither: this peer has no neighbours.`,
        advice: "'peernet doctor' says what may stand in the way.",
      };
    case "lost":
      return {
        summary: `${name} was in reach a while ago. No neighbour offers a way to it any more, and nobody knows its locator.`,
        advice: "It is off, or the links between are. It comes back by itself.",
      };
    case "located":
      return {
        summary: `${name} is far away: no neighbour tells of it here, but its locator says where it is.`,
        advice: "",
      };
    case "beyond-table":
      return {
        summary: `No way to ${name} is kept here, as only the nearest peers are, and nobody knows its locator.`,
        advice: "It is off, or too new to have told the mesh where it is. Try again in a minute.",
      };
    default:
      return {
        summary: `No neighbour has told of ${name} since this peer was started, and nobody knows its locator.`,
        advice: "Is the address right? Does that peer run, and is it linked to this mesh?",
      };
  }
}

function hopsText(route: RouteExplanation | undefined): string {
  const hops = route?.hops ?? 0;
  return hops === 1 ? "1 hop" : `${hops} hops`;
}

function describeUse(
  used: RouteExplanation | undefined,
  by: string,
  found: RoutingExplanation,
): string {
  if (used === undefined) return "";
  if (used.suspect) return `Packets leave by ${by}, which is silent at the moment.`;
  if (found.routes.length === 1)
    return `Packets leave by ${by}, who alone offers a way (cost ${used.total}).`;
  return `Packets leave by ${by}: cost ${used.total}, ${reasonOfUse(used, found)}.`;
}

function reasonOfUse(used: RouteExplanation, found: RoutingExplanation): string {
  const best = found.routes.find((route) => route.usable && !route.suspect);
  if (best === undefined || best.total >= used.total) return "the least";
  if (!best.feasible) return "the least that is proven to be free of loops";
  return "and a small gain has to last for seconds before traffic moves";
}

function candidate(
  route: RouteExplanation,
  found: RoutingExplanation,
  nameOfNeighbour: (id: PeerId) => string,
): CandidateBody {
  const { neighbour, metric, total, hops, feasible, suspect, viaUs, proven } = route;
  const name = nameOfNeighbour(neighbour);
  const [role, why] = roleOf(route, found);
  return { neighbour, name, metric, total, hops, feasible, suspect, viaUs, proven, role, why };
}

function roleOf(
  route: RouteExplanation,
  found: RoutingExplanation,
): readonly [CandidateBody["role"], string] {
  if (route.selected) return ["in use", route.suspect ? "silent now" : reasonOfUse(route, found)];
  if (route.alternate) {
    const safe = route.feasible ? "proven to be free of loops" : "its way avoids this peer";
    return ["backup", route.viaUs ? "it knows a way around this peer" : safe];
  }
  if (route.viaUs) return ["not usable", "its way leads through this peer"];
  if (!route.proven) return ["not usable", "not proven yet to be announced by that peer itself"];
  if (!route.usable) return ["not usable", "too long"];
  if (route.suspect) return ["not usable", "silent now"];
  if (route.feasible) return ["spare", "costs more"];
  const asked =
    found.requestedSeqno === undefined ? "" : "; a newer announcement has been asked for";
  return ["not usable", `not proven to be free of loops${asked}`];
}
