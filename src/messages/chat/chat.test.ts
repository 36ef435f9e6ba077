import { describe, expect, test } from "vitest";
import type { Fellow } from "../../../test/support/coop.ts";
import type { GroupMessage } from "./types.ts";
import { join, list, say, texts, village } from "./village.fixture.ts";

const DAY_MS = 24 * 3_600_000;

describe("a group's chat", () => {
  test("what one writes is read by all others, once, and the writer learns who has it", () => {
    const { coop, id, all } = village(1, ["anna", "ben", "cleo", "dora"]);
    const [anna, ben, cleo, dora] = all as [Fellow, Fellow, Fellow, Fellow];
    const sent = say(coop, id, anna, "Bread is ready");
    expect(sent).toMatchObject({ state: "waiting", memberCount: 3, direction: "out" });
    coop.pass(5_000);
    for (const reader of [ben, cleo, dora]) {
      expect(reader.heard.map(({ text, author, state }) => [text, author, state])).toEqual([
        ["Bread is ready", anna.person, "unread"],
      ]);
    }
    expect(anna.states.at(-1)).toMatchObject({ id: sent.id, state: "everybody" });
    expect([...(anna.states.at(-1)?.deliveredTo ?? [])].sort()).toEqual(
      [ben, cleo, dora].map(({ person }) => person).sort(),
    );
    const answered = say(coop, id, ben, { text: "Coming", replyTo: ben.heard[0]?.id });
    coop.pass(5_000);
    expect(answered.replyTo).toBe(ben.heard[0]?.id);
    expect(list(coop, id, anna).at(-1)).toMatchObject({ text: "Coming", replyTo: sent.id });
    expect(cleo.chats.unreadCount(id)).toBe(2);
    coop.ask((done) => cleo.chats.markRead(id, (error) => done(error, 1)));
    expect([cleo.chats.unreadCount(id), cleo.chats.unreadCount()]).toEqual([0, 0]);
  });

  test("a page ends before a message or begins after one; neither is in it", () => {
    const { coop, id, all } = village(11, ["Anna", "Ben"]);
    const [anna] = all as [Fellow, Fellow];
    const ids = Array.from({ length: 7 }, (_, at) => say(coop, id, anna, `number ${at}`).id);
    const page = (query: { afterId?: string | undefined; beforeId?: string; limit: number }) =>
      coop.ask<readonly GroupMessage[]>((done) => anna.chats.list(id, query, done));
    const numbers = (query: Parameters<typeof page>[0]): string =>
      texts(page(query) as readonly GroupMessage[])
        .join()
        .replaceAll("number ", "");
    expect(numbers({ limit: 2 })).toBe("5,6");
    expect(numbers({ beforeId: ids[5] ?? "", limit: 2 })).toBe("3,4");
    expect(numbers({ beforeId: ids[1] ?? "", limit: 2 })).toBe("0");
    expect(numbers({ beforeId: ids[0] ?? "", limit: 2 })).toBe("");
    expect(numbers({ afterId: ids[1], beforeId: ids[3] ?? "", limit: 5 })).toBe("2");
    expect(numbers({ afterId: ids[1], limit: 2 })).toBe("2,3");
  });

  test("who was away gets all of it from whoever is there, in order", () => {
    const { coop, id, all } = village(2, ["anna", "ben", "cleo"]);
    const [anna, ben, cleo] = all as [Fellow, Fellow, Fellow];
    coop.split([anna, ben], [cleo]);
    const numbers = Array.from({ length: 70 }, (_, at) => `${at}`);
    for (const text of numbers) say(coop, id, anna, text);
    coop.pass(5_000);
    expect(texts(ben.heard)).toEqual(numbers);
    // Anna goes; Cleo meets Ben alone.
    coop.crash(anna, Number.MAX_SAFE_INTEGER);
    coop.merge();
    coop.pass(5_000);
    expect(texts(cleo.heard)).toEqual(numbers);
    coop.start(anna);
    coop.pass(DAY_MS / 24);
    expect(texts(ben.heard)).toEqual(numbers);
    expect(list(coop, id, anna).map(({ state }) => state)).toEqual(numbers.map(() => "everybody"));
  });

  test("parts of the group that wrote apart have all of it after they have met", () => {
    const { coop, id, all } = village(3, ["anna", "ben", "cleo", "dora"]);
    const [anna, ben, cleo, dora] = all as [Fellow, Fellow, Fellow, Fellow];
    coop.split([anna, ben], [cleo, dora]);
    for (const text of ["a1", "a2"]) say(coop, id, anna, text);
    for (const text of ["c1", "c2"]) say(coop, id, cleo, text);
    coop.pass(5_000);
    say(coop, id, ben, "b1");
    coop.pass(5_000);
    coop.merge();
    coop.pass(10_000);
    for (const one of all) {
      const found = texts(list(coop, id, one));
      expect([...found].sort()).toEqual(["a1", "a2", "b1", "c1", "c2"]);
      expect(found.filter((text) => text.startsWith("a"))).toEqual(["a1", "a2"]);
      expect(found.filter((text) => text.startsWith("c"))).toEqual(["c1", "c2"]);
    }
    expect(dora.heard).toHaveLength(5);
  });

  test("own other devices read what this one wrote, and count for nobody", () => {
    const { coop, id, all } = village(4, ["anna", "ben"]);
    const [anna, ben] = all as [Fellow, Fellow];
    const phone = coop.add("phone", "anna");
    coop.pass(1_000);
    coop.ask((done) => phone.live.join(anna.live.link(id, []), done));
    coop.pass(5_000);
    say(coop, id, anna, "Hello");
    coop.pass(5_000);
    expect(phone.heard).toMatchObject([{ text: "Hello", direction: "out", state: "sent" }]);
    expect(phone.chats.unreadCount()).toBe(0);
    expect(list(coop, id, anna)).toMatchObject([{ state: "everybody", deliveredTo: [ben.person] }]);
    say(coop, id, phone, "From the phone");
    coop.pass(5_000);
    expect(ben.heard.at(-1)).toMatchObject({ text: "From the phone", author: anna.person });
  });
});

