import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { Random } from "../ports/index.ts";
import { type MovableClock, TestNet, TestPeer, TestTransport } from "./net.fixture.ts";

/** What the tests of this room take from the testing room, which stands beside it. */
export interface TestKit {
  readonly suite: CryptoSuite;
  readonly clock: () => MovableClock;
  readonly random: (seed: string) => Random;
  readonly identity: (label: string) => LocalIdentity;
}

/** Two peers on one network. */
export interface TestPair {
  readonly on: TestNet;
  readonly a: TestPeer;
  readonly b: TestPeer;
}

const NO_REPAIR: readonly [boolean, boolean] = [false, false];

/** Makes networks, transports and peers out of a kit. */
export class TestWorkshop {
  readonly #kit: TestKit;

  constructor(kit: TestKit) {
    this.#kit = kit;
  }

  /** An empty network whose faults follow from `seed`. */
  net(seed: number): TestNet {
    return new TestNet(this.#kit.clock(), this.#kit.random(`net ${seed}`));
  }

  /** A peer; the same label is the same identity. */
  peer(
    on: TestNet,
    label: string,
    seed: number,
    transports: readonly TestTransport[],
    discovery = false,
    repairsLosses = false,
  ): TestPeer {
    const { suite } = this.#kit;
    const identity = this.#kit.identity(label);
    const random = this.#kit.random(`${label} ${seed}`);
    return new TestPeer(on, { identity, suite, random, transports, discovery, repairsLosses });
  }

  /** A datagram transport. */
  udp(on: TestNet, label: string, frameBytesMax = 1_200, scheme = "udp"): TestTransport {
    return new TestTransport(on, `${scheme}://${label}`, frameBytesMax, false);
  }

  /** A stream transport. */
  tcp(on: TestNet, label: string): TestTransport {
    return new TestTransport(on, `tcp://${label}`, 65_535, true);
  }

  /** Two started peers on datagrams, a dialling b, with repair where `repairs` says so of each. */
  pair(
    seed: number,
    frameBytesMax = 1_200,
    repairs: readonly [boolean, boolean] = NO_REPAIR,
  ): TestPair {
    const on = this.net(seed);
    const a = this.peer(on, "a", seed, [this.udp(on, "a", frameBytesMax)], false, repairs[0]);
    const b = this.peer(on, "b", seed, [this.udp(on, "b", frameBytesMax)], false, repairs[1]);
    a.manager.start();
    b.manager.start();
    a.manager.addStaticLink("udp://b");
    return { on, a, b };
  }
}
