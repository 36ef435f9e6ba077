import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { must } from "../../base/errors.ts";
import type { EchoAnswer, Path, PathPort } from "../../routing/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { WireError } from "../../wire/index.ts";
import { Congestion } from "../congestion.ts";
import { PacketBuffer } from "../packet-buffer.ts";
import { PathControl } from "../path-control.ts";
import { Challenges } from "./challenges.ts";
import { HelloWays, paceOfWays } from "./hello-ways.ts";
import { countLabels } from "./inspect.ts";
import {
  CHALLENGE_MS,
  CHALLENGES_MAX,
  HELLO_SINGLE_WAYS,
  HELLO_WAYS,
  LABEL_BYTES_MAX,
  LOCATES_MAX,
  MEETING_PAUSE_MS,
  MEETINGS_MAX,
  OUTBOX_ATTEMPTS,
  OUTBOX_MAX,
  PATHS_MAX,
  RESPONSES_MAX,
  SALT_BYTES,
  SKETCH_PART_BYTES,
  SKETCH_PEER_BYTES,
  SKETCH_PEERS_MAX,
} from "./limits.ts";
import { Locator } from "./locator.ts";
import { Meeting } from "./meeting.ts";
import { Outbox } from "./outbox.ts";
import {
  encodeChallenge,
  encodeProposal,
  encodeResponse,
  encodeSketchPart,
  readProposal,
  readSketchPart,
  readToken,
} from "./path-frames.ts";
import { PathSet } from "./path-set.ts";
import { Prober } from "./prober.ts";

const suite = createNodeSuite();
const [me, other, third] = ["me", "other", "third"].map((label) => testIdentity(suite, label).id);
const self = must(me, "an id");
const peer = must(other, "an id");
const W = must(third, "an id");
const path = (...labels: number[]): Path => ({ firstHop: W, labels: Uint8Array.from(labels) });
const body = (frame: Uint8Array): Uint8Array => frame.subarray(frame.length < 66 ? 2 : 3);
/** Explicit ways of which nothing works unless a test says so. */
const noPaths: PathPort = {
  sendAlong: () => false,
  sendRecorded: () => false,
  sendVia: () => false,
  sendFirst: () => false,
  echo: (_, done) => done(undefined),
  locate: () => undefined,
  isNear: () => false,
  sketch: () => new Uint8Array(0),
  meetings: () => [],
  firstHops: () => [],
  waypoints: () => [],
  report: () => undefined,
};

