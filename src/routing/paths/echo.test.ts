import { beforeEach, describe, expect, test } from "vitest";
import { testRandom } from "../../testing/fixtures.ts";
import type { EchoAnswer, Path } from "../path-types.ts";
import { newStats, type RoutingStats } from "../stats.ts";
import { Echoes } from "./echo.ts";
import { NO_LABEL } from "./label-codec.ts";
import type { Labels } from "./labels.ts";
import {
  ECHO_TIMEOUT_MS,
  ECHOES_OPEN_MAX,
  LABELS_BYTES_MAX,
  PATIENCE_METRIC_MAX,
} from "./limits.ts";
import { COOKIE_BYTES, SERVICE_ECHO_ANSWER, SERVICE_ECHO_REQUEST } from "./messages.ts";

const NEVER = Number.POSITIVE_INFINITY;
const HEAD_BYTES = 1 + COOKIE_BYTES;

let stats: RoutingStats;
let echoes: Echoes;
let sentBack: [Path, Uint8Array][];
let isOpen: boolean;
let answers: (EchoAnswer | undefined)[];

/** A peer whose label of every neighbour is 5, but of "nobody". */
beforeEach(() => {
  stats = newStats();
  sentBack = [];
  answers = [];
  isOpen = true;
  const labels: Pick<Labels, "of"> = { of: (id) => (id === "nobody" ? NO_LABEL : 5) };
  echoes = new Echoes({
    ...{ labels: labels as Labels, random: testRandom(1), stats },
    sendBack: (back, payload) => {
      sentBack.push([back, payload]);
      return isOpen;
    },
  });
});

/** Asks, and gives the request. */
function ask(metric = 0, nowMs = 0): Uint8Array {
  let request = new Uint8Array(0);
  const send = (bytes: Uint8Array): boolean => {
    request = bytes.slice();
    return isOpen;
  };
  echoes.ask(send, (answer) => answers.push(answer), metric, nowMs);
  return request;
}

const answerTo = (request: Uint8Array, ...labels: number[]): Uint8Array =>
  Uint8Array.from([SERVICE_ECHO_ANSWER, ...request.subarray(1), ...labels]);
const way = (...labels: number[]): Path => ({ firstHop: "hop", labels: Uint8Array.from(labels) });

describe("an echo of ours", () => {
  test("tells both ways and how long they took, once", () => {
    const request = ask(0, 100);
    expect([request.length, request[0], echoes.size]).toEqual([
      HEAD_BYTES,
      SERVICE_ECHO_REQUEST,
      1,
    ]);
    const answer = answerTo(request, 1, 2, 3);
    const there = way(8, 9);
    expect(echoes.receive(answer, there, 130)).toBe(true);
    answer.fill(0);
    there.labels.fill(0);
    expect(answers).toEqual([
      { there: way(8, 9), backLabels: Uint8Array.of(1, 2, 3), roundTripMs: 30 },
    ]);
    expect(echoes.receive(answerTo(request, 1, 2, 3), way(8, 9), 131)).toBe(false);
    expect([answers.length, echoes.size, stats.services.echoesSent]).toEqual([1, 0, 1]);
  });

  test("believes no other cookie, nor a way back of another length", () => {
    const request = ask();
    const other = request.slice();
    other[HEAD_BYTES - 1] = (other[HEAD_BYTES - 1] ?? 0) ^ 1;
    expect(echoes.receive(answerTo(other, 1), way(), 1)).toBe(false);
    expect(echoes.receive(answerTo(request, 1), way(8), 1)).toBe(false);
    expect(echoes.receive(answerTo(request, 1, 2, 3), way(8), 1)).toBe(false);
    expect(answers).toEqual([]);
    expect(echoes.receive(answerTo(request, 1, 2), way(8), 1)).toBe(true);
  });

  test("is given up after its time, and later where the way is slow", () => {
    ask(0, 100);
    ask(700, 100);
    ask(1e9, 100);
    const ends = [0, 1_400, 2 * PATIENCE_METRIC_MAX].map((ms) => 100 + ECHO_TIMEOUT_MS + ms);
    for (const [gone, endMs] of ends.entries()) {
      expect(echoes.nextDeadlineMs()).toBe(endMs);
      echoes.tick(endMs - 1);
      expect(answers).toHaveLength(gone);
      echoes.tick(endMs);
      expect(answers).toHaveLength(gone + 1);
    }
    expect([echoes.size, echoes.nextDeadlineMs(), answers[0]]).toEqual([0, NEVER, undefined]);
  });

  test("that cannot leave is over at once", () => {
    isOpen = false;
    ask();
    expect([answers, echoes.size, stats.services.echoesSent]).toEqual([[undefined], 0, 0]);
  });

  test("is one of as many as allowed, each with a cookie of its own", () => {
    const requests = Array.from({ length: ECHOES_OPEN_MAX }, () => ask().join());
    expect([new Set(requests).size, answers.length, echoes.size]).toEqual([
      ...[ECHOES_OPEN_MAX, 0, ECHOES_OPEN_MAX],
    ]);
    expect(ask()).toHaveLength(0);
    expect([answers.length, echoes.size]).toEqual([1, ECHOES_OPEN_MAX]);
  });
});

describe("an echo for others", () => {
  const request = Uint8Array.from({ length: HEAD_BYTES }, (_, i) => i);
  const labelled = (length: number, firstHop = "hop"): Path => ({
    ...{ firstHop, labels: new Uint8Array(length).fill(7) },
  });

  test("goes back the way it came, our label of the first hop before the others", () => {
    expect(echoes.answer(request, labelled(2))).toBe(true);
    const [back, answer] = sentBack[0] ?? [];
    expect(back).toEqual(labelled(2));
    expect([...(answer ?? [])]).toEqual([SERVICE_ECHO_ANSWER, ...request.subarray(1), 5, 7, 7]);
    expect(stats.services.echoesAnswered).toBe(1);
    isOpen = false;
    expect(echoes.answer(request, labelled(2))).toBe(true);
    expect(stats.services.echoesAnswered).toBe(1);
  });

  test("is none where the request is of another size, the way too long or without a label", () => {
    expect(echoes.answer(request.subarray(1), labelled(1))).toBe(false);
    expect(echoes.answer(new Uint8Array(HEAD_BYTES + 1), labelled(1))).toBe(false);
    expect(echoes.answer(request, labelled(1, "nobody"))).toBe(false);
    expect(echoes.answer(request, labelled(LABELS_BYTES_MAX))).toBe(false);
    expect(sentBack).toEqual([]);
    expect(echoes.answer(request, labelled(LABELS_BYTES_MAX - 1))).toBe(true);
  });
});
