import { Coop, type Fellow } from "../../../test/support/coop.ts";
import type { Words } from "../body.ts";
import type { GroupMessage } from "./types.ts";

/** A group that the first of them founded, and of which all are members. */
export function village(
  seed: number,
  names: readonly string[],
): { coop: Coop; id: string; all: Fellow[] } {
  const coop = new Coop(seed, true);
  const all = names.map((name) => coop.add(name));
  const [founder, ...others] = all as [Fellow, ...Fellow[]];
  const made = coop.ask<{ id: string }>((done) => founder.live.create("Coop", done));
  const { id } = made as { id: string };
  for (const other of others) join(coop, id, founder, other);
  coop.pass(5_000);
  return { coop, id, all };
}

/** Somebody comes in by an invite of another. */
export function join(coop: Coop, id: string, host: Fellow, guest: Fellow): void {
  const terms = { uses: 1, role: "member" as const, endpoints: [] };
  const made = coop.ask<{ link: string }>((done) => host.does.invite(id, terms, done));
  coop.ask((done) => guest.live.join((made as { link: string }).link, done));
  coop.pass(2_000);
}

/** Writes, and waits until it is on disk. */
export function say(coop: Coop, id: string, from: Fellow, said: string | Words): GroupMessage {
  const words = typeof said === "string" ? { text: said } : said;
  const sent = coop.ask<GroupMessage>((done) => from.chats.send(id, words, done));
  if (typeof sent === "string") throw new RangeError(sent);
  return sent;
}

/** All messages that a device has of a group. */
export function list(coop: Coop, id: string, of: Fellow): readonly GroupMessage[] {
  const found = coop.ask<readonly GroupMessage[]>((done) =>
    of.chats.list(id, { limit: 500 }, done),
  );
  return found as readonly GroupMessage[];
}

/** What messages say. */
export const texts = (messages: readonly GroupMessage[]): string[] =>
  messages.map(({ text }) => text);
