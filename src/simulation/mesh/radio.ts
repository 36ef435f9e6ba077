import type { CryptoSuite } from "../../crypto/index.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { Crowd } from "./crowd.ts";
import { MeshWorld } from "./world.ts";

/** Where somebody is in a world with a radio link. */
export const RADIO_PLACES = { gateway: 0, leaf: 1 } as const;
/** A radio modem of 1,200 bit/s. */
export const RADIO_BITS_PER_SECOND = 1_200;
const DELAY_MS = 50;
/** Cost of such a link to the link room, which measures a round trip of seconds. */
const COST = 2_048;
/** Cost of the link to a real peer of the crowd, that is far for everybody. */
const FAR_COST = 4_000;
const SPEAKERS = 16;

/** What is on both sides of a radio link. */
export interface RadioOptions {
  readonly seed: number;
  readonly suite: CryptoSuite;
  /** Peers behind the gateway. */
  readonly crowd: number;
  /** How many of them have routers of their own, besides the one of the gateway. */
  readonly real?: number;
  /** Both budgets of the peer at the other end, which has no other link; everybody fits where none are given. */
  readonly leafBudget?: number;
}

/** A radio link between a gateway and a leaf, before it is laid. */
export interface RadioScene {
  readonly world: MeshWorld;
  readonly crowd: Crowd;
  /** Places of the peers behind the gateway that have routers of their own. */
  readonly real: readonly number[];
}

/**
 * A gateway that knows a crowd, and a leaf that is not joined to it yet; both are the product's own
 * routers. The crowd has none (see there), but for some who are neighbours of the gateway.
 */
export function radioScene(options: RadioOptions): RadioScene {
  const { seed, suite, crowd: size, real: realCount = 0, leafBudget } = options;
  const speakers = Array.from({ length: Math.min(SPEAKERS, size) }, (_, number) => number + 2);
  const real = Array.from({ length: realCount }, (_, at) => speakers.length + 2 + at);
  const budgets =
    leafBudget === undefined ? {} : { vicinityMax: leafBudget, landmarksMax: leafBudget };
  const world = new MeshWorld({
    ...{ seed, suite, size: 2 + speakers.length + real.length },
    router: (place) => (place === RADIO_PLACES.leaf ? budgets : {}),
  });
  for (const place of real) world.join(RADIO_PLACES.gateway, place, { cost: FAR_COST });
  const random = testRandom(`crowd ${seed}`);
  const { gateway } = RADIO_PLACES;
  const crowd = new Crowd({
    world,
    suite,
    random,
    gateway,
    speakers,
    size: size - real.length - 1,
  });
  crowd.appear();
  world.run(60_000);
  return { world, crowd, real };
}

/** Lays the radio link. */
export function switchOn({ world }: RadioScene): void {
  const { gateway, leaf } = RADIO_PLACES;
  const traits = { bitsPerSecond: RADIO_BITS_PER_SECOND, delayMs: DELAY_MS, cost: COST };
  world.join(gateway, leaf, traits);
}

/** Bytes of control messages that have crossed the link, both ways, with frames and acknowledgements. */
export function radioBytes({ world }: RadioScene): number {
  const { gateway, leaf } = RADIO_PLACES;
  const sides = [world.side(gateway, leaf), world.side(leaf, gateway)];
  return sides.reduce((sum, { carried }) => sum + carried.controlBytes, 0);
}

/** Lets everybody in the crowd change, and time pass until the leaf has heard of each. */
export function radioRoundMs({ world, crowd }: RadioScene, limitMs: number): number | undefined {
  const { leaf } = RADIO_PLACES;
  crowd.renew();
  return world.runUntil(() => crowd.hopsOfMissing(leaf).length === 0, limitMs, 10_000);
}
