import { describe, expect, test } from "vitest";
import { Coop, Fellow } from "../../test/support/coop.ts";
import { suite } from "../../test/support/hamlet.ts";
import { concatBytes } from "../base/bytes.ts";
import { FrameSplitter, frameOf } from "../feed/index.ts";
import type { SessionPort, Stream } from "../session/index.ts";
import { encodeCbor } from "../wire/index.ts";
import { readLease, signLease } from "./lease.ts";
import {
  FRAME_BYTES_MAX,
  GROUPS_MAX,
  INVITE_LIFE_MS_MAX,
  LEASE_AHEAD_MS,
  OFFERS_MAX,
  STRANGERS_MAX,
} from "./limits.ts";
import { formatGroupLink, parseGroupLink } from "./link.ts";
import { type Op, signOp } from "./log/index.ts";
import { Offers } from "./offers.ts";
import { certificateVouching, proofOf } from "./proof.ts";
import { decodeFrame, encodeFrame, type GroupFrame, helloTag } from "./protocol.ts";
import type { GroupInfo } from "./types.ts";

const SECOND_MS = 1_000;

/** Somebody who speaks the protocol by hand. */
class Attacker {
  readonly who: Fellow;
  readonly coop: Coop;
  readonly session: SessionPort;
  readonly heard: GroupFrame[] = [];
  ends = 0;

  constructor(coop: Coop, name: string) {
    this.coop = coop;
    this.who = new Fellow(name);
    this.session = coop.net.join(this.who.record);
  }

  open(to: Fellow): Stream | undefined {
    const splitter = new FrameSplitter(FRAME_BYTES_MAX);
    let stream: Stream | undefined;
    const opened = this.session.openStream(to.identity.id, "group", {
      onData: (bytes) => {
        stream?.consume(bytes.length);
        splitter.push(bytes, (content) => this.heard.push(decodeFrame(content)));
      },
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: () => void this.ends++,
    });
    stream = opened;
    return opened;
  }

  hello(to: Fellow, group: string): Uint8Array {
    const nonce = new Uint8Array(16).fill(7);
    const place = { from: this.who.identity.id, to: to.identity.id, nonce };
    return encodeFrame({ t: "hello", v: 1, n: nonce, g: helloTag(suite, group, place) });
  }

  /** Says these frames to somebody, and what is answered. */
  say(to: Fellow, ...frames: readonly Uint8Array[]): readonly string[] {
    this.heard.length = 0;
    const stream = this.open(to);
    for (const frame of frames) stream?.write(frame);
    this.coop.pass(SECOND_MS);
    stream?.reset();
    this.coop.pass(SECOND_MS);
    return this.heard.map(({ t }) => t);
  }
}

/** Anna and Ben in a group, and somebody who is not. */
function village(seed: number): {
  coop: Coop;
  anna: Fellow;
  ben: Fellow;
  id: string;
  evil: Attacker;
} {
  const coop = new Coop(seed);
  const [anna, ben] = [coop.add("anna"), coop.add("ben")];
  const made = coop.ask<GroupInfo>((done) => anna.live.create("Coop", done));
  const { id } = made as GroupInfo;
  const terms = { uses: 1, role: "member", endpoints: [] } as const;
  const invite = coop.ask<{ link: string }>((done) => anna.does.invite(id, terms, done));
  coop.ask((done) => ben.live.join((invite as { link: string }).link, done));
  coop.pass(5 * SECOND_MS);
  return { coop, anna, ben, id, evil: new Attacker(coop, "evil") };
}