describe("limits of paths", () => {
  test("a session keeps so many ways; the primary and the standby never give way", () => {
    const set = new PathSet(new PathControl(new Congestion(1_200)));
    const [first, second] = [set.learn(path(1), 1_200), set.learn(path(2), 1_200)];
    set.primary = must(first, "a path");
    set.standby = must(second, "a path");
    for (let label = 3; label < 100; label++) {
      must(set.learn(path(label), 1_200), "a path").heardMs = label;
    }
    expect([...set.all()]).toHaveLength(PATHS_MAX);
    expect(set.find(path(1))).toBe(first);
    expect(set.find(path(2))).toBe(second);
    expect(set.find(path(99))).toBeDefined();
    expect(set.find(path(50))).toBeUndefined();
  });

  test("a way has so many bytes of labels and not one more", () => {
    const set = new PathSet(new PathControl(new Congestion(1_200)));
    expect(set.learn(path(...new Array(LABEL_BYTES_MAX).fill(1)), 1_200)).toBeDefined();
    expect(set.learn(path(...new Array(LABEL_BYTES_MAX + 1).fill(1)), 1_200)).toBeUndefined();
    expect(countLabels(Uint8Array.of(1, 0x80, 5, 127, 0xff, 0xff))).toBe(4);
  });

  test("so many challenges are open; the oldest gives way, and none counts for ever or twice", () => {
    const challenges = new Challenges();
    const challenge = { purpose: "doubt", way: { kind: "ordinary" } } as const;
    const common = { ...challenge, path: undefined, waypoint: undefined, sentMs: 0 };
    const tokens = Array.from({ length: CHALLENGES_MAX + 1 }, () => challenges.add(common));
    expect(challenges.size).toBe(CHALLENGES_MAX);
    expect(challenges.take(must(tokens[0], "a token"), 1)).toBeUndefined();
    expect(challenges.take(must(tokens[1], "a token"), 1)).toBeDefined();
    expect(challenges.take(must(tokens[1], "a token"), 1)).toBeUndefined();
    expect(challenges.take(must(tokens[2], "a token"), CHALLENGE_MS)).toBeUndefined();
    expect([...challenges.expire(CHALLENGE_MS)]).toHaveLength(CHALLENGES_MAX - 2);
    expect(challenges.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  test("so many answers to challenges wait and not one more", () => {
    const prober = new Prober();
    for (let token = 0; token <= RESPONSES_MAX; token++) prober.respond(token, undefined);
    expect(prober.waiting).toBe(RESPONSES_MAX);
  });

  test("so many internal frames wait, each sent so often, in whole frames", () => {
    const outbox = new Outbox();
    for (let i = 0; i < OUTBOX_MAX; i++) expect(outbox.push(new Uint8Array(100))).toBe(true);
    expect(outbox.push(new Uint8Array(100))).toBe(false);
    const frames: Parameters<Outbox["write"]>[1] = [];
    outbox.write(new PacketBuffer(250), frames);
    expect(frames).toHaveLength(2);
    const [sent] = frames;
    const frame = must(sent?.kind === "internal" ? sent.frame : undefined, "a frame");
    outbox.clear();
    for (let i = 1; i < OUTBOX_ATTEMPTS; i++) {
      expect(outbox.onLost(frame)).toBe(true);
      outbox.write(new PacketBuffer(250), frames);
    }
    expect(outbox.onLost(frame)).toBe(false);
  });

  test("a first message takes some 16 different ways within five seconds", () => {
    const hops = ["one", "two", "three", "four"].map((label) => testIdentity(suite, label).id);
    const waypoints = Array.from({ length: 40 }, (_, i) => testIdentity(suite, `w${i}`).id);
    const paths = { ...noPaths, firstHops: () => hops, waypoints: () => waypoints };
    const ways = new HelloWays(peer, paths, hops[0]);
    const seen = new Set<string>();
    const { attempts, retryMs, backoff } = paceOfWays(undefined);
    let atMs = 0;
    let hellos = 0;
    for (let attempt = 1; attempt <= attempts && atMs <= 5_000; attempt++) {
      for (let i = 0; i < ways.width(attempt); i++) seen.add(JSON.stringify(ways.next(atMs)));
      hellos += ways.width(attempt);
      atMs += retryMs * backoff ** (attempt - 1);
    }
    expect(seen.size).toBeGreaterThanOrEqual(16);
    expect(hellos).toBeLessThanOrEqual(2 * HELLO_WAYS - HELLO_SINGLE_WAYS);
    expect(paceOfWays(400).retryMs).toBe(800);
  });

  test("so many look-ups are under way and not one more", () => {
    const asked: (() => void)[] = [];
    const paths: PathPort = {
      ...noPaths,
      locate: (_, done) => asked.push(() => done(undefined)),
    };
    const locator = new Locator(paths, new ManualClock(), () => undefined);
    const wanted = (): Parameters<Locator["locate"]>[0] => ({
      id: peer,
      locateMs: Number.NEGATIVE_INFINITY,
      onLocated: () => undefined,
    });
    const first = wanted();
    locator.locate(first);
    locator.locate(first);
    expect(asked).toHaveLength(1);
    for (let i = 0; i < LOCATES_MAX; i++) locator.locate(wanted());
    expect(asked).toHaveLength(LOCATES_MAX);
    asked[0]?.();
    locator.locate(wanted());
    expect(asked).toHaveLength(LOCATES_MAX + 1);
  });
});

describe("frames about paths", () => {
  test("survive writing and reading", () => {
    const salt = fc.uint8Array({ minLength: SALT_BYTES, maxLength: SALT_BYTES });
    const stack = fc.uint8Array({ maxLength: LABEL_BYTES_MAX });
    fc.assert(
      fc.property(salt, stack, fc.maxSafeNat(), (someSalt, someStack, token) => {
        const proposal = { salt: someSalt, peer: W, stack: someStack };
        expect(readProposal(body(encodeProposal(proposal)))).toEqual(proposal);
        expect(readToken(body(encodeResponse(token)))).toBe(token);
        expect(readToken(body(encodeChallenge(token, 40)))).toBe(token);
      }),
    );
  });

  test("a sketch has its largest size and not one peer more", () => {
    const salt = new Uint8Array(SALT_BYTES);
    const totalBytes = SKETCH_PEERS_MAX * SKETCH_PEER_BYTES;
    const bytes = new Uint8Array(SKETCH_PART_BYTES).fill(7);
    const part = { salt, offset: totalBytes - SKETCH_PART_BYTES, totalBytes, bytes };
    expect(readSketchPart(body(encodeSketchPart(part)))).toEqual(part);
    for (const wrong of [
      { ...part, offset: part.offset + 1 },
      { ...part, totalBytes: totalBytes + SKETCH_PEER_BYTES },
      { ...part, totalBytes: totalBytes - 1, offset: 0 },
      { ...part, offset: 0, bytes: new Uint8Array(SKETCH_PART_BYTES + 1) },
      { ...part, bytes: new Uint8Array(0) },
    ]) {
      expect(() => readSketchPart(body(encodeSketchPart(wrong)))).toThrow(WireError);
    }
  });

  test("random bytes are read or refused with a WireError, never anything else", () => {
    const reads = [readToken, readSketchPart, readProposal];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 2 }), (bytes, which) => {
        try {
          reads[which]?.(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});

/** One end of an exchange, whose clock and echoes the test moves. */
function end(paths: Partial<PathPort>, isTrusted = true) {
  const outbox = new Outbox();
  const joined: Path[] = [];
  const clock = { nowMs: 0 };
  const meeting = new Meeting(
    {
      ...{ selfId: self, peerId: peer, random: testRandom("meeting"), isThrifty: false },
      nowMs: () => clock.nowMs,
      partBytes: () => SKETCH_PART_BYTES,
      isTrusted: () => isTrusted,
      onJoined: (found) => joined.push(found),
      onWork: () => undefined,
    },
    { ...noPaths, ...paths },
    outbox,
  );
  return { meeting, outbox, joined, clock };
}

const answer: EchoAnswer = {
  there: path(1, 2),
  backLabels: Uint8Array.of(9, 9, 9),
  roundTripMs: 10,
};

describe("an exchange of sketches", () => {
  const salt = new Uint8Array(SALT_BYTES).fill(1);
  const whole = (of: Uint8Array) => {
    const bytes = new Uint8Array(SKETCH_PEER_BYTES);
    return body(encodeSketchPart({ salt: of, offset: 0, totalBytes: bytes.length, bytes }));
  };

  test("is answered once per sketch, not for strangers, and not more often than it may be", () => {
    let echoes = 0;
    const meetings = () => [{ peer: W, metric: 1 }];
    const echo: PathPort["echo"] = (_, done) => {
      echoes++;
      done(answer);
    };
    const stranger = end({ meetings, echo }, false);
    stranger.meeting.onSketch(whole(salt));
    expect([echoes, stranger.outbox.size]).toEqual([0, 0]);
    const { meeting, outbox, clock } = end({ meetings, echo });
    meeting.onSketch(whole(salt));
    meeting.onSketch(whole(salt));
    meeting.onSketch(whole(salt.slice().fill(2)));
    expect([echoes, outbox.size]).toEqual([1, 1]);
    clock.nowMs = MEETING_PAUSE_MS;
    meeting.onSketch(whole(salt.slice().fill(3)));
    expect(echoes).toBe(2);
  });

  test("takes so many proposals, to its own sketch alone", () => {
    const { meeting, joined } = end({
      sketch: () => new Uint8Array(SKETCH_PEER_BYTES),
      echo: (_, done) => done(answer),
    });
    const propose = (of: Uint8Array) =>
      meeting.onProposal(body(encodeProposal({ salt: of, peer: W, stack: Uint8Array.of(3) })));
    propose(salt);
    meeting.begin(0);
    propose(salt);
    expect(joined).toEqual([]);
    const own = testRandom("meeting").bytes(SALT_BYTES);
    for (let i = 0; i <= MEETINGS_MAX; i++) propose(own);
    expect(joined).toHaveLength(MEETINGS_MAX);
    expect(joined[0]).toEqual(path(1, 2, 3));
  });
});
