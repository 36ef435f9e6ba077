import type { PeerId } from "../../identity/index.ts";
import type { Peer } from "../../peer/index.ts";
import type { SurveyedWay } from "../../peer/survey-codec.ts";
import { limits as wireLimits } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import type { TraceBody, TraceHopBody } from "../contract.ts";
import { TRACE_PINGS } from "../limits.ts";
import { nameOf } from "../views.ts";
import { ask } from "../wait.ts";

interface Step extends SurveyedWay {
  readonly roundTripMs: Promise<number | null>;
}

/** Follows the next hops to a peer, and measures the round trip to each of them meanwhile. */
export async function trace(context: ApiContext, to: PeerId): Promise<TraceBody> {
  const { peer } = context;
  const steps: Step[] = [];
  const seen = new Set<PeerId>();
  let way = peer.survey.ownWay(to);
  while (way !== undefined && !seen.has(way.nextHop) && steps.length < wireLimits.HOP_LIMIT) {
    const at = way.nextHop;
    seen.add(at);
    steps.push({ ...way, roundTripMs: bestRoundTrip(context, at) });
    if (at === to) break;
    way = await ask<SurveyedWay | undefined>((resolve) => {
      peer.survey.wayAt(at, to, resolve);
      context.poke();
    });
  }
  const roundTrips = await Promise.all(steps.map((step) => step.roundTripMs));
  const hops = steps.map((step, index) =>
    hopBody(
      peer,
      step,
      roundTrips[index] ?? null,
      index === 0 ? 0 : (roundTrips[index - 1] ?? null),
    ),
  );
  return { hops, complete: steps.at(-1)?.nextHop === to };
}

function hopBody(
  peer: Peer,
  { nextHop, cost, alternate }: SurveyedWay,
  roundTripMs: number | null,
  beforeMs: number | null,
): TraceHopBody {
  const known = roundTripMs !== null && beforeMs !== null;
  return {
    peerId: nextHop,
    name: nameOf(peer, nextHop),
    cost,
    roundTripMs,
    addedMs: known ? Math.max(0, roundTripMs - beforeMs) : null,
    backup: alternate === undefined ? null : { peerId: alternate, name: nameOf(peer, alternate) },
  };
}

/** The least of a few round trips, as the first one also pays for the session. */
async function bestRoundTrip(context: ApiContext, to: PeerId): Promise<number | null> {
  let best: number | null = null;
  for (let count = 0; count < TRACE_PINGS; count++) {
    const roundTripMs = await new Promise<number | undefined>((resolve) => {
      if (!context.peer.pinger.ping(to, resolve)) resolve(undefined);
      context.poke();
    });
    if (roundTripMs === undefined) return best;
    best = Math.min(best ?? roundTripMs, roundTripMs);
  }
  return best;
}
