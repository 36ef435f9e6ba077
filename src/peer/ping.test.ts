import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type PeerId,
  type PeerRecord,
} from "../identity/index.ts";
import type { DatagramHandler, SessionPort } from "../session/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { PING_TIMEOUT_MS, PINGS_MAX } from "./limits.ts";
import { Pinger } from "./ping.ts";

const suite = createNodeSuite();

function recordOf(label: string): PeerRecord {
  const bytes = encodePeerRecord(testIdentity(suite, label), { name: label, seqno: 1 });
  return decodePeerRecord(suite, bytes);
}

/** Datagrams that go nowhere until a test carries them. */
class Post {
  readonly sent: { from: PeerRecord; to: PeerId; service: string; bytes: Uint8Array }[] = [];
  readonly #handlers = new Map<string, DatagramHandler>();

  portOf(record: PeerRecord): SessionPort {
    return {
      openStream: () => undefined,
      hasDatagramRoom: () => true,
      sendDatagram: (to, service, bytes) => {
        this.sent.push({ from: record, to, service, bytes: bytes.slice() });
        return true;
      },
      serve: () => undefined,
      serveDatagrams: (service, handler) => {
        this.#handlers.set(`${record.id} ${service}`, handler);
      },
      roundTripMs: () => undefined,
    };
  }

  deliver(): void {
    for (const { from, to, service, bytes } of this.sent.splice(0)) {
      this.#handlers.get(`${to} ${service}`)?.(from, bytes);
    }
  }
}

function world() {
  const clock = new ManualClock();
  const post = new Post();
  const [here, there, other] = [recordOf("here"), recordOf("there"), recordOf("other")];
  const pinger = new Pinger(post.portOf(here), clock, testRandom(1));
  const echo = new Pinger(post.portOf(there), clock, testRandom(2));
  return { clock, post, here, there, other, pinger, echo };
}

test("an answered ping tells the round trip, once", () => {
  const { clock, post, there, pinger } = world();
  const answers: (number | undefined)[] = [];
  expect(pinger.ping(there.id, (ms) => answers.push(ms))).toBe(true);
  clock.advance(30);
  post.deliver();
  clock.advance(12);
  post.deliver();
  expect(answers).toEqual([42]);
  clock.advance(PING_TIMEOUT_MS);
  pinger.tick();
  expect(answers).toEqual([42]);
  expect(pinger.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
});

test("silence is told at the timeout and not before", () => {
  const { clock, there, pinger } = world();
  const answers: (number | undefined)[] = [];
  pinger.ping(there.id, (ms) => answers.push(ms));
  expect(pinger.nextDeadlineMs()).toBe(PING_TIMEOUT_MS);
  clock.advance(PING_TIMEOUT_MS - 1);
  pinger.tick();
  expect(answers).toEqual([]);
  clock.advance(1);
  pinger.tick();
  expect(answers).toEqual([undefined]);
});

test("nobody else can answer, and wrong or repeated answers change nothing", () => {
  const { clock, post, here, there, other, pinger } = world();
  const answers: (number | undefined)[] = [];
  pinger.ping(there.id, (ms) => answers.push(ms));
  const [sent] = post.sent;
  const nonce = sent?.bytes ?? new Uint8Array();
  post.sent.push({ from: other, to: here.id, service: "pong", bytes: nonce });
  post.sent.push({ from: there, to: here.id, service: "pong", bytes: new Uint8Array(3) });
  post.deliver();
  expect(answers).toEqual([]);
  clock.advance(5);
  post.deliver();
  expect(answers).toEqual([5]);
  post.sent.push({ from: there, to: here.id, service: "pong", bytes: nonce });
  post.deliver();
  expect(answers).toEqual([5]);
});

test("an echo request of another length is not answered", () => {
  const { post, here, there } = world();
  post.sent.push({ from: here, to: there.id, service: "ping", bytes: new Uint8Array(200) });
  post.deliver();
  expect(post.sent).toEqual([]);
});

test(`at most ${PINGS_MAX} pings wait at once`, () => {
  const { clock, there, pinger } = world();
  for (let i = 0; i < PINGS_MAX; i++) expect(pinger.ping(there.id, () => undefined)).toBe(true);
  expect(pinger.ping(there.id, () => undefined)).toBe(false);
  clock.advance(PING_TIMEOUT_MS);
  pinger.tick();
  expect(pinger.ping(there.id, () => undefined)).toBe(true);
});
