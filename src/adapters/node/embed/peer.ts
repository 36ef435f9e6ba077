import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { Duplex } from "node:stream";
import { must, type TypedError } from "../../../base/errors.ts";
import type { Contact } from "../../../contacts/index.ts";
import { parseReach, parseWho, type Wanted } from "../../../gateway/index.ts";
import { formatAddress } from "../../../identity/index.ts";
import { Peer, type PeerEvents } from "../../../peer/index.ts";
import type { Log, Transport } from "../../../ports/index.ts";
import { auditsOf } from "../audits-config.ts";
import { createNodeClock } from "../clock.ts";
import { createNodeSuite } from "../crypto.ts";
import { Driver } from "../driver.ts";
import { AdapterError } from "../errors.ts";
import { healingOf } from "../healing-config.ts";
import { NodeLocalNet } from "../proxy/local-net.ts";
import { createNodeRandom } from "../random.ts";
import { openDisks, type PeerResources, release, withHome } from "../resources.ts";
import { localIdentityOf, personConfigOf } from "../stored-identity.ts";
import { openTransports, type TransportChoices, Wiring } from "../transports.ts";
import { ConnectionStream } from "./duplex.ts";

/** Bytes kept for others where nothing is said: none. */
const QUOTA_BYTES_USUAL = 0;
const NOTHING = (): void => undefined;
/** How long meeting somebody may take, in milliseconds. */
const MEETING_MS = 30_000;

/** What a peer inside a program is told; config.json of the home is heard where this is silent. */
export interface EmbedOptions {
  /** Directory of keys and state; made where it is missing. */
  readonly home: string;
  /** What others see. */
  readonly name: string;
  /** Where to accept links, such as "tcp://127.0.0.1:4711". */
  readonly listen?: readonly string[];
  /** Peers to keep dialled. */
  readonly links?: readonly string[];
  /** Whether to look around on local networks; true where nothing is said. */
  readonly discovery?: boolean;
  /** Bytes kept for others; 0 where nothing is said. */
  readonly quotaBytes?: number;
}

/** Who has connected. */
export interface Caller {
  /** The contact's petname, or the peer's address. */
  readonly name: string;
  readonly peerId: string;
}

