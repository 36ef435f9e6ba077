import { describe, expect, test } from "vitest";
import { bring, letters } from "../../../test/support/carrying.ts";
import {
  areSafe,
  hybridSecrets,
  modern,
  restart,
  say,
  textsAt,
  watchFrames,
} from "../../../test/support/hybrid.ts";
import { introduce, suite, Village, type Villager } from "../../../test/support/village.ts";
import { NO_BYTES } from "../../base/bytes.ts";
import { ML_KEM_768 } from "../../crypto/index.ts";
import { frameOf } from "../../feed/index.ts";
import { testRandom } from "../../testing/index.ts";
import { makeHybridPrekey, makePrekey, readFrameHead, writeBundle } from "../ratchet/index.ts";
import type { Prekey } from "../ratchet/types.ts";
import { HYBRID_BUNDLE_BYTES_MAX, HYBRID_PREKEY_LIFE_MS } from "./limits.ts";
import { encodeHybridFrame } from "./protocol.ts";

const kit = {
  ...{ suite, kem: ML_KEM_768, random: testRandom("middle"), instance: new Uint8Array(8) },
};

/** What the one in the middle puts in place of Anna's answer; "nothing" drops the stream, "silence" leaves it open. */
type Answer = (
  nowMs: number,
  anna: Villager,
  mallory: Villager,
) => Uint8Array | "nothing" | "silence";

function answerOf(prekey: Prekey, by: Villager, key: Villager, nowMs: number): Uint8Array {
  const bundle = writeBundle(prekey, by.identity.signKey);
  const dhKey = key.identity.dhKey.publicKey;
  return encodeHybridFrame({ t: "key", note: { wallMs: nowMs, dhKey, bundle } });
}

const hybrid = (nowMs: number): Prekey => makeHybridPrekey(kit, nowMs, HYBRID_PREKEY_LIFE_MS);

