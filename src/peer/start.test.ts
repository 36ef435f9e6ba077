import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import {
  type BlockStore,
  DiskError,
  type RecordStore,
  SILENT_LOG,
  type Transport,
} from "../ports/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { Peer } from "./peer.ts";
import type { PeerConfig, PeerEvents } from "./types.ts";

const suite = createNodeSuite();

const empty: RecordStore & BlockStore = {
  write: (_batch, done) => done(null),
  scan: (_prefix, done) => done(null, []),
  put: (_key, _block, done) => done(new DiskError("full", "no room")),
  get: (_key, done) => done(null, null),
  remove: (_keys, done) => done(null),
  has: () => false,
  keys: () => [],
  usedBytes: () => 0,
};

const silent: Transport = {
  scheme: "udp",
  frameBytesMax: 1_200,
  reliable: false,
  send: () => false,
  broadcast: () => undefined,
  canDial: () => true,
  open: () => undefined,
  close: () => undefined,
  reachableAt: () => [],
};

const events: PeerEvents = {
  onNeighbourUp: () => undefined,
  onNeighbourDown: () => undefined,
  onReachable: () => undefined,
  onUnreachable: () => undefined,
  onContactChanged: () => undefined,
  onMessage: () => undefined,
  onMessageState: () => undefined,
  onStoreProgress: () => undefined,
  onObjectChanged: () => undefined,
};

function startWith(change: Partial<PeerConfig>): string {
  const ports = {
    clock: new ManualClock(1_000),
    random: testRandom(1),
    log: SILENT_LOG,
    suite,
    records: empty,
    blocks: empty,
    transports: [silent],
  };
  const config = {
    identity: testIdentity(suite, "anna"),
    name: "anna",
    discovery: false,
    storeQuotaBytes: 0,
    links: [],
    ...change,
  };
  let outcome = "no answer";
  new Peer(ports, config, events).start((error) => {
    outcome = error === null ? "started" : error.code;
  });
  return outcome;
}

test("what a person may write wrongly is answered, never thrown into the disk's callback", () => {
  expect(startWith({ links: ["udp://192.0.2.7:4711"] })).toBe("started");
  expect(startWith({ links: ["garbage"] })).toBe("bad-endpoint");
  expect(startWith({ links: ["carrier-pigeon://loft"] })).toBe("unknown-scheme");
  expect(startWith({ name: "an\u202ena" })).toBe("bad-name");
});