describe("strangers", () => {
  test("hear that there is nothing, and who knows the group's id hears no more than that", () => {
    const { anna, id, evil } = village(1);
    const proved = encodeFrame({ t: "proved" });
    expect(evil.say(anna, evil.hello(anna, "00".repeat(16)))).toEqual(["refused"]);
    expect(evil.say(anna, evil.hello(anna, id))).toEqual(["prove"]);
    expect(evil.say(anna, evil.hello(anna, id), proved)).toEqual(["prove", "refused"]);
    const state = encodeFrame({ t: "state", d: new Uint8Array(16) });
    expect(evil.say(anna, evil.hello(anna, id), state)).toEqual(["prove"]);
  });

  test("what comes out of turn, too large or as nonsense ends the stream and changes nothing", () => {
    const { anna, id, evil } = village(2);
    const before = anna.live.find(id).log.digest();
    const frames: readonly Uint8Array[] = [
      encodeFrame({ t: "proved" }),
      encodeFrame({ t: "ops", o: [new Uint8Array(9)] }),
      encodeFrame({ t: "have", b: new Uint8Array(32), h: new Uint8Array(16), e: true }),
      encodeFrame({ t: "offer", l: "peernet:group/x" }),
      encodeFrame({ t: "refused" }),
      frameOf(new Uint8Array(50).fill(0xff)),
      frameOf(encodeCbor({ t: "sums", s: new Uint8Array(2_047) })),
      concatBytes(Uint8Array.of(0, 1, 0, 1), new Uint8Array(100)),
      concatBytes(evil.hello(anna, id), evil.hello(anna, id)),
    ];
    for (const frame of frames) {
      evil.ends = 0;
      evil.say(anna, frame);
      expect(evil.ends).toBe(1);
    }
    expect(anna.live.find(id).log.digest()).toBe(before);
  });

  test("operations that they make are refused, also such as look like joins", () => {
    const { anna, id, evil } = village(3);
    const { log } = anna.live.find(id);
    const { signKey, certificate } = evil.who.identity;
    const [genesis] = log.ops.entries;
    const terms = { group: id, seq: 1, deps: [genesis?.op.id ?? ""] };
    const proof = proofOf(certificate);
    const add = { person: evil.who.person, label: "evil" };
    const ops = [
      signOp(suite, signKey, {
        ...terms,
        proof,
        body: { t: "add", role: "admin", targets: [add] },
      }),
      signOp(suite, signKey, {
        ...{ ...terms, proof },
        body: { t: "join", invite: terms.deps[0] ?? "", label: "x", signature: new Uint8Array(64) },
      }),
    ];
    for (const op of ops) {
      const hello = evil.hello(anna, id);
      const proved = encodeFrame({ t: "proved" });
      const heard = evil.say(anna, hello, encodeFrame({ t: "ops", o: [op.bytes] }), proved);
      expect(heard).not.toContain("state");
      expect(log.ops.has(op.id)).toBe(false);
    }
  });

  test("their streams are bounded, one more is refused", () => {
    const { coop, anna, id } = village(4);
    const strangers = Array.from({ length: STRANGERS_MAX + 1 }, (_, at) => {
      return new Attacker(coop, `stranger ${at}`);
    });
    coop.net.refusedStreams = 0;
    for (const each of strangers) each.open(anna);
    while (coop.step());
    expect(coop.net.refusedStreams).toBe(1);
    coop.pass(30 * SECOND_MS);
    const [first] = strangers;
    expect(first?.say(anna, first.hello(anna, id))).toEqual(["prove"]);
  });
});

describe("one stranger", () => {
  test("who knows the group's id holds one place, however often they begin to show who they are", () => {
    const { coop, anna, id, evil } = village(8);
    for (let count = 0; count <= STRANGERS_MAX; count++) {
      evil.open(anna)?.write(evil.hello(anna, id));
      coop.pass(100);
    }
    expect(evil.ends).toBe(STRANGERS_MAX);
    coop.net.refusedStreams = 0;
    const other = new Attacker(coop, "other");
    expect(other.say(anna, other.hello(anna, id))).toEqual(["prove"]);
  });
});

