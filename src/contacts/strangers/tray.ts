import type { CryptoSuite } from "../../crypto/index.ts";
import { personIdOf } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { inertName, inertText } from "./inert.ts";
import type { EdgeName } from "./ledger.ts";
import { INTRODUCTION_LIFE_MS, SHOW_TURN_MS, SHOWN_DAY_MS } from "./limits.ts";
import type { PassageBook } from "./passages.ts";
import { countedShown, dayOf, shownWrite } from "./settings.ts";
import type { StrangerState } from "./state.ts";
import type { Passage, StrangerRequest } from "./types.ts";

/** Requests that come to be shown now, and the writes that make it so. */
export interface Shows {
  readonly passages: readonly Passage[];
  readonly shown: readonly number[];
  readonly writes: readonly RecordWrite[];
}

/**
 * Chooses what is shown: no more than so many a day, and of the edges that have something waiting
 * always one with the fewest violations that are not forgiven, of those the one that was served
 * longest ago: no edge can starve another that is no worse.
 */
export function planShows(state: StrangerState, nowMs: number): Shows | undefined {
  const { passages, ledger, settings } = state;
  const counted = [...countedShown(state.shown, nowMs)];
  const elsewhere = countedShown(state.elsewhere.shown, nowMs).length;
  const served = new Set<EdgeName>();
  const turns = new Map<EdgeName, Turn>();
  const turnOf = (edge: EdgeName): Turn => {
    const known = turns.get(edge);
    if (known !== undefined) return known;
    const { violations } = ledger.standing(edge, nowMs);
    const turn = { violations, lastMs: ledger.shownAtMs(edge) };
    turns.set(edge, turn);
    return turn;
  };
  // Another own device goes first with what waited for this day: together they show no more than one would.
  const isTurn = nowMs >= turnMs(state, nowMs);
  const waiting = [...passages.all()].filter(
    ({ stage, atMs }) => stage === "queued" && (isTurn || atMs >= dayOf(nowMs)),
  );
  const chosen: Passage[] = [];
  while (counted.length + elsewhere < settings.requestsPerDay && waiting.length > 0) {
    let best = 0;
    for (const [at, passage] of waiting.entries()) {
      const first = waiting[best];
      if (first !== undefined && isBefore(passage, first, turnOf)) best = at;
    }
    const [next] = waiting.splice(best, 1);
    if (next === undefined) break;
    // Two of one edge in one sweep: the second one has its turn after all others.
    served.add(next.edge);
    turns.set(next.edge, { ...turnOf(next.edge), lastMs: nowMs + chosen.length });
    counted.push(nowMs);
    chosen.push({ ...next, stage: "shown", shownAtMs: nowMs });
  }
  if (chosen.length === 0) return undefined;
  const writes: RecordWrite[] = [shownWrite(counted)];
  for (const passage of chosen) writes.push(passages.planPut(passage));
  for (const edge of served) writes.push(...ledger.planShown(edge, nowMs));
  return { passages: chosen, shown: counted, writes };
}

/** When the next request may be shown, wall time; Infinity where none waits. */
export function nextShowMs(state: StrangerState, nowMs: number): number {
  const { passages, shown, elsewhere, settings } = state;
  const queued = queuedAtMs(passages);
  if (queued === undefined || settings.requestsPerDay === 0) return Number.POSITIVE_INFINITY;
  const counted = countedShown([...shown, ...elsewhere.shown], nowMs);
  if (counted.length >= settings.requestsPerDay) return turnMs(state, nowMs + SHOWN_DAY_MS);
  return queued >= dayOf(nowMs) ? nowMs : Math.max(nowMs, turnMs(state, nowMs));
}

/** From when on this device shows what waited for the day of this time. */
function turnMs({ elsewhere }: StrangerState, nowMs: number): number {
  return dayOf(nowMs) + elsewhere.before * SHOW_TURN_MS;
}

/** What is in the tray, the oldest first; texts are as strangers wrote them. */
export function toldRequests(
  suite: CryptoSuite,
  passages: PassageBook,
): readonly StrangerRequest[] {
  return [...passages.all()]
    .filter(({ stage }) => stage === "shown")
    .sort((a, b) => (a.shownAtMs ?? 0) - (b.shownAtMs ?? 0) || (a.id < b.id ? -1 : 1))
    .map(({ id, person, edge, from, calls, group, hops, text, atMs }) => ({
      id,
      personId: personIdOf(suite, person.signKey),
      name: person.name,
      by: edge === from ? from : undefined,
      ...{ calls, group, hops, text, atMs },
      endsAtMs: atMs + INTRODUCTION_LIFE_MS,
    }));
}

/** The request as people may see it. */
export function inertRequest(request: StrangerRequest): StrangerRequest {
  const { name, calls, group, text } = request;
  return {
    ...request,
    name: inertName(name),
    calls: calls === undefined ? undefined : inertName(calls),
    group: group === undefined ? undefined : inertName(group),
    text: inertText(text),
  };
}

/** When the last one came that waits to be shown; undefined: none waits. */
function queuedAtMs(passages: PassageBook): number | undefined {
  let last: number | undefined;
  for (const { stage, atMs } of passages.all()) {
    if (stage === "queued") last = Math.max(last ?? 0, atMs);
  }
  return last;
}

/** When an edge has its turn. */
interface Turn {
  readonly violations: number;
  readonly lastMs: number;
}

function isBefore(a: Passage, b: Passage, turnOf: (edge: EdgeName) => Turn): boolean {
  const [first, second] = [turnOf(a.edge), turnOf(b.edge)];
  if (first.violations !== second.violations) return first.violations < second.violations;
  return first.lastMs === second.lastMs ? a.atMs < b.atMs : first.lastMs < second.lastMs;
}
