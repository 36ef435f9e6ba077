import { expect, test } from "vitest";
import { Coop } from "../../test/support/coop.ts";
import { suite } from "../../test/support/hamlet.ts";
import { NO_BYTES } from "../base/bytes.ts";
import { contextOf } from "./context.fixture.ts";
import { Group } from "./group.ts";
import { signOp } from "./log/index.ts";
import { proofOf } from "./proof.ts";
import type { GroupInfo } from "./types.ts";

test("who was removed cannot fill the log: what does not count leaves room for what does", () => {
  const coop = new Coop(1);
  const [anna, ben, dora, evan] = ["anna", "ben", "dora", "evan"].map((name) => coop.add(name));
  if (anna === undefined || ben === undefined || dora === undefined || evan === undefined) return;
  const { id } = coop.ask<GroupInfo>((done) => anna.live.create("Coop", done)) as GroupInfo;
  const add = (of: typeof anna, role: "member" | "admin"): unknown =>
    coop.ask((done) => anna.does.add(id, [{ person: of.person, label: "m" }], role, done));
  add(ben, "member");
  add(dora, "admin");
  const grant = anna.live.find(id).log.ops.heads()[0] ?? "";
  coop.ask((done) => anna.does.remove(id, [dora.person], done));
  const full = anna.live.find(id);
  const context = { ...contextOf(coop, ben), voidOpsMax: 7 };
  const group = new Group(context, full.record);
  group.accept(group.log.ops.size === 0 ? full.proof() : [], true);
  let last = grant;
  const before = group.log.ops.size;
  for (let seq = 1; seq <= 9; seq++) {
    const proof = seq === 1 ? proofOf(dora.identity.certificate) : NO_BYTES;
    const terms = { group: id, seq, deps: [last], proof, body: { t: "epoch" } as const };
    const op = signOp(suite, dora.identity.signKey, terms);
    last = op.id;
    const { fresh, refusal } = group.accept([op.bytes], true);
    expect([fresh.length, refusal]).toEqual([seq <= 7 ? 1 : 0, undefined]);
  }
  expect(group.log.voidOps()).toBe(7);
  // The rest of the group goes on: an admin adds somebody, whoever has an invite comes in.
  const terms = { uses: 1, role: "member", endpoints: [] } as const;
  const made = coop.ask<{ link: string }>((done) => anna.does.invite(id, terms, done));
  coop.ask((done) => evan.live.join((made as { link: string }).link, done));
  coop.pass(5_000);
  group.accept(full.proof(), true);
  expect(group.log.ops.size).toBe(before + 7 + 2);
  expect(group.log.members().has(evan.person)).toBe(true);
});