/** A whole peer inside a Node program. */
export interface NodePeer {
  /** The rooms, for everything that is not here. Call `poke` after calls into it. */
  readonly peer: Peer;
  /** IPv6 text of fd00::/8. */
  readonly address: string;
  /** Places at which others can link to this peer. */
  readonly listening: readonly string[];
  /** An invite for somebody, with the places where this peer can be dialled. */
  invite(): Promise<string>;
  /**
   * Meets the person who made an invite, under this petname; waits until both have each other.
   * @throws TypedError where the invite is no good; AdapterError("refused") after 30 s without an
   *   answer: they hear of it once they are in reach
   */
  add(link: string, petname: string): Promise<void>;
  /**
   * Connects to a port, or a service by name, of a contact or an address.
   * @param options the signal gives it up
   * @throws AdapterError("refused") in words; TypedError where the name is nobody's; the signal's
   *   reason
   */
  connect(
    name: string,
    port: number | string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Duplex>;
  /**
   * Takes connections to a service or a port from these contacts and groups, and from whom rules
   * allow. The port is one of the mesh: nothing listens on this machine.
   * @returns stops listening; open connections live on
   * @throws TypedError where the name is taken or nobody's
   */
  listen(
    service: string | number,
    handler: (connection: Duplex, from: Caller) => void,
    to?: readonly string[],
  ): () => void;
  poke(): void;
  /** Says goodbye to the neighbours, and closes sockets and disks. */
  stop(): Promise<void>;
}

/**
 * Starts a peer inside this program, on a home of its own.
 * @throws AdapterError, DiskError, PeerError with what to do next
 */
export function startNodePeer(options: EmbedOptions): Promise<NodePeer> {
  return withHome(options.home, (resources) => assemble(options, resources));
}

async function assemble(options: EmbedOptions, resources: PeerResources): Promise<NodePeer> {
  const { home, log } = resources;
  const suite = createNodeSuite();
  const stored = home.identity ?? {
    deviceSeed: new Uint8Array(randomBytes(32)),
    personEntropy: new Uint8Array(randomBytes(32)),
    name: options.name,
    wordsShown: false as const,
  };
  if (home.identity === undefined) await home.writeIdentity(stored);
  const identity = localIdentityOf(suite, stored);
  const { records, blocks } = await openDisks(resources);
  const wiring = new Wiring();
  const { udp, tcp } = await openTransports(transportChoicesOf(options, log), resources, wiring);
  const transports = [udp, tcp];
  const clock = createNodeClock();
  const poke = (): void => driver.poke();
  const net = new NodeLocalNet(poke);
  resources.net = net;
  const ports = { clock, random: createNodeRandom(), log, suite, records, blocks, net, transports };
  const config = {
    identity,
    ...personConfigOf(stored),
    name: options.name,
    discovery: options.discovery ?? home.config.discovery ?? true,
    storeQuotaBytes: options.quotaBytes ?? home.config.quotaBytes ?? QUOTA_BYTES_USUAL,
    healing: healingOf(home.config),
    audits: auditsOf(home.config),
    repairsLosses: home.config.repair ?? true,
    links: [...(home.config.links ?? []), ...(options.links ?? [])],
    groups: home.config.groups ?? {},
    isCopied: home.isCopied,
    keepsUnknownBlocks: home.hasDamagedRecords,
  };
  const met = new EventEmitter();
  const peer = new Peer(ports, config, {
    ...SILENT,
    onContactChanged: ({ personId, state }) => state === "met" && met.emit(personId),
  });
  const driver = new Driver(
    peer,
    () => clock.monotonicMs(),
    (error) => {
      throw error;
    },
  );
  resources.stopPeer = () => {
    peer.stop();
    driver.stop();
  };
  wiring.connect(peer, transports, driver);
  await settled((done) => peer.start(done));
  await home.keepPlace();
  poke();
  return faceOf({ peer, met, poke }, resources, transports);
}

function transportChoicesOf(options: EmbedOptions, log: Log): TransportChoices {
  return {
    listen: options.listen ?? [],
    discovery: options.discovery,
    udpPort: undefined,
    onWarning: (sentence) => log.warn("transport", { sentence }),
  };
}

const SILENT: PeerEvents = {
  onNeighbourUp: NOTHING,
  onNeighbourDown: NOTHING,
  onReachable: NOTHING,
  onUnreachable: NOTHING,
  onContactChanged: NOTHING,
  onMessage: NOTHING,
  onMessageState: NOTHING,
  onStoreProgress: NOTHING,
  onObjectChanged: NOTHING,
};

/** A peer that runs. */
interface Running {
  readonly peer: Peer;
  /** Emits the id of a person who has been met. */
  readonly met: EventEmitter;
  readonly poke: () => void;
}

function faceOf(
  running: Running,
  resources: PeerResources,
  transports: readonly Transport[],
): NodePeer {
  const { peer, poke } = running;
  const listening = transports.flatMap((transport) => transport.reachableAt()).reverse();
  return {
    peer,
    address: formatAddress(peer.identity.id),
    listening,
    invite: async () => {
      const made = await answered<{ readonly link: string }>((done) =>
        peer.createInvite(listening, done),
      );
      return made.link;
    },
    add: (link, petname) => meet(running, link, petname),
    connect: async (name, port, options) => {
      return connect(running, name, wantedOf(port), options?.signal);
    },
    listen: (service, handler, to = []) => listenTo(peer, service, handler, to, poke),
    poke,
    stop: () => release(resources),
  };
}

async function meet({ peer, met, poke }: Running, link: string, petname: string): Promise<void> {
  const { personId } = await answered<Contact>((done) => {
    peer.addContact(link, petname, done);
    poke();
  });
  if (peer.contacts.byPerson(personId)?.state === "met") return;
  await once(met, personId, { signal: AbortSignal.timeout(MEETING_MS) }).catch((cause: unknown) => {
    const words = `${petname} has not answered yet. They hear of it once they are in reach.`;
    throw new AdapterError("refused", words, { cause });
  });
}

function wantedOf(port: number | string): Wanted {
  const reach = parseReach(String(port));
  if (reach.t !== "all") return reach;
  throw new AdapterError("bad-endpoint", "Name one port or service.");
}

function connect(
  { peer, poke }: Running,
  name: string,
  wanted: Wanted,
  signal: AbortSignal | undefined,
): Promise<Duplex> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      giveUp();
      poke();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const giveUp = peer.gateway.connect(name, wanted, (words, _refusal, tunnel) => {
      signal?.removeEventListener("abort", onAbort);
      if (tunnel === undefined) {
        reject(new AdapterError("refused", words));
        return;
      }
      const connection = new ConnectionStream(poke);
      tunnel.join(connection.near);
      resolve(connection);
    });
    poke();
  });
}

function listenTo(
  peer: Peer,
  service: string | number,
  handler: (connection: Duplex, from: Caller) => void,
  to: readonly string[],
  poke: () => void,
): () => void {
  const { served, people, groups } = peer.gateway;
  const who = to.map((text) => parseWho(text, people, groups));
  return served.listen(service, who, (from, done) => {
    const person = people.personOf(from.id);
    const petname = person === undefined ? undefined : people.nameOf(person);
    const connection = new ConnectionStream(poke);
    handler(connection, { name: petname ?? formatAddress(from.id), peerId: from.id });
    done(null, connection.near);
  });
}

function settled(start: (done: (error: TypedError | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null ? resolve() : reject(error)));
  });
}

function answered<T>(
  start: (done: (error: TypedError | null, value: T | undefined) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error !== null) reject(error);
      else resolve(must(value, "no error, so there is a value"));
    });
  });
}
