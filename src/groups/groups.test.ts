import { describe, expect, test } from "vitest";
import { Coop, type Fellow } from "../../test/support/coop.ts";
import { LEASE_MS } from "./limits.ts";
import type { GroupInfo } from "./types.ts";

const SECOND_MS = 1_000;
const DAY_MS = 24 * 3_600_000;

/** Founds a group; its id. */
function found(coop: Coop, by: Fellow, title = "Coop"): string {
  const info = coop.ask<GroupInfo>((done) => by.live.create(title, done));
  if (typeof info === "string") throw new RangeError(info);
  return info.id;
}

function inviteLink(coop: Coop, by: Fellow, id: string, uses = 5): string {
  const made = coop.ask<{ link: string }>((done) =>
    by.does.invite(id, { uses, role: "member", endpoints: ["tcp://192.0.2.1:4711"] }, done),
  );
  if (typeof made === "string") throw new RangeError(made);
  return made.link;
}

function join(coop: Coop, who: Fellow, link: string): string {
  const info = coop.ask<GroupInfo>((done) => who.live.join(link, done));
  return typeof info === "string" ? info : info.state;
}

const role = (at: Fellow, id: string, of: Fellow): string =>
  at.live.info(id).members.find(({ person }) => person === of.person)?.role ?? "out";
const digest = (at: Fellow, id: string): string => at.live.find(id).log.digest();

/** Anna founds, Ben is an admin, Cleo and Dora came by invite. */
function village(seed: number): {
  coop: Coop;
  id: string;
  anna: Fellow;
  ben: Fellow;
  cleo: Fellow;
  dora: Fellow;
} {
  const coop = new Coop(seed);
  const [anna, ben, cleo, dora] = ["anna", "ben", "cleo", "dora"].map((name) => coop.add(name)) as [
    ...[Fellow, Fellow, Fellow, Fellow],
  ];
  const id = found(coop, anna);
  coop.ask((done) => anna.does.add(id, [{ person: ben.person, label: "ben" }], "admin", done));
  coop.pass(SECOND_MS);
  const [offer] = ben.live.offers();
  join(coop, ben, offer?.link ?? "");
  const link = inviteLink(coop, anna, id);
  for (const guest of [cleo, dora]) join(coop, guest, link);
  coop.pass(5 * SECOND_MS);
  return { coop, id, anna, ben, cleo, dora };
}

