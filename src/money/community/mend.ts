import { attempt } from "../../base/attempt.ts";
import { takeFitting } from "../../base/take-fitting.ts";
import type { RecordWrite } from "../../ports/index.ts";
import type { MoneyLoss } from "../losses.ts";
import { UNTIL_KNOWN } from "./catching-up.ts";
import type { Commune } from "./commune.ts";
import { encodeHead } from "./head.ts";
import { type Kinds, keys, LOAD_ORDER, recordKey } from "./shelf.ts";

/** What goes on of a community of which records are missing. */
export interface Mended {
  /** Whether so little is left that it is not known here whose it is: members tell of it again. */
  readonly isGone: boolean;
  /** What the disk must have before the community is used. */
  readonly writes: readonly RecordWrite[];
  readonly loss: Extract<MoneyLoss, { readonly t: "community" }>;
}

/** Whether the records of a community are all where they should be. */
export function isComplete(kinds: Kinds): boolean {
  const facts = kinds.get("fact") ?? [];
  return kinds.has("head") && facts.every(([name], place) => Number(name) === place);
}

/**
 * Takes back what proves itself and all that it stands on, in whatever order; the rest is let go, and comes back from
 * members. The device signs nothing of its own before it has caught up.
 * @param commune a fresh one
 */
export function mend(commune: Commune, kinds: Kinds): Mended {
  const { id } = commune;
  const facts = kinds.get("fact") ?? [];
  const good: Uint8Array[] = [];
  takeFitting(facts, ([, value]) => {
    const { refusal } = attempt(() => commune.load("fact", "0", value, false));
    if (refusal === undefined) good.push(value);
    return refusal?.code === "gap";
  });
  let [kept, lost] = [good.length, placesOf(facts) - good.length];
  const gone: RecordWrite[] = [];
  for (const kind of LOAD_ORDER.filter((each) => each !== "fact")) {
    for (const [name, value] of kinds.get(kind) ?? []) {
      if (attempt(() => commune.load(kind, name, value)).refusal === undefined) kept++;
      else {
        gone.push({ key: recordKey(id, kind, name), value: null });
        lost++;
      }
    }
  }
  if (!kinds.has("head")) lost++;
  const group = commune.head.group || commune.ledger.current?.group;
  const loss = { t: "community" as const, id, currency: commune.ledger.current?.currency.name };
  if (group === undefined) {
    const all = [...kinds].flatMap(([kind, list]) =>
      list.map(([name]) => ({ key: recordKey(id, kind, name), value: null })),
    );
    const rest = { key: keys.rest(id), value: new Uint8Array(1) };
    return { isGone: true, writes: [...all, rest], loss: { ...loss, kept: 0, lost: lost + kept } };
  }
  commune.head = { ...commune.head, group, restsUntil: UNTIL_KNOWN };
  commune.shelf.places = good.length;
  const old = facts.map(([name]) => ({ key: recordKey(id, "fact", name), value: null }));
  const fresh = good.map((value, place) => ({ key: keys.fact(id, place), value }));
  const head = { key: keys.head(id), value: encodeHead(commune.head) };
  return {
    isGone: false,
    writes: [...gone, ...old, ...fresh, head],
    loss: { ...loss, kept, lost: Math.max(1, lost) },
  };
}

function placesOf(facts: readonly (readonly [string, Uint8Array])[]): number {
  const last = Number(facts.at(-1)?.[0] ?? -1);
  return Math.max(Number.isInteger(last) ? last + 1 : 0, facts.length);
}
