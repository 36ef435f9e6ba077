import { describe, expect, test } from "vitest";
import { Coop, type Fellow } from "../../../test/support/coop.ts";
import type { GroupInfo } from "../types.ts";
import { CHECKPOINT_OPS_MIN, HISTORY_AFTER_MS } from "./limits.ts";

const SECOND_MS = 1_000;

function found(coop: Coop, by: Fellow): string {
  const info = coop.ask<GroupInfo>((done) => by.live.create("Coop", done));
  if (typeof info === "string") throw new RangeError(info);
  return info.id;
}

/** So many operations that owners sign checkpoints. */
function grow(coop: Coop, by: Fellow, id: string, count: number = CHECKPOINT_OPS_MIN): void {
  for (let step = 0; step < count; step++) {
    const target = { t: "person", id: by.person } as const;
    coop.ask((done) => by.does.name(id, `name-${step % 9}`, target, done));
  }
}

function invite(coop: Coop, by: Fellow, id: string): string {
  const made = coop.ask<{ link: string }>((done) =>
    by.does.invite(id, { uses: 5, role: "member", endpoints: [] }, done),
  );
  if (typeof made === "string") throw new RangeError(made);
  return made.link;
}

function join(coop: Coop, who: Fellow, link: string): void {
  coop.ask<GroupInfo>((done) => who.live.join(link, done));
}

const log = (at: Fellow, id: string) => at.live.find(id).log;

/** Anna's group, in which Ben came by a link before the first checkpoint; and a link for others. */
function village(seed: number): {
  coop: Coop;
  id: string;
  link: string;
  anna: Fellow;
  ben: Fellow;
} {
  const coop = new Coop(seed);
  const [anna, ben] = [coop.add("anna"), coop.add("ben")];
  const id = found(coop, anna);
  join(coop, ben, invite(coop, anna, id));
  coop.pass(5 * SECOND_MS);
  const link = invite(coop, anna, id);
  grow(coop, anna, id);
  coop.pass(5 * SECOND_MS);
  return { coop, id, link, anna, ben };
}

describe("a newcomer to a group with checkpoints", () => {
  test("takes part before the history is there, says the same as all, and gets it later", () => {
    const { coop, id, link, anna } = village(1);
    const cleo = coop.add("cleo");
    join(coop, cleo, link);
    coop.pass(3 * SECOND_MS);
    expect(cleo.live.info(id).state).toBe("in");
    expect(log(cleo, id).ops.thinOps).toBeGreaterThan(CHECKPOINT_OPS_MIN / 2);
    expect(log(cleo, id).digest()).toBe(log(anna, id).digest());
    coop.pass(HISTORY_AFTER_MS + 5 * SECOND_MS);
    expect(log(cleo, id).ops.thinOps).toBe(0);
    expect(log(cleo, id).freshDigest()).toBe(log(anna, id).digest());
    coop.restart(cleo);
    expect(log(cleo, id).digest()).toBe(log(anna, id).digest());
  });

  test("knows as much after a restart in between, and can say something", () => {
    const { coop, id, link, anna } = village(2);
    const cleo = coop.add("cleo");
    join(coop, cleo, link);
    coop.pass(3 * SECOND_MS);
    coop.split([cleo], [anna]);
    coop.ask((done) => cleo.does.leave(id, done));
    coop.restart(cleo);
    expect(cleo.live.info(id).state).toBe("out");
    expect(log(cleo, id).ops.thinOps).toBeGreaterThan(0);
    coop.merge();
    coop.pass(60 * SECOND_MS);
    expect(log(anna, id).members().has(cleo.person)).toBe(false);
    expect(log(anna, id).digest()).toBe(log(cleo, id).digest());
  });

  test("gets it from one who has no more than a checkpoint either", () => {
    const { coop, id, link, anna, ben } = village(3);
    const cleo = coop.add("cleo");
    join(coop, cleo, link);
    coop.pass(3 * SECOND_MS);
    const dora = coop.add("dora");
    coop.split([dora, cleo], [anna, ben]);
    join(coop, dora, link);
    coop.pass(3 * SECOND_MS);
    expect(dora.live.info(id).state).toBe("in");
    expect(log(dora, id).ops.thinOps).toBeGreaterThan(0);
    coop.merge();
    coop.pass(700 * SECOND_MS);
    expect(log(dora, id).ops.thinOps).toBe(0);
    expect(log(dora, id).digest()).toBe(log(anna, id).digest());
  });
});