describe("a group among peers", () => {
  test("who was added is told, who has a link comes in, and all have the same", () => {
    const { id, anna, ben, cleo, dora } = village(1);
    for (const peer of [anna, ben, cleo, dora]) {
      expect(peer.live.info(id)).toMatchObject({ label: "coop", title: "Coop", state: "in" });
      expect(digest(peer, id)).toBe(digest(anna, id));
    }
    expect([anna, ben, cleo].map((of) => role(dora, id, of))).toEqual(["owner", "admin", "member"]);
    expect(anna.live.info(id).ownership).toMatchObject({ quorum: 1, heirs: [ben.person] });
  });

  test("whoever was added and has not said yes removes nobody by refusing", () => {
    const { coop, id, anna, ben } = village(20);
    const evan = coop.add("evan");
    coop.ask((done) => anna.does.add(id, [{ person: evan.person, label: "evan" }], "member", done));
    coop.pass(200 * SECOND_MS);
    expect(evan.live.offers()).toHaveLength(1);
    expect([anna, ben].map((of) => of.live.info(id).refusals)).toEqual([0, 0]);
    // Nor where nobody else is in reach.
    coop.split([anna, evan], [ben]);
    coop.pass(200 * SECOND_MS);
    expect(anna.live.info(id).refusals).toBe(0);
  });

  test("owners are called by the names by which they came in, also without who added them", () => {
    const { coop, id, anna, ben, cleo, dora } = village(21);
    coop.ask((done) => anna.does.role(id, cleo.person, "admin", done));
    coop.pass(5 * SECOND_MS);
    const shown = (at: Fellow) =>
      at.live.info(id).members.map(({ role: part, label }) => `${part} ${label}`);
    const all = ["owner anna", "owner ben", "owner cleo", "member dora"];
    for (const at of [anna, ben, cleo, dora]) expect(shown(at)).toEqual(all);
    for (const at of [ben, cleo]) {
      coop.ask((done) => at.does.proposeRemoval(id, [anna.person], done));
      coop.pass(5 * SECOND_MS);
    }
    for (const at of [ben, cleo, dora]) expect(shown(at)).toEqual(all.slice(1));
  });

  test("an invite works as long as any member is in reach, also without its maker", () => {
    const { coop, id, anna, ben, cleo, dora } = village(2);
    const link = inviteLink(coop, anna, id);
    coop.pass(SECOND_MS);
    coop.crash(anna, 0);
    const evan = coop.add("evan");
    coop.split([evan], [ben, dora]);
    expect(join(coop, evan, link)).toBe("joining");
    coop.pass(5 * SECOND_MS);
    expect(evan.live.info(id).state).toBe("in");
    expect(role(ben, id, evan)).toBe("member");
    expect(role(cleo, id, evan)).toBe("member");
  });

  test("expired and used up invites, and no links, let nobody in", () => {
    const { coop, id, anna } = village(3);
    const once = inviteLink(coop, anna, id, 1);
    const late = inviteLink(coop, anna, id);
    const [evan, finn] = [coop.add("evan"), coop.add("finn")];
    join(coop, evan, once);
    coop.pass(5 * SECOND_MS);
    join(coop, finn, once);
    coop.pass(5 * SECOND_MS);
    expect([evan, finn].map((of) => role(anna, id, of))).toEqual(["member", "out"]);
    expect(finn.live.info(id).state).toBe("joining");
    coop.jump(8);
    join(coop, finn, late);
    coop.pass(5 * SECOND_MS);
    expect(role(anna, id, finn)).toBe("out");
    expect(join(coop, finn, "peernet:group/nonsense")).toBe("bad-link");
    expect(join(coop, evan, inviteLink(coop, anna, id))).toBe("exists");
    // A new link takes the place of the one that did not work.
    join(coop, finn, inviteLink(coop, anna, id));
    coop.pass(10 * SECOND_MS);
    expect(finn.live.info(id).state).toBe("in");
  });

  test("two parts go on by themselves and say the same after they meet", () => {
    const { coop, id, anna, ben, cleo, dora } = village(4);
    const [evan, finn] = [coop.add("evan"), coop.add("finn")];
    coop.split([anna, cleo, evan], [ben, dora, finn]);
    coop.ask((done) => anna.does.remove(id, [ben.person], done));
    coop.ask((done) => ben.does.add(id, [{ person: finn.person, label: "finn" }], "member", done));
    coop.ask((done) => ben.does.remove(id, [cleo.person], done));
    coop.pass(20 * SECOND_MS);
    expect([role(dora, id, cleo), role(anna, id, cleo)]).toEqual(["out", "member"]);
    coop.merge();
    coop.pass(60 * SECOND_MS);
    for (const at of [anna, cleo, dora]) {
      expect([ben, cleo, dora, finn].map((of) => role(at, id, of))).toEqual([
        ...["out", "member", "member", "out"],
      ]);
      expect(digest(at, id)).toBe(digest(anna, id));
      expect(at.live.info(id).orphans).toMatchObject([{ person: finn.person }]);
    }
  });

  test("who was removed hears nothing more, and cannot come back by what they hold", () => {
    const { coop, id, anna, ben, cleo, dora } = village(5);
    const { changes } = dora;
    coop.ask((done) => anna.does.remove(id, [dora.person], done));
    coop.pass(5 * SECOND_MS);
    const before = dora.live.info(id).ops;
    coop.ask((done) => anna.does.retitle(id, "Cooperative", done));
    coop.pass(100 * SECOND_MS);
    expect(dora.live.info(id)).toMatchObject({ ops: before, title: "Coop" });
    expect(dora.live.info(id).refusals).toBeGreaterThan(0);
    // The room above hears of it once: nothing else would show that something has happened.
    expect(dora.changes).toBe(changes + 1);
    expect(cleo.live.info(id).title).toBe("Cooperative");
    expect(ben.live.find(id).isLive(dora.person)).toBe(false);
  });

  test("everything is there after a restart, and a crash loses nothing that was answered", () => {
    const { coop, id, anna, ben, cleo } = village(6);
    coop.ask((done) => anna.does.name(id, "printer", { t: "device", id: cleo.identity.id }, done));
    const before = digest(anna, id);
    coop.crash(anna, 0);
    coop.start(anna);
    coop.pass(SECOND_MS);
    expect(digest(anna, id)).toBe(before);
    expect(anna.live.info(id).names).toMatchObject([{ label: "printer" }]);
    expect(anna.live.info(id).members.every(({ isLive }) => isLive)).toBe(true);
    coop.restart(ben);
    coop.pass(5 * SECOND_MS);
    expect(digest(ben, id)).toBe(before);
  });

  test("a crash at any moment of saying something makes no second story of it", () => {
    for (let steps = 0; steps < 12; steps++) {
      const { coop, id, anna, ben } = village(20 + steps);
      let answered = "";
      anna.does.retitle(id, "First", (error) => {
        answered = error?.code ?? "done";
      });
      for (let step = 0; step < steps; step++) coop.step();
      coop.crash(anna, steps % 3);
      coop.start(anna);
      coop.pass(SECOND_MS);
      if (answered === "done") expect(anna.live.info(id).title).toBe("First");
      const said = coop.ask((done) => anna.does.retitle(id, "Second", done));
      expect(typeof said).toBe("object");
      coop.pass(5 * SECOND_MS);
      expect(ben.live.info(id)).toMatchObject({ title: "Second", forked: [] });
      expect(digest(ben, id)).toBe(digest(anna, id));
    }
  });

  test("who leaves, lets go and comes back by a new link does not seem to tell two stories", () => {
    const { coop, id, anna, dora } = village(7);
    coop.ask((done) => dora.does.leave(id, done));
    coop.pass(SECOND_MS);
    expect(role(anna, id, dora)).toBe("out");
    coop.ask((done) => dora.live.forget(id, (error) => done(error, undefined)));
    coop.restart(dora);
    expect(dora.live.list()).toEqual([]);
    expect(join(coop, dora, inviteLink(coop, anna, id))).toBe("joining");
    coop.pass(10 * SECOND_MS);
    expect(dora.live.info(id).state).toBe("in");
    expect(anna.live.info(id).forked).toEqual([]);
  });

  test("letting go while something is being said stops nothing behind it", () => {
    const { coop, id, dora } = village(14);
    let said = "silent";
    dora.does.leave(id, (error) => {
      said = error?.code ?? "done";
    });
    dora.live.forget(id, () => undefined);
    expect(coop.ask<GroupInfo>((done) => dora.live.create("Other", done))).toMatchObject({
      state: "in",
    });
    expect(said).toBe("done");
    expect(dora.live.list().map(({ title }) => title)).toEqual(["Other"]);
  });

  test("a crash at any moment of letting go leaves nothing that mixes with what comes later", () => {
    for (let effects = 0; effects < 4; effects++) {
      const { coop, id, anna, ben, cleo, dora } = village(40 + effects);
      const link = inviteLink(coop, anna, id);
      coop.ask((done) => dora.does.leave(id, done));
      coop.pass(SECOND_MS);
      dora.live.forget(id, () => undefined);
      coop.crash(dora, effects);
      coop.start(dora);
      coop.split([dora], [anna, ben, cleo]);
      coop.pass(SECOND_MS);
      const isGone = dora.live.list().length === 0;
      join(coop, dora, link);
      coop.restart(dora);
      if (isGone) expect({ effects, ops: dora.live.info(id).ops }).toEqual({ effects, ops: 0 });
      coop.merge();
      coop.pass(20 * SECOND_MS);
      expect({ effects, state: dora.live.info(id).state }).toEqual({ effects, state: "in" });
      expect(digest(dora, id)).toBe(digest(anna, id));
      expect(anna.live.info(id).forked).toEqual([]);
    }
  });

  test("a disk that is full while letting go leaves the group as it was", () => {
    const { coop, id, anna, dora } = village(15);
    coop.ask((done) => dora.does.leave(id, done));
    coop.pass(SECOND_MS);
    dora.disk.full = true;
    expect(coop.ask((done) => dora.live.forget(id, (error) => done(error, undefined)))).toBe(
      "disk-full",
    );
    dora.disk.full = false;
    expect(dora.live.info(id).state).toBe("out");
    join(coop, dora, inviteLink(coop, anna, id));
    coop.pass(10 * SECOND_MS);
    coop.restart(dora);
    expect(digest(dora, id)).toBe(digest(anna, id));
  });

  test("who is removed and let in again hears of it without doing anything", () => {
    const { coop, id, anna, dora } = village(12);
    coop.ask((done) => anna.does.remove(id, [dora.person], done));
    coop.pass(5 * SECOND_MS);
    coop.ask((done) => anna.does.add(id, [{ person: dora.person, label: "dora" }], "member", done));
    coop.pass(5 * SECOND_MS);
    expect(digest(dora, id)).toBe(digest(anna, id));
    expect(dora.live.info(id).state).toBe("in");
  });

  test("another device of a member is in by itself", () => {
    const { coop, id, anna, ben, cleo } = village(13);
    const phone = coop.add("cleo's phone", "cleo");
    coop.pass(20 * SECOND_MS);
    expect(phone.person).toBe(cleo.person);
    expect(phone.live.info(id).state).toBe("in");
    coop.ask((done) => phone.does.leave(id, done));
    coop.pass(5 * SECOND_MS);
    expect([anna, ben].map((at) => role(at, id, cleo))).toEqual(["out", "out"]);
  });

  test("a member in another part's removal ages out: at the latest when the lease ends", () => {
    const { coop, id, anna, ben, cleo, dora } = village(8);
    coop.split([anna, ben], [cleo, dora]);
    coop.ask((done) => anna.does.remove(id, [dora.person], done));
    coop.jump(LEASE_MS / DAY_MS - 1);
    expect(cleo.live.find(id).isLive(dora.person)).toBe(true);
    coop.jump(2);
    expect(cleo.live.find(id).isLive(dora.person)).toBe(false);
    expect(cleo.live.info(id).members.find(({ person }) => person === dora.person)).toMatchObject({
      role: "member",
      isLive: false,
    });
    coop.merge();
    coop.pass(100 * SECOND_MS);
    expect(role(cleo, id, dora)).toBe("out");
    expect(cleo.live.find(id).isLive(ben.person)).toBe(true);
  });
});

