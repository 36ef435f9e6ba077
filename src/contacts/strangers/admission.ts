import { toHex } from "../../base/bytes.ts";
import { isLowOrderDhKey } from "../../crypto/index.ts";
import { type PersonId, personIdOf } from "../../identity/index.ts";
import { mayPassOn } from "./caution.ts";
import { windowOf } from "./edge.ts";
import {
  GROUP_WINDOW,
  INTRODUCERS_MAX,
  NEW_EDGE_WINDOW,
  PASSAGES_MAX,
  TRAY_MAX,
} from "./limits.ts";
import type { StrangersOptions } from "./ports.ts";
import type { Bring, Knock, StrangerRefusal } from "./protocol.ts";
import type { StrangerState } from "./state.ts";
import type { Introduced, Passage } from "./types.ts";

/** What an admission is judged on. */
export interface Desk {
  readonly options: StrangersOptions;
  readonly state: StrangerState;
}

/**
 * What becomes of an introduction that somebody brings: a passage to be kept, a refusal that they
 * are told, or "quiet": they hear that it was taken, and nothing comes of it. Whether two people
 * know each other already is nobody's business.
 */
export type Admission = Admitted | StrangerRefusal | "quiet";

/** An introduction that is taken. */
export interface Admitted {
  readonly passage: Passage;
  /** Where it goes on: whether the next one is the one who is meant. */
  readonly nextIsTarget: boolean;
}

/** Judges an introduction that a contact brings. */
export function admitBring(desk: Desk, from: PersonId, bring: Bring): Admission {
  const { options, state } = desk;
  const { ledger, passages } = state;
  const nowMs = options.clock.wallMs();
  const beganAtMs = options.people.edgeSinceMs(from);
  if (beganAtMs === undefined) return "closed";
  const id = toHex(bring.i);
  const open = passages.get(id);
  if (open !== undefined) return open.from === from ? "quiet" : "known";
  const personId = personIdOf(options.suite, bring.k);
  if (!isFit(bring) || (bring.h === 0 && personId !== from)) return "unknown";
  const refusal = ledger.refusal(from, windowOf(beganAtMs, nowMs), nowMs);
  if (refusal !== undefined) return refusal;
  const passage = passageOf(id, bring, { edge: from, from, atMs: nowMs });
  const said = { ...passage, calls: bring.w, hops: bring.h };
  if (bring.g === undefined) return bring.h === 0 ? "unknown" : forTray(desk, personId, said);
  return forNext(desk, bring.g, said);
}

/** Judges a stranger at the door: a member of a common group, or one with a bond. */
export function admitKnock(desk: Desk, from: PersonId, knock: Knock): Admission {
  const { options, state } = desk;
  const { ledger, passages } = state;
  const nowMs = options.clock.wallMs();
  const id = toHex(knock.i);
  const open = passages.get(id);
  if (open !== undefined) return open.from === from ? "quiet" : "known";
  if (!isFit(knock) || personIdOf(options.suite, knock.k) !== from) return "unknown";
  const door = doorOf(desk, from, knock);
  if (typeof door === "string") return door;
  const refusal = ledger.refusal(door.edge, door.window, nowMs);
  if (refusal !== undefined) return refusal;
  const passage = passageOf(id, knock, { edge: door.edge, from, atMs: nowMs });
  const admitted = forTray(desk, from, { ...passage, group: door.group });
  if (typeof admitted === "string" || knock.b === undefined) return admitted;
  return options.bonds?.hold(knock.b, from, id) === true ? admitted : "no-ledger";
}

/** Edge, window and name of the door that a stranger chose. */
function doorOf(
  { options }: Desk,
  from: PersonId,
  { g, b }: Knock,
):
  | { readonly edge: string; readonly window: number; readonly group: string | undefined }
  | StrangerRefusal {
  if (g !== undefined) {
    const group = options.groups?.groupName(g, from);
    if (group === undefined) return "off";
    return { edge: `group-${toHex(g)}`, window: GROUP_WINDOW, group };
  }
  if (b === undefined) return "off";
  if (options.bonds === undefined) return "no-ledger";
  return { edge: `bond-${from}`, window: NEW_EDGE_WINDOW, group: undefined };
}

function forTray(
  { options, state: { passages } }: Desk,
  personId: PersonId,
  passage: Passage,
): Admission {
  if (personId === options.personId || options.people.isSettled(personId)) return "quiet";
  let waiting = 0;
  for (const other of passages.all()) {
    if (other.stage === "passed") continue;
    if (personIdOf(options.suite, other.person.signKey) === personId) return "quiet";
    waiting++;
  }
  return waiting < TRAY_MAX ? { passage, nextIsTarget: false } : "full";
}

function forNext({ options, state }: Desk, tag: Uint8Array, passage: Passage): Admission {
  const { passages, settings } = state;
  if (!settings.relay || options.ways === undefined) return "off";
  if (passage.hops >= INTRODUCERS_MAX) return "unknown";
  const next = options.ways.nextFor(tag, passage.from, passage.id);
  if (next === undefined || next.person === passage.from) return "unknown";
  if (!mayPassOn(state, passage.from, next.person, options.clock.wallMs())) return "no-credit";
  if (passages.size >= PASSAGES_MAX) return "full";
  const passed: Passage = { ...passage, stage: "passed", next: next.person };
  return { passage: passed, nextIsTarget: next.isTarget };
}

function isFit({ d, l }: Bring | Knock): boolean {
  return l.length > 0 && !isLowOrderDhKey(d);
}

function passageOf(
  id: string,
  said: Bring | Knock,
  edge: Pick<Passage, "edge" | "from" | "atMs">,
): Passage {
  const person: Introduced = { signKey: said.k, dhKey: said.d, devices: said.l, name: said.n };
  return {
    ...edge,
    id,
    person,
    calls: undefined,
    hops: 0,
    text: said.x,
    token: said.o,
    group: undefined,
    stage: "queued",
    next: undefined,
    shownAtMs: undefined,
  };
}