/** The offer with one byte of it changed; at 700 it is in the key of ML-KEM-768. */
function altered(at: number): Answer {
  return (nowMs, anna) => {
    const bytes = answerOf(hybrid(nowMs), anna, anna, nowMs);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
}

const STRIPPED: Readonly<Record<string, Answer>> = {
  "drops it": () => "nothing",
  "keeps it back": () => "silence",
  "gives a plain prekey of hers instead": (nowMs, anna) =>
    answerOf(makePrekey(kit, nowMs, HYBRID_PREKEY_LIFE_MS, true), anna, anna, nowMs),
  "gives an empty one": (nowMs, anna) => {
    const note = { wallMs: nowMs, dhKey: anna.identity.dhKey.publicKey, bundle: NO_BYTES };
    return encodeHybridFrame({ t: "key", note });
  },
  "puts another key of ML-KEM-768 in": altered(700),
  "alters the key of X25519": altered(70),
  "alters the signature": altered(encodeLength() - 1),
  "gives one of his own": (nowMs, _anna, mallory) =>
    answerOf(hybrid(nowMs), mallory, mallory, nowMs),
  "gives hers under his long-lived key": (nowMs, anna, mallory) =>
    answerOf(hybrid(nowMs), anna, mallory, nowMs),
  "gives one that is too old": (nowMs, anna) =>
    answerOf(hybrid(nowMs - 2 * HYBRID_PREKEY_LIFE_MS), anna, anna, nowMs),
  "gives one that lives too long": (nowMs, anna) => {
    const expiresAtMs = nowMs + 500 * 86_400_000;
    return answerOf({ ...hybrid(nowMs), expiresAtMs }, anna, anna, nowMs);
  },
  "asks back": () => encodeHybridFrame({ t: "ask" }),
  "gives one that is too large": (nowMs, anna) => {
    const bundle = new Uint8Array(HYBRID_BUNDLE_BYTES_MAX + 1);
    const note = { wallMs: nowMs, dhKey: anna.identity.dhKey.publicKey, bundle };
    return encodeHybridFrame({ t: "key", note });
  },
  "gives rubbish": () => frameOf(new Uint8Array(64).fill(7)),
};

function encodeLength(): number {
  const bundle = new Uint8Array(1_286);
  return encodeHybridFrame({ t: "key", note: { wallMs: 0, dhKey: new Uint8Array(32), bundle } })
    .length;
}

describe("somebody in the middle, who would have to be inside the session, and strips Anna's offer:", () => {
  for (const [what, answer] of Object.entries(STRIPPED)) {
    test(`${what}: it is refused, letters go plainly, and nobody is told that they are safe`, () => {
      const village = new Village(what);
      const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
      const mallory = village.add("mallory");
      introduce(village, mallory, ben);
      say(village, mallory, ben, "my key is mine");
      anna.sessions.serve("hybrid", (stream) => {
        const bytes = answer(village.clock.wallMs(), anna, mallory);
        if (bytes === "nothing") return undefined;
        if (bytes !== "silence") {
          stream.write(bytes);
          stream.end();
        }
        return { onData() {}, onEnd() {}, onDrain() {}, onClose() {} };
      });
      // Ben asks alone: the way back is narrow for Anna.
      anna.narrowTo.add(ben.identity.id);
      const seen = watchFrames(village);
      introduce(village, anna, ben);
      say(village, ben, anna, "hello");
      village.settle(20);
      expect(village.net.opened).toContain("hybrid");
      expect([textsAt(anna), seen.hybridFirst]).toEqual([["hello"], 0]);
      expect(seen.plainFirst).toBeGreaterThan(0);
      expect(areSafe(anna, ben)).toEqual([false, false]);
      // Without him it is made good by itself.
      anna.narrowTo.clear();
      restart(village, anna);
      village.settle(20);
      say(village, ben, anna, "again");
      village.settle(20);
      expect([textsAt(anna).at(-1), ...areSafe(anna, ben)]).toEqual(["again", true, true]);
    });
  }
});

test("who had a hybrid channel and gives no prekey any more is noticed", () => {
  const village = new Village(90);
  const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
  introduce(village, anna, ben);
  say(village, ben, anna, "hello");
  village.settle(10);
  expect(areSafe(anna, ben)).toEqual([true, true]);
  anna.hasKem = false;
  anna.isCopied = true;
  restart(village, anna);
  const before = ben.warnings.length;
  say(village, ben, anna, "and now?");
  village.settle(20);
  expect([textsAt(anna).at(-1), ...areSafe(anna, ben)]).toEqual(["and now?", false, false]);
  expect(ben.warnings.slice(before)).toContain("letters are no longer safe from quantum computers");
});

/** Whether a channel is on its disk that says to be hybrid: version (1), instance (8), flags. */
function hasHybridChannel({ disk }: Villager): boolean {
  return [...disk.kept].some(
    ([key, value]) => key.startsWith("messages/s/") && ((value[9] ?? 0) & 0x80) !== 0,
  );
}

describe("first frames that are hybrid", () => {
  /** Ben has begun a hybrid channel, and what he wrote in it is yet to come to Anna. */
  function begun(seed: number) {
    const village = new Village(seed);
    const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
    anna.narrowTo.add(ben.identity.id);
    introduce(village, anna, ben);
    anna.narrowTo.clear();
    ben.isCopied = true;
    restart(village, ben);
    ben.isCopied = false;
    ben.live.messages.send(anna.identity.person.personId, "one", (error) =>
      expect(error).toBeNull(),
    );
    while (!hasHybridChannel(ben) && village.step());
    village.part(anna, ben);
    village.settle();
    const parcels = letters(village, ben);
    return { village, anna, ben, parcels };
  }

  test("are taken once, whoever brings them and however often, after the secret is gone too", () => {
    const { village, anna, ben, parcels } = begun(100);
    expect(parcels.map(({ frame }) => readFrameHead(suite, frame)?.kind)).toContain("first");
    expect(hybridSecrets(anna).length).toBe(1);
    for (let time = 0; time < 3; time++)
      bring(village, anna, [...parcels, ...parcels.toReversed()]);
    expect([textsAt(anna), hybridSecrets(anna)]).toEqual([["one"], []]);
    restart(village, anna);
    bring(village, anna, parcels);
    expect(textsAt(anna)).toEqual(["one"]);
    // The channel is gone as well: what was recorded opens nothing any more.
    for (const key of anna.disk.kept.keys()) {
      if (key.startsWith("messages/s/")) anna.disk.kept.delete(key);
    }
    restart(village, anna);
    bring(village, anna, parcels);
    expect([textsAt(anna), anna.live.messages.unreadCount()]).toEqual([["one"], 1]);
    village.join(anna, ben);
    village.settle(20);
    say(village, ben, anna, "two");
    village.settle(20);
    expect(textsAt(anna)).toEqual(["one", "two"]);
  });

  test("that were altered on the way open nothing and cost no secret", () => {
    const { village, anna, ben, parcels } = begun(101);
    const broken = parcels.map((parcel, at) => {
      const frame = parcel.frame.slice();
      const place = (at * 331 + 200) % frame.length;
      frame[place] = (frame[place] ?? 0) ^ 1;
      return { ...parcel, frame };
    });
    bring(village, anna, broken);
    expect([textsAt(anna), hybridSecrets(anna).length]).toEqual([[], 1]);
    bring(village, anna, parcels);
    expect([textsAt(anna), hybridSecrets(anna).length]).toEqual([["one"], 0]);
    village.join(anna, ben);
    village.settle(20);
    expect(areSafe(anna, ben)).toEqual([true, true]);
  });
});
