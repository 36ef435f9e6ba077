import { expect, test } from "vitest";
import { Coop } from "../../test/support/coop.ts";
import type { GroupInfo } from "./types.ts";

const SECOND_MS = 1_000;

test("who was refused for long by a link and is added by name is in at once", () => {
  const coop = new Coop(22);
  const [anna, evan, finn] = [coop.add("anna"), coop.add("evan"), coop.add("finn")];
  const founded = coop.ask<GroupInfo>((done) => anna.live.create("Coop", done));
  const id = typeof founded === "string" ? founded : founded.id;
  const once = { uses: 1, role: "member", endpoints: ["tcp://192.0.2.1:4711"] } as const;
  const made = coop.ask<{ link: string }>((done) => anna.does.invite(id, once, done));
  const link = typeof made === "string" ? made : made.link;
  coop.ask<GroupInfo>((done) => evan.live.join(link, done));
  coop.pass(5 * SECOND_MS);
  coop.split([anna, finn], [evan]);
  coop.ask<GroupInfo>((done) => finn.live.join(link, done));
  coop.pass(1_000 * SECOND_MS);
  expect(finn.live.info(id).state).toBe("joining");
  coop.ask((done) => anna.does.add(id, [{ person: finn.person, label: "finn" }], "member", done));
  coop.pass(5 * SECOND_MS);
  expect(finn.live.info(id).state).toBe("in");
});
