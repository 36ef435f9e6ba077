import type { PersonId } from "../../identity/index.ts";
import type { Evaluation } from "./evaluation.ts";
import type { OpLog } from "./oplog.ts";
import type { Grant } from "./standing.ts";
import type { Entry, Role } from "./types.ts";

/** Somebody who was let in by a person who was removed at the same time. */
export interface Orphan {
  readonly person: PersonId;
  readonly label: string;
  readonly role: Role;
  readonly addedBy: PersonId;
}

/** Who was let in by operations that do not count, was never shut out and belongs to nobody now. */
export function orphansOf(
  log: OpLog,
  evaluation: Evaluation,
  members: ReadonlyMap<PersonId, unknown>,
): readonly Orphan[] {
  const found = new Map<PersonId, Orphan>();
  evaluation.counts.forEach((counts, index) => {
    const entry = log.at(index);
    if (counts || log.isForked(entry)) return;
    for (const orphan of [...addedBy(evaluation, entry), ...joinedBy(log, evaluation, entry)]) {
      const standing = evaluation.standings.get(orphan.person);
      const isOut = (standing?.ends.length ?? 0) > 0 || (standing?.leaves.length ?? 0) > 0;
      if (!isOut && !members.has(orphan.person)) found.set(orphan.person, orphan);
    }
  });
  return [...found.values()];
}

function addedBy(evaluation: Evaluation, entry: Entry): readonly Orphan[] {
  const { body } = entry.op;
  if (body.t !== "add" || !wasAdmin(evaluation, entry)) return [];
  const { role } = body;
  return body.targets.map((target) => ({ ...target, role, addedBy: entry.person }));
}

function joinedBy(log: OpLog, evaluation: Evaluation, entry: Entry): readonly Orphan[] {
  const { body } = entry.op;
  if (body.t !== "join" || !entry.named.includes(entry.index)) return [];
  const place = log.placeOf(body.invite);
  const invite = place === undefined ? undefined : log.at(place);
  if (invite?.op.body.t !== "invite") return [];
  if ((evaluation.invites.get(invite.index)?.revokes.length ?? 0) > 0) return [];
  const { role } = invite.op.body;
  return [{ person: entry.person, label: body.label, role, addedBy: invite.person }];
}

/** Whether the author was let in as an admin, so that only a removal made the operation void. */
function wasAdmin(evaluation: Evaluation, { person, named }: Entry): boolean {
  const standing = evaluation.standings.get(person);
  const isNamed = ({ level, isFree, places }: Grant): boolean =>
    level === 2 && (isFree || places.some((place) => named.includes(place)));
  return standing !== undefined && standing.ends.length > 0 && standing.grants.some(isNamed);
}
