import { expect, test } from "vitest";
import { must } from "../../base/errors.ts";
import type { PathPort } from "../../routing/index.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { Reader } from "../../wire/index.ts";
import { Congestion } from "../congestion.ts";
import { PathControl } from "../path-control.ts";
import type { SentPacket } from "../sent-packets.ts";
import { PATH_FRAME, readToken } from "./path-frames.ts";
import { Steering } from "./steering.ts";

const SLOW = { firstHop: "fd01", labels: Uint8Array.of(1, 2) };
const FAST = { firstHop: "fd01", labels: Uint8Array.of(3) };

/** A responder whose routing knows no neighbours, at a time that the test sets. */
function responder(hasOrdinaryWay = true) {
  const time = { nowMs: 0 };
  const pings: number[] = [];
  const paths: Partial<PathPort> = {
    firstHops: () => [],
    waypoints: () => [],
    isNear: () => true,
    report: () => {},
  };
  const steering = new Steering(
    {
      ...{ selfId: "fd02", peerId: "fd03", random: testRandom("responder") },
      ...{ paths: paths as PathPort, isThrifty: false, isInitiator: false },
      nowMs: () => time.nowMs,
      packetBytesMax: () => 1_200,
      ordinaryFirstHop: () => undefined,
      ordinaryHops: () => undefined,
      hasOrdinaryWay: () => hasOrdinaryWay,
      isTrusted: () => false,
      onWork: () => {},
      onSwitched: () => {},
      ping: () => pings.push(time.nowMs),
    },
    new PathControl(new Congestion(1_200)),
  );
  return { steering, time, pings };
}

/** The body of the one frame that waits to be sent beside the data. */
function waitingToken(steering: Steering): Uint8Array {
  const { frame } = must(steering.prober.take(), "a challenge waits");
  const reader = new Reader(frame);
  expect(reader.varint()).toBe(PATH_FRAME.challenge);
  const body = reader.bytes(reader.varint());
  expect(readToken(body)).toBeGreaterThanOrEqual(0);
  return body;
}

test("a responder in doubt that hears of its other end on another way stays on that one", () => {
  const { steering, time } = responder();
  steering.onPacket(1, SLOW, true, 0);
  expect(steering.path.explicit).toEqual(SLOW);
  const sent = { number: 1, path: steering.path, sizeBytes: 100 } as SentPacket;
  steering.onSent(sent, 0);
  time.nowMs = steering.deadlineMs();
  steering.wake(time.nowMs);
  expect(steering.path.explicit).toBe(undefined);
  steering.challenge("doubt", { kind: "along", path: SLOW });
  const token = waitingToken(steering);
  time.nowMs += 200;
  steering.onPacket(2, FAST, true, time.nowMs);
  expect(steering.path.explicit).toEqual(FAST);
  time.nowMs += 800;
  steering.onExtension(PATH_FRAME.response, token);
  steering.onPacket(3, SLOW, false, time.nowMs);
  expect(steering.path.explicit).toEqual(FAST);
});

test("a responder that cannot answer the ordinary way stays on the way it has, and asks whether that works", () => {
  const { steering, time, pings } = responder(false);
  steering.onPacket(1, SLOW, true, 0);
  for (let number = 2; number < 32; number++) {
    time.nowMs += 100;
    steering.onPacket(number, undefined, true, time.nowMs);
  }
  expect(steering.path.explicit).toEqual(SLOW);
  expect(pings).toEqual([1_000, 2_000, 3_000]);
  const sent = { number: 1, path: steering.path, sizeBytes: 100 } as SentPacket;
  steering.onSent(sent, time.nowMs);
  time.nowMs = steering.deadlineMs();
  steering.wake(time.nowMs);
  expect(steering.seek?.purpose).toBe("doubt");
  expect(steering.path.explicit).toEqual(SLOW);
});

test("once it can, it answers that way", () => {
  const { steering } = responder();
  steering.onPacket(1, SLOW, true, 0);
  steering.onPacket(2, undefined, true, 0);
  expect(steering.path.explicit).toBe(undefined);
});
