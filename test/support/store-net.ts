import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { STRIPE } from "../../src/store/jobs.fixture.ts";
import { TestNet, type TestPeer } from "../../src/store/net.fixture.ts";
import { ManualClock, testIdentity, testRandom } from "../../src/testing/index.ts";

const suite = createNodeSuite();

/** A net of stores with the cryptography of Node and a clock that stands until it is moved. */
export function makeStoreNet(): TestNet {
  return new TestNet({
    suite,
    clock: new ManualClock(),
    random: (seed) => testRandom(seed),
    identity: (label) => testIdentity(suite, label),
  });
}

/** The power comes back: a new store of small stripes on what the old one left on disk. */
export function restartStore(net: TestNet, peer: TestPeer): TestPeer {
  net.drain();
  net.kill(peer);
  net.drain();
  peer.disk.operationsLeft = Number.POSITIVE_INFINITY;
  peer.disk.swallowsLastAnswer = false;
  const number = net.peers.findIndex((other) => other.id === peer.id);
  const identity = net.kit.identity(`peer ${number}`);
  return net.add({ stripeBytes: STRIPE, identity }, peer.disk);
}