describe("who may read", () => {
  test("who comes later reads from then on; a member whose device came into sight late reads all", () => {
    const { coop, id, all } = village(5, ["anna", "ben"]);
    const [anna, ben] = all as [Fellow, Fellow];
    coop.split([anna], [ben]);
    say(coop, id, anna, "before");
    const tablet = coop.add("tablet", "ben");
    coop.part(tablet, ben);
    const cleo = coop.add("cleo");
    coop.part(cleo, ben);
    coop.ask((done) => tablet.live.join(anna.live.link(id, []), done));
    join(coop, id, anna, cleo);
    coop.pass(5_000);
    expect(texts(tablet.heard)).toEqual(["before"]);
    say(coop, id, anna, "after");
    coop.pass(5_000);
    expect(texts(cleo.heard)).toEqual(["after"]);
    expect(texts(tablet.heard)).toEqual(["before", "after"]);
    coop.merge();
    coop.pass(5_000);
    expect(texts(ben.heard)).toEqual(["before", "after"]);
    expect(texts(cleo.heard)).toEqual(["after"]);
    const [first, second] = list(coop, id, anna);
    expect(first).toMatchObject({ state: "everybody", deliveredTo: [ben.person], memberCount: 1 });
    expect(second).toMatchObject({ state: "everybody", memberCount: 2 });
  });

  test("who was removed reads nothing that was written by those who know", () => {
    const { coop, id, all } = village(6, ["anna", "ben", "cleo"]);
    const [anna, ben, cleo] = all as [Fellow, Fellow, Fellow];
    say(coop, id, anna, "for all");
    coop.pass(5_000);
    // Ben does not hear of the removal, and hands on to Cleo what Anna writes.
    coop.part(anna, cleo);
    coop.part(anna, ben);
    coop.ask((done) => anna.does.remove(id, [cleo.person], done));
    say(coop, id, anna, "secret");
    coop.pass(1_000);
    // She has got hold of what Anna's disk holds of it, sealed: it is of no use to her.
    for (const [key, value] of anna.disk.kept) {
      if (/^messages\/chat\/(e|r\/f)\//.test(key)) cleo.disk.kept.set(key, value);
    }
    coop.restart(cleo);
    coop.pass(60_000);
    expect(texts(list(coop, id, cleo))).toEqual(["for all"]);
    coop.merge();
    coop.pass(5_000);
    expect(texts(ben.heard)).toEqual(["for all", "secret"]);
    expect(texts(cleo.heard)).toEqual(["for all"]);
    // What she writes from now on is not taken, and what she had is hers.
    say(coop, id, cleo, "still here");
    coop.pass(60_000);
    expect([...texts(anna.heard), ...texts(ben.heard)]).not.toContain("still here");
    expect(list(coop, id, cleo).at(-1)).toMatchObject({ state: "waiting" });
  });

  test("a device that was revoked gets no key of what is written afterwards", () => {
    const { coop, id, all } = village(7, ["anna", "ben"]);
    const [anna, ben] = all as [Fellow, Fellow];
    say(coop, id, anna, "one");
    coop.pass(5_000);
    coop.revoked.add(ben.identity.id);
    say(coop, id, anna, "two");
    coop.pass(5_000);
    expect(texts(ben.heard)).toEqual(["one"]);
    expect(list(coop, id, anna).at(-1)).toMatchObject({ state: "waiting" });
  });
});

describe("what is read of a group on one device", () => {
  test("is read on the other, also where the message comes later than the word of it", () => {
    const { coop, id, all } = village(31, ["anna", "ben"]);
    const [anna, ben] = all as [Fellow, Fellow];
    const phone = coop.add("phone", "ben");
    coop.pass(1_000);
    coop.ask((done) => phone.live.join(ben.live.link(id, []), done));
    coop.pass(5_000);
    const read = (on: Fellow): unknown =>
      coop.ask((done) => on.chats.markRead(id, (error) => done(error, 1)));
    const unread = (): number[] => [ben, phone].map((one) => one.chats.unreadCount(id));
    say(coop, id, anna, "one");
    coop.pass(5_000);
    expect(unread()).toEqual([1, 1]);
    read(ben);
    coop.pass(5_000);
    expect(unread()).toEqual([0, 0]);
    expect(phone.states.at(-1)).toMatchObject({ text: "one", state: "read" });
    // The phone hears of the second message before anybody hands it over.
    coop.part(phone, anna);
    coop.part(phone, ben);
    say(coop, id, anna, "two");
    coop.pass(5_000);
    read(ben);
    const marks = (one: Fellow): number =>
      [...one.disk.kept.keys()].filter((key) => key.startsWith("messages/r/")).length;
    coop.merge();
    coop.pass(10_000);
    expect(unread()).toEqual([0, 0]);
    expect([ben, phone].map(marks)).toEqual([0, 0]);
  });
});
