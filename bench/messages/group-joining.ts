import { must } from "../../src/base/errors.ts";
import { CHECKPOINT_STEP_MIN, HISTORY_AFTER_MS } from "../../src/groups/checkpoints/limits.ts";
import { inviteKey, parseGroupLink } from "../../src/groups/link.ts";
import { joinSigned } from "../../src/groups/log/index.ts";
import type { GroupInfo } from "../../src/groups/types.ts";
import type { FuzzDevice } from "../../src/simulation/groups/fuzz-people.ts";
import { written } from "../../src/simulation/groups/fuzz-people.ts";
import { Coop, type Fellow } from "../../test/support/coop.ts";
import { suite } from "../../test/support/hamlet.ts";

const SECOND_MS = 1_000;
const BATCH = 98;
/** What people call themselves. */
const NAMES = ["Amara", "Bo", "Charlotte", "Dmitri", "Esperanza", "Finn", "Giulia", "Hans-Peter"];

/** What a newcomer's coming takes. */
export interface Joining {
  readonly members: number;
  readonly ops: number;
  /** Operations that came as a whole before the newcomer took part. */
  readonly whole: number;
  /** Bytes both ways on streams, until the newcomer belongs to the group and knows everybody. */
  readonly bytes: number;
  /** The same until all history is here as well. */
  readonly allBytes: number;
}

function ask<T>(coop: Coop, make: Parameters<typeof coop.ask<T>>[0]): T {
  const answer = coop.ask<T>(make);
  if (typeof answer === "string") throw new RangeError(answer);
  return answer;
}

/**
 * Somebody comes by a link into a group whose members came so, one by one: with the peers' own
 * code over streams in memory, of which the bytes are counted.
 * @param admins people whom the founder adds, who own the group with the first of them
 * @param guests people who come by a link
 */
export function joinByLink(admins: readonly FuzzDevice[], guests: readonly FuzzDevice[]): Joining {
  const coop = new Coop("joining");
  const [anna, ben] = [coop.add("anna"), coop.add("ben")];
  const { id } = ask<GroupInfo>(coop, (done) => anna.live.create("Coop", done));
  const people = admins.map(({ person }, at) => ({ person, label: nameOf(at) }));
  const all = [{ person: ben.person, label: "Ben" }, ...people];
  ask(coop, (done) => anna.does.add(id, all, "admin", done));
  coop.pass(5 * SECOND_MS);
  for (const { link } of ben.live.offers()) ask(coop, (done) => ben.live.join(link, done));
  const terms = { uses: guests.length + 1, role: "member", endpoints: [] } as const;
  const { link } = ask<{ link: string }>(coop, (done) => anna.does.invite(id, terms, done));
  const younger = CHECKPOINT_STEP_MIN / 2;
  for (let at = 0; at < guests.length - younger; at += BATCH) {
    come(coop, anna, link, guests.slice(at, Math.min(at + BATCH, guests.length - younger)));
  }
  // On average half of what is needed for the next checkpoint has come since the last one.
  come(coop, anna, link, guests.slice(-younger));
  return newcomer(coop, anna, link, id);
}

/** Guests join at this member's device; with the next thing it says others hear of them. */
function come(coop: Coop, at: Fellow, link: string, guests: readonly FuzzDevice[]): void {
  const { group: id, invite } = parseGroupLink(link);
  const { id: inviteId, secret } = must(invite, "the link lets people in");
  const group = at.live.find(id);
  guests.forEach((guest, place) => {
    const signature = inviteKey(suite, secret).sign(joinSigned(id, inviteId, guest.keyHex));
    const body = { t: "join", invite: inviteId, label: nameOf(place), signature } as const;
    group.accept([written(suite, group.log, guest, body).bytes], true);
  });
  ask(coop, (done) => at.does.retitle(id, "Coop", done));
  coop.pass(60 * SECOND_MS);
}

function newcomer(coop: Coop, anna: Fellow, link: string, id: string): Joining {
  const cleo = coop.add("cleo");
  const before = coop.net.writtenBytes;
  ask(coop, (done) => cleo.live.join(link, done));
  coop.pass(5 * SECOND_MS);
  const { log } = cleo.live.find(id);
  const bytes = coop.net.writtenBytes - before;
  const whole = log.ops.size - log.ops.thinOps;
  if (!cleo.live.find(id).isIn || log.digest() !== anna.live.find(id).log.digest()) {
    throw new RangeError("The newcomer does not know what the others know.");
  }
  coop.pass(HISTORY_AFTER_MS + 20 * SECOND_MS);
  if (log.ops.thinOps > 0) throw new RangeError("The history has not come.");
  const allBytes = coop.net.writtenBytes - before;
  return { members: log.members().size, ops: log.ops.size, whole, bytes, allBytes };
}

function nameOf(at: number): string {
  return `${NAMES[at % NAMES.length]} ${String.fromCharCode(65 + (at % 26))}.`;
}