describe("a clock that is wrong for a while", () => {
  const TEN_YEARS_MS = 3_653 * DAY_MS;

  test("ten years ahead: words given then do not count once it is right, new ones do", () => {
    const { coop, id, anna, ben, cleo, dora } = village(16);
    coop.clock.setWallMs(coop.clock.wallMs() + TEN_YEARS_MS);
    coop.pass(1_300 * SECOND_MS);
    expect(cleo.live.find(id).isLive(dora.person)).toBe(true);
    coop.split([anna, ben], [cleo, dora]);
    coop.clock.setWallMs(coop.clock.wallMs() - TEN_YEARS_MS);
    coop.ask((done) => anna.does.remove(id, [dora.person], done));
    coop.pass(1_300 * SECOND_MS);
    // Nobody who vouches is in reach of Cleo, and what they said is of a time that has not come.
    expect(cleo.live.find(id).isLive(dora.person)).toBe(false);
    coop.merge();
    coop.pass(100 * SECOND_MS);
    expect(cleo.live.find(id).isLive(ben.person)).toBe(true);
    expect(role(cleo, id, dora)).toBe("out");
  });

  test("ten years behind: nobody is believed to be a member, and all are once it is right", () => {
    const { coop, id, cleo, dora } = village(17);
    coop.clock.setWallMs(coop.clock.wallMs() - TEN_YEARS_MS);
    expect(cleo.live.find(id).isLive(dora.person)).toBe(false);
    coop.clock.setWallMs(coop.clock.wallMs() + TEN_YEARS_MS);
    expect(cleo.live.find(id).isLive(dora.person)).toBe(true);
  });
});

