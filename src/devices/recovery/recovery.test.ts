import { describe, expect, test } from "vitest";
import { Household, suite } from "../../../test/support/household.ts";
import { must } from "../../base/errors.ts";
import { makeLocalIdentity, personIdOf } from "../../identity/index.ts";
import { SILENT_LOG } from "../../ports/index.ts";
import type { SimPeer } from "../../simulation/sim-peer.ts";
import { testRandom } from "../../testing/index.ts";
import { DevicesError } from "../errors.ts";
import { friendTag } from "../friend-tag.ts";
import { APPROVAL_MS, FRIENDS_MAX, REQUEST_LIFE_MS, RESCUE_NUMBERS_MAX } from "../limits.ts";
import { formatDeviceLink } from "../pairing/link.ts";
import { Collecting, type Recovered } from "./collecting.ts";
import type { KeptShare } from "./keeping.ts";
import { isShareOf, makeSet, readSet } from "./set.ts";
import { splitSecret } from "./shamir.ts";

const FRIENDS = ["ben", "cleo", "dan", "eve", "finn"];
const NEED = 3;

/** Somebody who asks friends for help on a new device. */
interface Asking {
  readonly peer: SimPeer;
  readonly link: string;
  readonly words: Map<string, readonly string[]>;
  readonly problems: string[];
  readonly counts: string[];
  recovered: Recovered | undefined;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof DevicesError) return error.code;
    throw error;
  }
  return "none";
}

function ask(home: Household): Asking {
  const peer = home.first("nobody", "new phone");
  const secret = new Uint8Array(16).fill(9);
  const expiresAtMs = home.world.clock.wallMs() + REQUEST_LIFE_MS;
  const signKey = peer.identity.signKey.publicKey;
  const link = formatDeviceLink("recover", { signKey, secret, expiresAtMs, endpoints: [] });
  const asking: Asking = {
    ...{ peer, link, words: new Map(), problems: [], counts: [], recovered: undefined },
  };
  const collecting = must(
    peer.act(
      ({ session }) =>
        new Collecting({
          ...{ identity: peer.identity, secret, suite, clock: home.world.clock },
          ...{ random: home.world.random.fork("asking"), log: SILENT_LOG, sessions: session },
          events: {
            onWords: (words, name) => void asking.words.set(name, words),
            onShare: (_, have, need) => void asking.counts.push(`${have}/${need}`),
            onProblem: (sentence) => void asking.problems.push(sentence),
            onRecovered: (recovered) => {
              asking.recovered = recovered;
            },
          },
        }),
    ),
    "it runs",
  );
  const look = (): void => {
    peer.act(() => collecting.tick());
    if (peer.isUp) home.world.after(500, look);
  };
  look();
  return asking;
}

/** Anna with friends who all keep a share. */
function prepared(seed: number) {
  const home = new Household(seed);
  const laptop = home.first("anna", "laptop");
  const friends = FRIENDS.map((name) => home.first(name, name));
  for (const friend of friends) home.introduce(laptop, friend);
  const ids = friends.map(({ identity }) => identity.person.personId);
  expect(home.outcome(laptop, ({ devices }, done) => devices.sharing.share(ids, NEED, done))).toBe(
    "none",
  );
  const { personId } = laptop.identity.person;
  const keptBy = (friend: SimPeer): KeptShare | undefined =>
    friend.act(({ devices }) => devices.keeping.of(personId));
  home.until(() => friends.every((friend) => keptBy(friend) !== undefined));
  const hasAll = (): boolean =>
    laptop.act(({ devices }) =>
      devices.sharing.current?.friends.every(({ keepers }) => keepers.length === 1),
    ) === true;
  home.until(hasAll);
  return { home, laptop, friends, ids, keptBy, hasAll };
}

function approve(home: Household, asking: Asking, friend: SimPeer, share: KeptShare): string {
  friend.act(({ devices }) => devices.approving.begin(asking.link, share));
  const state = () => friend.act(({ devices }) => devices.approving.status.state);
  home.until(() => state() === "comparing");
  const name = nameOf(friend);
  home.until(() => asking.words.has(name));
  const words = must(asking.words.get(name), "the words are shown");
  friend.act(({ devices }) => devices.approving.confirm(words));
  home.until(() => state() === "done" || state() === "failed");
  return must(state(), "it runs");
}

const names = new WeakMap<SimPeer, string>();
function nameOf(friend: SimPeer): string {
  return must(names.get(friend), "friends have names");
}

