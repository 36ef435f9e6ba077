import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { chain, edge, joinAll, randomGraph, ring } from "../graphs.fixture.ts";
import { type Arrival, Mesh } from "../mesh.fixture.ts";
import type { EchoAnswer } from "../path-types.ts";
import { joinWays } from "./join.ts";
import { ECHO_TIMEOUT_MS, ECHOES_OPEN_MAX, PATIENCE_METRIC_MAX } from "./limits.ts";
import { patienceMs } from "./vicinity.ts";

const suite = createNodeSuite();
const identities = Array.from({ length: 60 }, (_, i) => testIdentity(suite, `path peer ${i}`));

function newMesh(size: number, seed: number, vicinityMax?: number): Mesh {
  return new Mesh({
    ...{ suite, clock: new ManualClock(1_000), random: testRandom(seed) },
    identities: identities.slice(0, size),
    ...(vicinityMax === undefined ? {} : { vicinityMax }),
  });
}

/** What arrives because of `send`. */
function arrivalOf(mesh: Mesh, send: () => boolean): Arrival | undefined {
  mesh.arrivals.length = 0;
  if (!send()) return undefined;
  mesh.settle(1_000);
  expect(mesh.arrivals.length).toBeLessThanOrEqual(1);
  return mesh.arrivals[0];
}

/** Sends a packet back along a recorded way and expects it where the first one began. */
function expectWayBack(mesh: Mesh, from: number, arrival: Arrival): void {
  const path = must(arrival.back, "a recorded packet has a way back");
  const router = mesh.router(arrival.place);
  const back = arrivalOf(mesh, () => router.paths.sendAlong(path, mesh.id(from), utf8("back")));
  expect(back?.place).toBe(from);
  const again = must(back?.back, "a labelled packet records its way");
  const there = arrivalOf(mesh, () =>
    mesh.router(from).paths.sendAlong(again, mesh.id(arrival.place), utf8("there")),
  );
  expect(there?.place).toBe(arrival.place);
}

function echoOf(mesh: Mesh, from: number, to: number): EchoAnswer | undefined {
  const answers: (EchoAnswer | undefined)[] = [];
  mesh.router(from).paths.echo(mesh.id(to), (answer) => answers.push(answer));
  mesh.settle(3_000);
  expect(answers).toHaveLength(1);
  return answers[0];
}

const graphs = [1, 2, 3].map((seed) => {
  const random = testRandom(`graph ${seed}`);
  return { seed, size: 40, edges: randomGraph(40, 10 * seed, random), random };
});

describe.each(graphs)("on random graph $seed", ({ seed, size, edges, random }) => {
  const mesh = newMesh(size, seed);
  joinAll(mesh, edges);
  mesh.settle();
  const draw = (): number => random.u32() % size;
  const pairs = Array.from({ length: 60 }, () => [draw(), draw()] as const).filter(
    ([a, b]) => a !== b,
  );

  test("every recorded way back really leads back", () => {
    for (const [from, to] of pairs) {
      const { paths } = mesh.router(from);
      const arrival = arrivalOf(mesh, () => paths.sendRecorded(mesh.id(to), utf8("recorded")));
      expect(arrival?.place).toBe(to);
      expectWayBack(mesh, from, must(arrival, "it arrived"));
    }
  });

  test("by waypoints and by every first hop, too, also where the way turns back", () => {
    let turned = 0;
    for (const [from, to] of pairs) {
      const { paths } = mesh.router(from);
      const waypoint = draw();
      const ways = paths.firstHops().map((hop) => () => {
        return paths.sendFirst(hop, mesh.id(to), utf8("first"));
      });
      ways.push(() => paths.sendVia(mesh.id(waypoint), mesh.id(to), utf8("via")));
      for (const way of ways) {
        const arrival = arrivalOf(mesh, way);
        // A first hop may have no way but the one back, and drops it then; waypoints always lead on.
        if (arrival === undefined) continue;
        expect(arrival.place).toBe(to);
        expectWayBack(mesh, from, arrival);
      }
      if (waypoint === from || waypoint === to) continue;
      const last = arrivalOf(mesh, must(ways.at(-1), "the waypoint"));
      expect(last?.place).toBe(to);
      if (
        mesh.router(waypoint).nextHop(mesh.id(from)) === mesh.router(waypoint).nextHop(mesh.id(to))
      )
        turned++;
    }
    expect(turned).toBeGreaterThan(3);
  });

  test("an echo measures a way that delivers in both directions", () => {
    for (const [from, to] of pairs.slice(0, 20)) {
      const answer = must(echoOf(mesh, from, to), "it echoes");
      expect(answer.roundTripMs).toBeGreaterThanOrEqual(2);
      const there = arrivalOf(mesh, () =>
        mesh.router(from).paths.sendAlong(answer.there, mesh.id(to), utf8("there")),
      );
      expect(there?.place).toBe(to);
      expectWayBack(mesh, from, must(there, "it arrived"));
    }
  });

  test("two ways over a meeting peer are joined to one", () => {
    let joined = 0;
    for (const [from, to] of pairs.slice(0, 20)) {
      const middle = draw();
      if (middle === from || middle === to) continue;
      const near = must(echoOf(mesh, from, middle), "it echoes");
      const far = must(echoOf(mesh, to, middle), "it echoes");
      const path = joinWays(near, far.backLabels);
      if (path === undefined) continue;
      joined++;
      const there = arrivalOf(mesh, () =>
        mesh.router(from).paths.sendAlong(path, mesh.id(to), utf8("joined")),
      );
      expect(there?.place).toBe(to);
      expectWayBack(mesh, from, must(there, "it arrived"));
    }
    expect(joined).toBeGreaterThan(8);
  });
});