describe("what members may say", () => {
  test("admins act, members do not, juniors not against seniors, nobody alone against owners", () => {
    const { coop, id, anna, ben, cleo, dora } = village(9);
    const ask = (make: (done: (error: { code: string } | null, value: unknown) => void) => void) =>
      coop.ask<unknown>(make);
    expect(ask((done) => cleo.does.remove(id, [dora.person], done))).toBe("not-allowed");
    expect(ask((done) => ben.does.remove(id, [anna.person], done))).toBe("not-allowed");
    expect(ask((done) => ben.does.remove(id, ["00".repeat(16)], done))).toBe("unknown-person");
    expect(ask((done) => anna.does.name(id, "Bad Name", undefined, done))).toBe("bad-name");
    expect(ask((done) => anna.does.remove("nowhere", [], done))).toBe("not-found");
    expect(ask((done) => ben.does.takeOver(id, done))).toBe("not-allowed");
    ask((done) => anna.does.role(id, cleo.person, "admin", done));
    coop.pass(5 * SECOND_MS);
    expect(ask((done) => ben.does.remove(id, [cleo.person], done))).toBe("not-allowed");
  });

  test("the first two admins become owners, two of three; then two remove the founder", () => {
    const { coop, id, anna, ben, cleo, dora } = village(10);
    coop.ask((done) => anna.does.role(id, cleo.person, "admin", done));
    coop.pass(5 * SECOND_MS);
    expect(dora.live.info(id).ownership).toMatchObject({
      owners: [anna.person, ben.person, cleo.person],
      quorum: 2,
      heirs: [],
    });
    const first = coop.ask((done) => ben.does.proposeRemoval(id, [anna.person], done));
    expect(first).toMatchObject({ votes: 1, needed: 2, isTaken: false });
    coop.pass(5 * SECOND_MS);
    const [proposal] = cleo.live.info(id).proposals;
    const second = coop.ask((done) => cleo.does.agree(id, proposal?.id ?? "", done));
    expect(second).toMatchObject({ isTaken: true });
    coop.pass(5 * SECOND_MS);
    expect([anna, ben, cleo].map((of) => role(dora, id, of))).toEqual(["out", "owner", "owner"]);
  });

  test("heirs take over after 90 days of silence, and not before", () => {
    const { coop, id, anna, ben, cleo } = village(11);
    coop.crash(anna, 0);
    coop.jump(89);
    expect(coop.ask((done) => ben.does.takeOver(id, done))).toBe("not-allowed");
    coop.jump(2);
    expect(coop.ask((done) => ben.does.takeOver(id, done))).toMatchObject({ isTaken: true });
    coop.pass(100 * SECOND_MS);
    expect([role(cleo, id, ben), role(cleo, id, anna)]).toEqual(["owner", "admin"]);
  });
});