describe("recovery by friends", () => {
  test("three of five bring a person back; contacts see who vouched; two do not", () => {
    const { home, laptop, friends, keptBy } = prepared(1);
    for (const [at, friend] of friends.entries()) names.set(friend, FRIENDS[at] ?? "");
    laptop.crash();
    const asking = ask(home);
    for (const friend of friends.slice(0, 2)) {
      expect(approve(home, asking, friend, must(keptBy(friend), "kept"))).toBe("done");
    }
    expect([asking.recovered, asking.counts]).toEqual([undefined, ["1/3", "2/3"]]);
    // Once more by the same friend counts once.
    const [ben, , dan] = friends;
    expect(approve(home, asking, must(ben, "ben"), must(keptBy(must(ben, "ben")), "kept"))).toBe(
      "done",
    );
    expect([asking.recovered, asking.counts]).toEqual([undefined, ["1/3", "2/3"]]);
    expect(approve(home, asking, must(dan, "dan"), must(keptBy(must(dan, "dan")), "kept"))).toBe(
      "done",
    );
    const recovered = must(asking.recovered, "three are enough");
    expect(recovered.personId).toBe(laptop.identity.person.personId);
    const again = makeLocalIdentity(suite, suite.sha256(new Uint8Array(1)), recovered.entropy);
    expect(again.person.signKey.publicKey).toEqual(laptop.identity.person.signKey.publicKey);
    const tags = friends
      .slice(0, 3)
      .map(({ identity }) =>
        friendTag(suite, laptop.identity.certificate.signKey, identity.person.personId),
      );
    expect(recovered.vouchers.map(String).sort()).toEqual(tags.map(String).sort());
    expect(asking.problems).toEqual([]);
  });

  test("a damaged or false share is refused and named; one of another set does not count", () => {
    const { home, friends, keptBy } = prepared(2);
    for (const [at, friend] of friends.entries()) names.set(friend, FRIENDS[at] ?? "");
    const asking = ask(home);
    const [ben, cleo] = [must(friends[0], "ben"), must(friends[1], "cleo")];
    const kept = must(keptBy(ben), "kept");
    const share = new Uint8Array(kept.share);
    share[3] = (share[3] ?? 0) ^ 1;
    expect(approve(home, asking, ben, { ...kept, share })).toBe("failed");
    expect(ben.act(({ devices }) => devices.approving.status.failure?.message)).toContain(
      "refused",
    );
    expect(asking.problems).toEqual([expect.stringContaining("'ben' is damaged or false")]);
    expect(approve(home, asking, cleo, must(keptBy(cleo), "kept"))).toBe("done");
    const stranger = makeLocalIdentity(suite, new Uint8Array(32), new Uint8Array(32).fill(5));
    const shares = splitSecret(new Uint8Array(32).fill(5), 2, 2, testRandom(1));
    const terms = { id: new Uint8Array(16), version: 1, need: 2 };
    const set = makeSet(suite, must(stranger.person.root, "whole"), terms, shares);
    expect(approve(home, asking, ben, { set, share: must(shares[0], "one") })).toBe("done");
    expect(asking.problems[1]).toContain("'ben' belongs to another set");
    expect(asking.recovered).toBeUndefined();
  });

  test("nothing leaves a friend's peer without the right words, nor for a link with another secret", () => {
    const { home, friends, keptBy } = prepared(3);
    const asking = ask(home);
    const ben = must(friends[0], "ben");
    const kept = must(keptBy(ben), "kept");
    const { approving } = must(
      ben.act(({ devices }) => devices),
      "it runs",
    );
    ben.act(() => approving.begin(asking.link, kept));
    home.until(() => approving.status.state === "comparing" && asking.words.size === 1);
    expect(ben.act(() => codeOf(() => approving.confirm(["a", "b", "c", "d"])))).toBe(
      "words-differ",
    );
    expect(ben.act(() => codeOf(() => approving.confirm(["a", "b", "c", "d"])))).toBe("not-open");
    home.world.run(5_000);
    expect(asking.counts).toEqual([]);
    // Whoever reads words out is not left waiting.
    expect(asking.problems).toEqual([expect.stringContaining("other words were typed there")]);
    const signKey = asking.peer.identity.signKey.publicKey;
    const expiresAtMs = home.world.clock.wallMs() + 1;
    const terms = { signKey, expiresAtMs, endpoints: [] };
    const other = formatDeviceLink("recover", { ...terms, secret: new Uint8Array(16) });
    ben.act(() => approving.begin(other, kept));
    home.until(() => approving.status.state === "failed");
    expect(ben.act(() => codeOf(() => approving.begin(other, kept)))).toBe("expired-link");
    expect(ben.act(() => codeOf(() => approving.begin("peernet:recover/x", kept)))).toBe(
      "bad-link",
    );
    asking.peer.crash();
    ben.act(() => approving.begin(asking.link, kept));
    home.world.run(APPROVAL_MS + 1_000);
    expect(approving.status).toMatchObject({ state: "failed" });
  });
});

