import { expect, test } from "vitest";
import type { Initiation } from "./handshake.ts";
import { UNCONFIRMED_SESSIONS_MAX } from "./limits.ts";
import type { Session } from "./session.ts";
import { SessionTable } from "./session-table.ts";

/** A table with so much of a session as it looks at. */
function setUp(sessionsMax: number) {
  const table = new SessionTable(sessionsMax);
  const ended: number[] = [];
  const make = (localIndex: number): Session => {
    const end = (): void => {
      ended.push(localIndex);
      table.remove(session);
    };
    const part: Pick<Session, "localIndex" | "die"> = { localIndex, die: end };
    const session = part as Session;
    return session;
  };
  return { table, ended, make };
}

test("handshakes count until they are over, and once", () => {
  const { table } = setUp(10);
  const initiation = { localIndex: 7 } as Initiation;
  table.addInitiation(initiation);
  expect([table.initiations, table.get(7)]).toEqual([1, initiation]);
  table.removeInitiation(initiation);
  table.removeInitiation(initiation);
  expect([table.initiations, table.get(7)]).toEqual([0, undefined]);
});

test("the oldest session that nobody has confirmed gives way to one too many", () => {
  const { table, ended, make } = setUp(10_000);
  const first = make(0);
  table.addUnconfirmed(first);
  table.confirm(first);
  for (let index = 1; index <= UNCONFIRMED_SESSIONS_MAX; index++) table.addUnconfirmed(make(index));
  expect([ended, table.unconfirmedCount]).toEqual([[], UNCONFIRMED_SESSIONS_MAX]);
  table.addUnconfirmed(make(UNCONFIRMED_SESSIONS_MAX + 1));
  expect([ended, table.unconfirmedCount]).toEqual([[1], UNCONFIRMED_SESSIONS_MAX]);
  expect([table.get(0), table.get(1)]).toEqual([first, undefined]);
});
