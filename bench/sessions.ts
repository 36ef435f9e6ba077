import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createNodeSuite } from "../src/adapters/node/crypto.ts";
import { createNodeRandom } from "../src/adapters/node/random.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  makeLocalIdentity,
  type PeerRecord,
} from "../src/identity/index.ts";
import { SILENT_LOG } from "../src/ports/index.ts";
import type { RoutingPort } from "../src/routing/index.ts";
import { SessionManager, sessionLimits } from "../src/session/index.ts";
import { ManualClock } from "../src/testing/fixtures.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "./row.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (options?: { readonly type: "minor" }) => void;
const SERVICE = "bench";
const BATCH = 200;
const ROUNDS = 5;

/**
 * Sessions set up per second of one core, and what an idle one costs the peer that took it. Rates
 * are those of a peer that has run for a while: they are taken when the code is compiled.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  const world = new Crowd();
  const wanted = full ? 10_000 : 4_000;
  const count = Math.min(wanted, sessionLimits.SESSIONS_MAX - 2 * ROUNDS * BATCH);
  for (let round = 0; round <= ROUNDS; round++) world.meet(BATCH, false);
  const before = await heldBytes();
  const had = world.sessions;
  for (let left = count - had; left > 0; left -= BATCH) world.meet(Math.min(BATCH, left), false);
  const made = world.sessions - had;
  const bytes = ((await heldBytes()) - before) / Math.max(1, made);
  const idle = `${world.sessions} idle sessions`;
  const [strangers, known]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    strangers.push(world.meet(BATCH, false));
    known.push(world.meet(BATCH, true));
  }
  const rate = benchRow("hotpath.sessions.setup.per-second", median(strangers), "sessions/s");
  const again = benchRow("hotpath.sessions.setup.known.per-second", median(known), "sessions/s");
  const memory = benchRow("hotpath.sessions.idle.kB", bytes / 1_000, "kB");
  const both = "one core does the work of both sides; without sockets";
  return [
    { ...rate, note: `${both}; strangers, whose two signatures are verified` },
    { ...again, note: `${both}; peers whose records routing has verified before` },
    { ...memory, note: idle, reduced: count < 10_000 },
  ];
}

/** One peer and all who ever met it; those go away, their sessions stay. */
class Crowd {
  readonly #suite = createNodeSuite();
  readonly #random = createNodeRandom();
  readonly #clock = new ManualClock(1_000);
  readonly #host: SessionManager;
  readonly #hostRecord: PeerRecord;
  readonly #hostId: string;
  #areKnown = false;
  readonly #guests = new Map<string, { readonly record: PeerRecord; manager: SessionManager }>();

  constructor() {
    const identity = this.#newIdentity();
    this.#hostRecord = this.#recordOf(identity);
    this.#hostId = identity.id;
    this.#host = this.#manager(identity);
    this.#host.serveDatagrams(SERVICE, () => {});
  }

  get sessions(): number {
    return this.#host.stats().sessions;
  }

  /**
   * So many peers set up a session each; returns how many per second of one core.
   * @param areKnown whether the routing of the one that they meet has their records already
   */
  meet(count: number, areKnown: boolean): number {
    this.#areKnown = areKnown;
    const identities = Array.from({ length: count }, () => this.#newIdentity());
    for (const identity of identities) {
      const record = this.#recordOf(identity);
      this.#guests.set(identity.id, { record, manager: this.#manager(identity) });
    }
    // Guests are there before they meet anyone: it is not their session that moves them about.
    for (let i = 0; i < 2; i++) collect({ type: "minor" });
    const { user, system } = process.cpuUsage();
    for (const { manager } of this.#guests.values()) {
      manager.sendDatagram(this.#hostId, SERVICE, Uint8Array.of(1));
      this.#clock.advance(10);
      for (let turn = 0; turn < 3; turn++) for (const one of [this.#host, manager]) one.tick();
    }
    const used = process.cpuUsage({ user, system });
    this.#guests.clear();
    return (count * 1e6) / (used.user + used.system);
  }

  #newIdentity(): LocalIdentity {
    return makeLocalIdentity(this.#suite, this.#random.bytes(32), this.#random.bytes(32));
  }

  #recordOf(identity: LocalIdentity): PeerRecord {
    return decodePeerRecord(
      this.#suite,
      encodePeerRecord(identity, { name: "", seqno: 1, chain: new Uint8Array(12) }),
    );
  }

  #manager(identity: LocalIdentity): SessionManager {
    const routing: RoutingPort = {
      send: (to, payload) => {
        const there = to === this.#hostId ? this.#host : this.#guests.get(to)?.manager;
        there?.packet(payload.slice());
        return true;
      },
      record: (id) => {
        if (id === this.#hostId) return this.#hostRecord;
        const knows = this.#areKnown || id === identity.id;
        return knows ? this.#guests.get(id)?.record : undefined;
      },
      route: () => undefined,
      routes: () => [],
      payloadBytesMax: () => 1_152,
    };
    const { clock, random, suite } = {
      clock: this.#clock,
      random: this.#random,
      suite: this.#suite,
    };
    return new SessionManager({ identity, suite, clock, random, log: SILENT_LOG, routing });
  }
}

/** Memory in use after a collection, outside the heap as well. */
async function heldBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    // What keys hold in OpenSSL is freed between turns.
    await new Promise((done) => setImmediate(done));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