test("whoever asks for help shows so many numbers for words at once, and not one more", () => {
  const { home, friends, keptBy } = prepared(6);
  const asking = ask(home);
  const ben = must(friends[0], "ben");
  const kept = must(keptBy(ben), "kept");
  const begin = (): string | undefined => {
    ben.act(({ devices }) => devices.approving.begin(asking.link, kept));
    const status = () => ben.act(({ devices }) => devices.approving.status);
    home.until(() => status()?.state !== "reaching");
    const { state, failure } = must(status(), "it runs");
    ben.act(({ devices }) => devices.approving.cancel());
    return state === "failed" ? failure?.message : state;
  };
  for (let count = 0; count < RESCUE_NUMBERS_MAX; count++) expect(begin()).toBe("comparing");
  expect(begin()).toContain("hands full");
  home.world.run(APPROVAL_MS);
  expect(begin()).toBe("comparing");
});

describe("sharing out", () => {
  test("a new set replaces the old one everywhere, and whoever is left out lets go of theirs", () => {
    const { home, laptop, friends, ids, keptBy } = prepared(4);
    const before = must(keptBy(must(friends[0], "ben")), "kept");
    const fewer = ids.slice(0, 3);
    expect(home.outcome(laptop, ({ devices }, done) => devices.sharing.share(fewer, 2, done))).toBe(
      "none",
    );
    home.until(() => keptBy(must(friends[4], "finn")) === undefined);
    home.until(() => keptBy(must(friends[0], "ben"))?.set.need === 2);
    const after = must(keptBy(must(friends[0], "ben")), "kept");
    expect(after.set.version).toBeGreaterThan(before.set.version);
    laptop.crash();
    laptop.start();
    home.until(() => laptop.act(({ devices }) => devices.sharing.current?.set.need) === 2);
    expect(home.outcome(laptop, ({ devices }, done) => devices.sharing.share([], 2, done))).toBe(
      "none",
    );
    home.until(() => friends.every((friend) => keptBy(friend) === undefined));
    expect(laptop.act(({ devices }) => devices.sharing.current)).toBeUndefined();
  });

  test("needs the words, two friends or more, and no more than there may be", () => {
    const home = new Household(5);
    const laptop = home.first("anna", "laptop");
    const phone = home.pair(laptop, "phone");
    const some = (count: number) =>
      Array.from({ length: count }, (_, at) => String(at).padStart(32, "0"));
    const share = (peer: SimPeer, count: number, need: number): string =>
      home.outcome(peer, ({ devices }, done) => devices.sharing.share(some(count), need, done));
    expect(share(phone, 5, 3)).toBe("no-person-key");
    expect(share(laptop, 5, 1)).toBe("too-few-friends");
    expect(share(laptop, 5, 6)).toBe("too-few-friends");
    expect(share(laptop, FRIENDS_MAX + 1, 3)).toBe("too-few-friends");
    expect(share(laptop, FRIENDS_MAX, FRIENDS_MAX)).toBe("none");
  });
});

describe("a set of shares", () => {
  test("that was forged, altered or cut is refused", () => {
    const anna = makeLocalIdentity(suite, new Uint8Array(32), new Uint8Array(32).fill(5));
    const root = must(anna.person.root, "whole");
    const shares = splitSecret(new Uint8Array(32).fill(5), 2, 3, testRandom(2));
    const terms = { id: new Uint8Array(16).fill(1), version: 1, need: 2 };
    const set = makeSet(suite, root, terms, shares);
    expect(readSet(suite, set.bytes)).toEqual(set);
    expect(personIdOf(suite, set.person)).toBe(anna.person.personId);
    for (let at = 0; at < set.bytes.length; at += 3) {
      const bytes = new Uint8Array(set.bytes);
      bytes[at] = (bytes[at] ?? 0) ^ 4;
      expect(codeOf(() => readSet(suite, bytes))).toBe("bad-set");
      expect(codeOf(() => readSet(suite, set.bytes.subarray(0, at)))).toBe("bad-set");
    }
    const [one] = shares;
    expect(isShareOf(suite, set, must(one, "one"))).toBe(true);
    const moved = new Uint8Array(must(one, "one"));
    moved[32] = 2;
    expect(isShareOf(suite, set, moved)).toBe(false);
    moved[32] = 0;
    expect(isShareOf(suite, set, moved)).toBe(false);
    expect(isShareOf(suite, set, moved.subarray(1))).toBe(false);
  });
});
