import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { must, type TypedError } from "../../src/base/errors.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import { type DevicesError, type Joined, Joining, stagedWrites } from "../../src/devices/index.ts";
import {
  deriveDevice,
  type LocalIdentity,
  makeAddedIdentity,
  makeLocalIdentity,
  vouchForDevice,
} from "../../src/identity/index.ts";
import type { Peer } from "../../src/peer/index.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { SimPeer } from "../../src/simulation/sim-peer.ts";
import { VirtualNetwork } from "../../src/simulation/virtual-network.ts";
import { World } from "../../src/simulation/world.ts";

/** One suite for all. */
export const suite: CryptoSuite = createNodeSuite();
const PLACES = 8;
const LOOK_MS = 200;

const seedOf = (text: string): Uint8Array => suite.sha256(utf8(text));

/** How a new device's attempt to join went. */
export interface JoinAttempt {
  readonly seed: Uint8Array;
  readonly name: string;
  words: readonly string[] | undefined;
  joined: Joined | undefined;
  error: DevicesError | undefined;
  /** Says that all is on disk. */
  kept: (() => void) | undefined;
  /** The peer with which it joins, of a person of its own. */
  readonly peer: SimPeer;
}

/** Whole peers of several people, all in reach of each other, in virtual time. */
export class Household {
  readonly world: World;
  readonly network: VirtualNetwork;
  #places = 0;

  constructor(seed: number) {
    this.world = new World(seed);
    this.network = new VirtualNetwork(this.world);
    for (let a = 0; a < PLACES; a++) {
      for (let b = a + 1; b < PLACES; b++) this.network.connect(a, b);
    }
  }

  /** A device that holds its person's words. */
  first(person: string, device: string, origin?: "words" | "friends"): SimPeer {
    const entropy = seedOf(`person ${person}`);
    const identity = makeLocalIdentity(suite, seedOf(`device ${device}`), entropy);
    const secrets = { entropy };
    const config = { name: device, secrets };
    return this.#start(identity, {
      ...config,
      ...(origin === undefined ? {} : { origin: { origin, vouchers: [] } }),
    });
  }

  /** A device that asks to become one of somebody's. */
  join(device: string, link?: string): JoinAttempt {
    const seed = seedOf(`device ${device}`);
    const nobody = makeLocalIdentity(suite, seed, seedOf(`nobody ${device}`));
    const peer = this.#start(nobody, { name: device });
    const attempt: JoinAttempt = {
      ...{ seed, peer, name: device },
      ...{ words: undefined, joined: undefined, error: undefined, kept: undefined },
    };
    const joining = must(
      peer.act(
        ({ session }) =>
          new Joining({
            ...{ identity: nobody, name: device, suite, clock: this.world.clock, link },
            ...{ random: this.world.random.fork(device), log: SILENT_LOG, sessions: session },
            events: {
              onWords: (words) => {
                attempt.words = words;
              },
              onJoined: (joined, kept) => {
                attempt.joined = joined;
                attempt.kept = kept;
              },
              onFailed: (error) => {
                attempt.error = error;
              },
            },
          }),
      ),
      "the joining peer runs",
    );
    const look = (): void => {
      peer.act(({ routing }) => {
        for (const { record } of routing.routes()) joining.peerReachable(record.id, record.signKey);
        joining.tick();
      });
      if (peer.isUp) this.world.after(LOOK_MS, look);
    };
    look();
    return attempt;
  }

  /** Starts the device that has joined, from what it was given. */
  begin({ seed, name, joined, peer }: JoinAttempt): SimPeer {
    peer.stop();
    const { certificate } = must(joined, "it has joined");
    const identity = makeAddedIdentity(suite, seed, certificate);
    const secrets = { entropy: undefined };
    return this.#start(identity, { name, secrets }, (fresh) => {
      const records = fresh.disk.open((answer) => answer()).records;
      records.write(stagedWrites(must(joined, "it has joined")), () => {});
      // Its address stays the same, so its announcements go on counting.
      const before = peer.disk.open((answer) => answer()).records;
      before.scan("peer/seqno", (_, found) => records.write(found, () => {}));
      this.world.run(100);
    });
  }

  /** Starts a device that another one vouches for behind the log's back. */
  smuggle(by: SimPeer, device: string): SimPeer {
    const seed = seedOf(`device ${device}`);
    const { signKey } = deriveDevice(suite, seed);
    const certificate = vouchForDevice(by.identity, signKey.publicKey);
    const identity = makeAddedIdentity(suite, seed, certificate);
    return this.#start(identity, { name: device, secrets: { entropy: undefined } });
  }

  /** Adds a device by a link and starts it. */
  pair(standing: SimPeer, device: string): SimPeer {
    const link = must(
      standing.act(({ devices }) => devices.adding.open([]).link),
      "it runs",
    );
    const attempt = this.join(device, link);
    this.until(() => attempt.kept !== undefined);
    attempt.peer.act(() => attempt.kept?.());
    this.world.run(2_000);
    return this.begin(attempt);
  }

  /** Lets two people meet by an invite. */
  introduce(host: SimPeer, guest: SimPeer): void {
    let link = "";
    host.act(({ contacts }) => {
      contacts.createInvite([], (_, invite) => {
        link = invite?.link ?? "";
      });
    });
    this.world.run(100);
    guest.act((peer) =>
      peer.addContact(link, undefined, (error) => {
        if (error !== null) throw error;
      }),
    );
    this.until(() => this.hasMet(guest, host) && this.hasMet(host, guest));
  }

  hasMet(peer: SimPeer, other: SimPeer): boolean {
    const { personId } = other.identity.person;
    return peer.act(({ contacts }) => contacts.byPerson(personId)?.state) === "met";
  }

  /** Waits; fails where it never comes to be. */
  until(condition: () => boolean, limitMs = 60_000): void {
    if (this.world.runUntil(condition, limitMs) === undefined) {
      throw new RangeError("It never came to that.");
    }
  }

  /** What a call into a peer answers through its callback. */
  outcome(
    peer: SimPeer,
    run: (peer: Peer, done: (error: TypedError | null) => void) => void,
  ): string {
    let code: string | undefined;
    peer.act((live) =>
      run(live, (error) => {
        code = error?.code ?? "none";
      }),
    );
    this.until(() => code !== undefined);
    return must(code, "it was answered");
  }

  #start(
    identity: LocalIdentity,
    config: ConstructorParameters<typeof SimPeer>[0]["config"],
    prepare: (peer: SimPeer) => void = () => {},
  ): SimPeer {
    const { world, network } = this;
    const place = this.#places++;
    const more = config === undefined ? {} : { config };
    const peer = new SimPeer({ world, network, place, suite, identity, ...more });
    prepare(peer);
    peer.start();
    this.until(() => peer.isReady);
    return peer;
  }
}
