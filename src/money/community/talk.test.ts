import { expect, test } from "vitest";
import { Town } from "../../../test/support/commons.ts";
import { somebody } from "../../../test/support/line-rig.ts";
import { FrameSplitter } from "../../feed/index.ts";
import { decodePeerRecord, encodePeerRecord } from "../../identity/index.ts";
import { SILENT_LOG } from "../../ports/index.ts";
import type { Stream } from "../../session/index.ts";
import { ManualClock } from "../../testing/fixtures.ts";
import { rulesOf } from "./drafting.ts";
import { makeEntry } from "./entry.ts";
import { FRAME_BYTES_MAX, LISTS_WAITING_MAX, UNSENT_BYTES_MAX } from "./limits.ts";
import { COMMUNITY_SERVICE, decodeFrame, encodeFrame } from "./protocol.ts";
import { encodeSigned } from "./signed.ts";
import { Talk } from "./talk.ts";

const ID = "0".repeat(32);

test("for whoever asks and does not read so many lists wait, and no more is gathered", () => {
  let unacknowledgedBytes = 0;
  let [written, caughtUp, begun] = [0, 0, 0];
  const talk = new Talk(
    {
      ...{ clock: new ManualClock(), log: SILENT_LOG },
      host: { opened: () => true, heard() {}, caughtUp: () => caughtUp++, over() {} },
    },
    { peer: "p", person: "p", isOpener: false },
  );
  talk.start({
    get unacknowledgedBytes() {
      return unacknowledgedBytes;
    },
    write: () => {
      written++;
      return true;
    },
    consume() {},
  } as unknown as Stream);
  talk.onData(encodeFrame({ t: "hello" }));
  function* list(): Iterable<Uint8Array> {
    begun++;
    yield new Uint8Array(9);
  }
  unacknowledgedBytes = UNSENT_BYTES_MAX + 1;
  for (let count = 0; count < 3 * LISTS_WAITING_MAX; count++) talk.sendAll("facts", ID, list());
  expect([begun, written, talk.leavesOut()]).toEqual([0, 1, true]);
  unacknowledgedBytes = 0;
  talk.onDrain();
  expect([begun, written, caughtUp]).toEqual([LISTS_WAITING_MAX, 1 + LISTS_WAITING_MAX, 1]);
  expect(talk.leavesOut()).toBe(false);
});

test("a frame full of what comes too early is answered once with what is here", () => {
  const town = new Town("early");
  const [anna] = ["anna", "ben", "cleo"].map((name) => town.add(name));
  if (anna === undefined) throw new RangeError("three members");
  town.found(town.members);
  const { commune, suite } = { commune: anna.commune, suite: town.suite };
  const evil = somebody("evil");
  const record = decodePeerRecord(suite, encodePeerRecord(evil, { name: "evil", seqno: 1 }));
  const counts = new Map<string, number>();
  const splitter = new FrameSplitter(FRAME_BYTES_MAX);
  const stream = town.net.join(record).openStream(anna.identity.id, COMMUNITY_SERVICE, {
    onData: (bytes) =>
      splitter.push(bytes, (content) => {
        const { t } = decodeFrame(content);
        counts.set(t, (counts.get(t) ?? 0) + 1);
      }),
    onEnd() {},
    onDrain() {},
    onClose() {},
  });
  stream?.write(encodeFrame({ t: "hello" }));
  while (town.step());
  const before = counts.get("have") ?? 0;
  const early = Array.from({ length: 50 }, (_, at) => {
    const draft = { account: evil.person.personId, number: 2, prev: "1".repeat(64), takes: [] };
    const body = { t: "pay", to: commune.id, amount: at + 1, memo: "" } as const;
    const rules = rulesOf(commune).id.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    const entry = makeEntry(suite, evil.signKey, { ...draft, rules, atS: 1, body });
    return encodeSigned({ matter: { t: "entry", entry }, words: [], consents: [] });
  });
  stream?.write(encodeFrame({ t: "facts", id: commune.id, items: early }));
  while (town.step());
  expect((counts.get("have") ?? 0) - before).toBe(1);
});