describe("members who are removed", () => {
  test("a removal works at once, also where the removed passes it on with nonsense behind it", () => {
    const { coop, anna, ben, id, evil } = village(7);
    const people = [{ person: evil.who.person, label: "evil" }];
    coop.ask((done) => anna.does.add(id, people, "member", done));
    coop.pass(5 * SECOND_MS);
    coop.part(anna, ben);
    const removal = coop.ask<Op>((done) => anna.does.remove(id, [evil.who.person], done)) as Op;
    const before = ben.changes;
    const frame = encodeFrame({ t: "ops", o: [removal.bytes, new Uint8Array(9)] });
    evil.say(ben, evil.hello(ben, id), frame);
    expect(ben.live.find(id).has(evil.who.person)).toBe(false);
    expect(ben.changes).toBeGreaterThan(before);
  });
});

describe("bounds of the room", () => {
  test("groups, offers and the life of invites", () => {
    const { coop, anna, id } = village(5);
    for (let count = 1; count < GROUPS_MAX; count++) {
      expect(coop.ask<GroupInfo>((done) => anna.live.create("More", done))).toMatchObject({
        state: "in",
      });
    }
    expect(coop.ask((done) => anna.live.create("More", done))).toBe("full");
    const terms = { uses: 1, role: "member", endpoints: [] } as const;
    const lasting = (lifeMs: number): unknown =>
      coop.ask<unknown>((done) => anna.does.invite(id, { ...terms, lifeMs }, done));
    expect(lasting(INVITE_LIFE_MS_MAX)).toMatchObject({ id: expect.any(String) });
    expect(lasting(INVITE_LIFE_MS_MAX + 1)).toBe("bad-op");
    const offers = new Offers();
    for (let count = 0; count < OFFERS_MAX; count++) {
      expect(offers.take({ group: String(count), title: "x", by: "y", link: "z" })).toBe(true);
    }
    expect(offers.take({ group: "more", title: "x", by: "y", link: "z" })).toBe(false);
    expect(offers.take({ group: "0", title: "x", by: "y", link: "z" })).toBe(false);
  });

  test("leases of others, of the future and altered ones are not believed", () => {
    const { coop, anna, ben, id, evil } = village(6);
    const group = anna.live.find(id);
    const nowMs = coop.clock.wallMs();
    const by = ({ identity }: Fellow, atMs: number, epoch = group.log.epoch.id): Uint8Array =>
      signLease(identity.signKey, proofOf(identity.certificate), { group: id, epoch, atMs });
    const read = (bytes: Uint8Array): boolean =>
      group.freshness.take(readLease(suite, certificateVouching(suite), id, bytes), nowMs);
    expect(read(by(ben, nowMs + LEASE_AHEAD_MS))).toBe(true);
    expect(read(by(ben, nowMs + LEASE_AHEAD_MS + 1))).toBe(false);
    expect(read(by(evil.who, nowMs))).toBe(false);
    expect(read(by(anna, nowMs + 1, "ab".repeat(32)))).toBe(false);
    const altered = by(ben, nowMs + 5);
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    expect(() => read(altered)).toThrowError(expect.objectContaining({ code: "malformed" }));
  });

  test("links are read as they were written, and no cut or altered one is", () => {
    const link = {
      group: "ab".repeat(16),
      invite: { id: "cd".repeat(32), secret: new Uint8Array(16).fill(3) },
      title: "Coop 7",
      hints: ["fd".repeat(16)],
      endpoints: ["tcp://192.0.2.1:4711"],
    };
    const text = formatGroupLink(link);
    expect(parseGroupLink(` ${text}\n`)).toEqual(link);
    expect(parseGroupLink(formatGroupLink({ ...link, invite: undefined }))).toMatchObject({
      invite: undefined,
    });
    for (const bad of ["", "peernet:group/", text.slice(0, 40), text.replace("group", "folder")]) {
      expect(() => parseGroupLink(bad)).toThrowError(expect.objectContaining({ code: "bad-link" }));
    }
  });
});
