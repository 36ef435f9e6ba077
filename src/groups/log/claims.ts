import type { Claim } from "./evaluation.ts";
import { NAMES_MAX } from "./limits.ts";
import type { Pasts } from "./pasts.ts";
import { compareRanks } from "./standing.ts";
import type { NameTarget, PolicyKey } from "./types.ts";

/** What one name of a group means. */
export interface GroupName {
  readonly label: string;
  readonly target: NameTarget;
  /** What was asked for, where somebody senior had it: the label ends with -2, -3 … then. */
  readonly asked: string;
}

/**
 * Claims that nobody of the same or a higher rank has replaced knowingly, seniors first and of one
 * person the later ones first.
 */
function standing<T extends "name" | "policy">(
  pasts: Pasts,
  claims: readonly Claim<T>[],
): readonly Claim<T>[] {
  const last = lastOfDevices(claims);
  const left = last.filter(
    (claim) =>
      !last.some(
        (other) =>
          pasts.has(other.entry.index, claim.entry.index) &&
          compareRanks(other.rank, claim.rank) <= 0,
      ),
  );
  return left.sort(
    (a, b) =>
      compareRanks(a.rank, b.rank) ||
      b.entry.op.seq - a.entry.op.seq ||
      (a.entry.op.id < b.entry.op.id ? -1 : 1),
  );
}

/** What a device says later replaces what it said: that needs no look into pasts. */
function lastOfDevices<T extends "name" | "policy">(claims: readonly Claim<T>[]): Claim<T>[] {
  const last = new Map<string, Claim<T>>();
  for (const claim of claims) {
    const { author, seq } = claim.entry.op;
    const before = last.get(author);
    if (before === undefined || before.entry.op.seq < seq) last.set(author, claim);
  }
  return [...last.values()];
}

function grouped<T extends "name" | "policy">(
  claims: readonly Claim<T>[],
  keyOf: (claim: Claim<T>) => string,
): Map<string, Claim<T>[]> {
  const groups = new Map<string, Claim<T>[]>();
  for (const claim of claims) {
    const group = groups.get(keyOf(claim));
    if (group === undefined) groups.set(keyOf(claim), [claim]);
    else group.push(claim);
  }
  return groups;
}

/** What a setting is, or undefined where nobody has said. */
export function policyOf(
  pasts: Pasts,
  claims: readonly Claim<"policy">[],
  key: PolicyKey,
): string | undefined {
  const [first] = standing(
    pasts,
    claims.filter(({ body }) => body.key === key),
  );
  return first?.body.value;
}

/**
 * The names that a group gives, in order. Where several people claim one at the same time the most
 * senior has it and the others get -2, -3 … behind it.
 */
export function namesOf(pasts: Pasts, claims: readonly Claim<"name">[]): readonly GroupName[] {
  const groups = grouped(claims, ({ body }) => body.label);
  const winners = new Map<string, GroupName>();
  const losers: { asked: string; target: NameTarget }[] = [];
  for (const asked of [...groups.keys()].sort()) {
    const seen = new Set<string>();
    for (const { body } of standing(pasts, groups.get(asked) ?? [])) {
      const { target } = body;
      if (target === undefined || seen.has(target.t + target.id)) continue;
      seen.add(target.t + target.id);
      if (seen.size === 1) winners.set(asked, { label: asked, target, asked });
      else losers.push({ asked, target });
    }
  }
  for (const { asked, target } of losers) {
    let count = 2;
    while (winners.has(`${asked}-${count}`)) count++;
    const label = `${asked}-${count}`;
    winners.set(label, { label, target, asked });
  }
  return [...winners.values()].sort((a, b) => (a.label < b.label ? -1 : 1)).slice(0, NAMES_MAX);
}
