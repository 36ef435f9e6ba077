import type { Entry, GroupLog, OpId } from "../../groups/log/index.ts";

/**
 * What counts though it must not, found without the code that decides it: with plain sets of
 * ancestors and the rules as they are written in docs/protocol/groups.md.
 */
export function leaksOf(log: GroupLog): readonly string[] {
  const leaks: string[] = [];
  const { entries } = log.ops;
  const pasts = entries.map(() => new Set<number>());
  for (const { index, deps } of entries) {
    for (const dep of deps) {
      pasts[index]?.add(dep);
      for (const earlier of pasts[dep] ?? []) pasts[index]?.add(earlier);
    }
  }
  const inPast = (later: number, earlier: number): boolean => pasts[later]?.has(earlier) === true;
  const counted = entries.filter(({ op }) => log.counts(op.id));
  const owners = everOwners(log);
  for (const entry of counted) {
    const { op, person } = entry;
    if (log.ops.isForked(entry)) leaks.push(`a forked operation counts: ${op.body.t} ${op.id}`);
    if (needsAdmin(entry) && !owners.has(person) && !mayBeAdmin(entries, entry, inPast)) {
      leaks.push(`${op.body.t} ${op.id} counts, and nobody in its past made its author an admin`);
    }
  }
  for (const removal of counted) leaks.push(...survivors(log, removal, counted, owners, inPast));
  leaks.push(...lostOwners(log, counted));
  return leaks;
}

function needsAdmin({ op: { body } }: Entry): boolean {
  return !["genesis", "vote", "join", "leave"].includes(body.t);
}

/** People who were owners at some time, whom only owners together may remove. */
function everOwners(log: GroupLog): ReadonlySet<string> {
  const owners = new Set<string>(log.ownership.owners);
  for (const { op } of log.ops.entries) {
    if (op.body.t === "genesis") for (const owner of op.body.owners) owners.add(owner);
    if (op.body.t === "vote" && op.body.decision.t !== "remove" && log.counts(op.id)) {
      for (const owner of op.body.decision.owners) owners.add(owner);
    }
  }
  return owners;
}

function mayBeAdmin(
  entries: readonly Entry[],
  entry: Entry,
  inPast: (later: number, earlier: number) => boolean,
): boolean {
  return entries.some(({ op: { body }, index, person }) => {
    if (index !== entry.index && !inPast(entry.index, index)) return false;
    if (body.t === "add" && body.role === "admin") {
      return body.targets.some((target) => target.person === entry.person);
    }
    if (body.t === "role") return body.role === "admin" && body.person === entry.person;
    if (body.t !== "join" || person !== entry.person) return false;
    const invite = entries.find(({ op }) => op.id === body.invite)?.op.body;
    return invite?.t === "invite" && invite.role === "admin";
  });
}

/** What somebody who was removed wrote without the removal's author having seen it. */
function survivors(
  log: GroupLog,
  removal: Entry,
  counted: readonly Entry[],
  owners: ReadonlySet<string>,
  inPast: (later: number, earlier: number) => boolean,
): readonly string[] {
  const { body } = removal.op;
  // Of a removal by somebody who is no owner, whether it stands depends on ranks: not looked at here.
  if (body.t !== "remove" || !owners.has(removal.person)) return [];
  const leaks: string[] = [];
  for (const target of body.targets) {
    if (owners.has(target)) continue;
    const letInAgain = counted.filter(
      (entry) => namesIn(entry, target) && inPast(entry.index, removal.index),
    );
    for (const entry of counted) {
      if (entry.person !== target || entry.op.body.t === "join") continue;
      const isSeen = inPast(removal.index, entry.index);
      const isBack = letInAgain.some(({ index }) => inPast(entry.index, index));
      if (!isSeen && !isBack) leaks.push(`${entry.op.body.t} ${entry.op.id} outlived a removal`);
    }
    if (letInAgain.length === 0 && log.members().has(target)) {
      leaks.push(`${target} is a member in spite of the removal ${removal.op.id}`);
    }
  }
  return leaks;
}

function namesIn({ op: { body }, person }: Entry, target: string): boolean {
  if (body.t === "add") return body.targets.some((each) => each.person === target);
  if (body.t === "role") return body.role === "admin" && body.person === target;
  return body.t === "join" && person === target;
}

/** Owners who are out though neither they nor a quorum wanted it. */
function lostOwners(log: GroupLog, counted: readonly Entry[]): readonly string[] {
  const decided = new Set<string>();
  const left = new Set<string>();
  for (const { op, person } of counted) {
    if (op.body.t === "leave") left.add(person);
    if (op.body.t === "vote" && op.body.decision.t === "remove") {
      for (const target of op.body.decision.targets) decided.add(target);
    }
  }
  const lost = log.ownership.owners.filter(
    (owner) => !log.members().has(owner) && !left.has(owner) && !decided.has(owner),
  );
  return lost.map((owner): OpId => `the owner ${owner} is out`);
}