describe("labels that lead nowhere", () => {
  function labelled(): { mesh: Mesh; answer: EchoAnswer } {
    const mesh = newMesh(6, 7);
    joinAll(mesh, ring(6));
    mesh.settle();
    return { mesh, answer: must(echoOf(mesh, 0, 3), "it echoes") };
  }

  test("a relay that knows the destination takes the ordinary way, and the way back is whole", () => {
    const { mesh, answer } = labelled();
    const second = mesh.place(answer.there.firstHop) === 1 ? 2 : 4;
    mesh.cut(second, 3);
    mesh.settle();
    const there = arrivalOf(mesh, () =>
      mesh.router(0).paths.sendAlong(answer.there, mesh.id(3), utf8("stray")),
    );
    expect(there?.place).toBe(3);
    expect(mesh.router(second).stats().strayed).toBe(1);
    expectWayBack(mesh, 0, must(there, "it arrived"));
  });

  test("a suspect neighbour is avoided where another way is known", () => {
    const { mesh, answer } = labelled();
    const second = mesh.place(answer.there.firstHop) === 1 ? 2 : 4;
    mesh.change(second, 3, { suspect: true });
    mesh.settle();
    arrivalOf(mesh, () => mesh.router(0).paths.sendAlong(answer.there, mesh.id(3), utf8("x")));
    expect(mesh.arrivals[0]?.place).toBe(3);
    expect(mesh.router(second).stats().strayed).toBe(1);
  });

  test("a first hop that is gone is refused at once", () => {
    const mesh = newMesh(3, 8);
    joinAll(mesh, chain(3));
    mesh.settle();
    const { paths } = mesh.router(0);
    const payload = utf8("never");
    expect(paths.sendFirst(mesh.id(2), mesh.id(2), payload)).toBe(false);
    expect(paths.sendVia(must(identities[9], "there").id, mesh.id(2), payload)).toBe(false);
    const labels = new Uint8Array(256).fill(1);
    expect(paths.sendAlong({ firstHop: mesh.id(1), labels }, mesh.id(2), payload)).toBe(false);
    expect(mesh.router(0).stats().dropped["label-room"]).toBe(1);
  });
});

test("an echo of nobody is answered once, and no more than so many are open", () => {
  const mesh = newMesh(3, 9);
  joinAll(mesh, [edge(0, 1)]);
  mesh.settle();
  let answers = 0;
  mesh.router(0).paths.echo(mesh.id(2), (answer) => {
    expect(answer).toBe(undefined);
    answers++;
  });
  expect(answers).toBe(1);
});

test("echoes that get lost end after their time, each once, and one above the limit at once", () => {
  const mesh = newMesh(2, 10);
  joinAll(mesh, [edge(0, 1)]);
  mesh.settle();
  const { paths } = mesh.router(0);
  let answered = 0;
  mesh.cut(0, 1, 10_000, 10_000);
  const ask = (): void => {
    paths.echo(mesh.id(1), (answer) => {
      expect(answer).toBe(undefined);
      answered++;
    });
  };
  for (let i = 0; i < ECHOES_OPEN_MAX; i++) ask();
  expect(answered).toBe(0);
  ask();
  expect(answered).toBe(1);
  mesh.settle(patienceMs(ECHO_TIMEOUT_MS, 1) - 1);
  expect(answered).toBe(1);
  mesh.settle(1);
  expect(answered).toBe(1 + ECHOES_OPEN_MAX);
  expect(paths.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
});

test("an echo over a way that takes seconds is waited for, but not for ever", () => {
  const mesh = newMesh(2, 11);
  mesh.join(0, 1, 2_924, 1_450);
  mesh.settle(10_000);
  const answers: (EchoAnswer | undefined)[] = [];
  mesh.router(0).paths.echo(mesh.id(1), (answer) => answers.push(answer));
  mesh.settle(3_000);
  expect(answers.map((answer) => answer?.roundTripMs)).toEqual([2_900]);
  const longestMs = patienceMs(ECHO_TIMEOUT_MS, PATIENCE_METRIC_MAX);
  expect(patienceMs(ECHO_TIMEOUT_MS, PATIENCE_METRIC_MAX + 1)).toBe(longestMs);
});
