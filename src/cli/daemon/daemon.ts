import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { localInterfaces, reachableAddresses } from "../../adapters/node/addresses.ts";
import { auditsOf } from "../../adapters/node/audits-config.ts";
import { createNodeClock } from "../../adapters/node/clock.ts";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { Driver } from "../../adapters/node/driver.ts";
import { findLinkMarks } from "../../adapters/node/full-tunnel/marks.ts";
import { healingOf } from "../../adapters/node/healing-config.ts";
import type { Home, StoredIdentity } from "../../adapters/node/home.ts";
import { LayeringThread } from "../../adapters/node/layering/thread.ts";
import { STRIPE_THREADS_MAX } from "../../adapters/node/limits.ts";
import { watchMetered } from "../../adapters/node/metered.ts";
import { clearLeftNames } from "../../adapters/node/names/hosts-file.ts";
import { batchWhileBusy } from "../../adapters/node/native/batch-policy.ts";
import { NodeLocalNet } from "../../adapters/node/proxy/local-net.ts";
import { NearSocket } from "../../adapters/node/proxy/near-socket.ts";
import { createNodeRandom } from "../../adapters/node/random.ts";
import { openDisks, type PeerResources, release, withHome } from "../../adapters/node/resources.ts";
import { saveMemory } from "../../adapters/node/save-memory.ts";
import { localIdentityOf, personConfigOf } from "../../adapters/node/stored-identity.ts";
import { StripeThreads } from "../../adapters/node/stripes/threads.ts";
import { openTransports, type TransportChoices, Wiring } from "../../adapters/node/transports.ts";
import { compileSooner } from "../../adapters/node/warm-code.ts";
import {
  type ApiContext,
  EventHub,
  LanConsole,
  OPEN_API_PATH,
  peerEvents,
  routesOf,
} from "../../api/index.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { formatAddress } from "../../identity/index.ts";
import { Peer, type PeerConfig, type PeerEvents, type PeerProfile } from "../../peer/index.ts";
import type { Endpoint } from "../../ports/index.ts";
import { CONSOLE_FOLDER, LAYERING_FILE, STRIPES_FILE } from "../places.ts";
import { VERSION } from "../version.ts";
import { startApiAtUsualPort } from "./api-port.ts";
import { diagnose } from "./diagnose.ts";
import { type FullTunnelOptions, FullTunnels } from "./full-tunnel.ts";
import { takeIdentity } from "./identity.ts";
import { groupLossWords, moneyLossWords } from "./losses.ts";
import { openMounts } from "./mounts.ts";
import { RecoveryWords } from "./recovery-words.ts";
import { openResolver, type Resolver } from "./resolver.ts";
import {
  openVirtualInterface,
  type VirtualInterface,
  type VirtualInterfaceOptions,
} from "./tun.ts";

/** Bytes kept for others where nobody said otherwise: 5 GB. */
const QUOTA_BYTES_DEFAULT = 5_000_000_000;

/** Bytes of the API's token. */
const TOKEN_BYTES = 24;
/** Time for the answer to a stop call to reach the caller, in milliseconds. */
const STOP_ANSWER_MS = 50;

/** What `peernet up` was told. */
export interface DaemonOptions extends TransportChoices {
  readonly home: string;
  readonly name: string | undefined;
  readonly links: readonly string[];
  readonly apiPort: number;
  readonly quotaBytes: number | undefined;
  readonly profile?: PeerProfile | undefined;
  /** Where blocks are kept: "disk" or s3://…; undefined: where they are, or as the settings say. */
  readonly blocks?: string | undefined;
  /** Where records are damaged: go on with those that can be read. */
  readonly salvages?: boolean | undefined;
  /** Name of the virtual interface to make; undefined: none, unless the settings name one. */
  readonly tun?: string | undefined;
  /** Let the whole system know the names of contacts while that interface is up; by default yes. */
  readonly names?: boolean | undefined;
  /** UDP port of 127.0.0.1 at which questions about names are answered; undefined: none. */
  readonly dnsPort?: number | undefined;
  /** Time for a request's head and JSON body, in milliseconds; by default that of the API. */
  readonly requestTimeoutMs?: number;
}

/** A running peer process. */
export interface Daemon {
  readonly peer: Peer;
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly listening: readonly Endpoint[];
  /** Wall time at which the last of the sockets was open, in milliseconds. */
  readonly socketsOpenAtMs: number;
  /** The 24 recovery words, until `wordsWereShown`. */
  readonly newWords: readonly string[] | undefined;
  /** Somebody has been shown the words: they are not told again. */
  wordsWereShown(): Promise<void>;
  /** Resolves with a reason when the peer has stopped: undefined where it was asked to. */
  readonly ended: Promise<string | undefined>;
  /** To be called after calls into the peer from outside, so that new deadlines are noticed. */
  poke(): void;
  stop(): void;
}

/**
 * Opens the home, the disks and the sockets, and starts a peer with its local API.
 * @throws AdapterError, DiskError, ApiError, PeerError with what to do next
 */
export function startDaemon(options: DaemonOptions): Promise<Daemon> {
  return withHome(options.home, async (resources) => {
    await clearLeftNames();
    return assemble(options, resources);
  });
}

async function assemble(options: DaemonOptions, resources: PeerResources): Promise<Daemon> {
  const { home, log } = resources;
  const startedAtMs = performance.now();
  const suite = createNodeSuite();
  const { stored, newWords } = await takeIdentity(home, suite, { name: options.name });
  const { records, blocks } = await openDisks(resources, options);
  const ending = deferred<string | undefined>();
  const wiring = new Wiring();
  const marks = findLinkMarks();
  const { udp, tcp } = await openTransports({ ...options, marks }, resources, wiring);
  const socketsOpenAtMs = Date.now();
  const helpers = openHelpers(resources, () => poke());
  const hub = new EventHub();
  const clock = createNodeClock();
  let tun: VirtualInterface | undefined;
  const events = eventsOf(options, hub, { peer: () => peer, tun: () => tun });
  const transports = [udp, tcp];
  const ports = { clock, random: createNodeRandom(), log, suite, records, blocks, transports };
  const peer: Peer = new Peer(
    { ...ports, ...helpers },
    configOf(options, home, suite, stored),
    events,
  );
  const driver = new Driver(
    peer,
    () => clock.monotonicMs(),
    (error) => ending.resolve(`A defect of Peernet: ${errorText(error)}`),
  );
  resources.stopPeer = () => {
    peer.stop();
    driver.stop();
    hub.close();
  };
  const poke = (): void => driver.poke();
  wiring.connect(peer, transports, driver);
  await startPeer(peer, resources);
  tun = openTun(options, resources, { peer, clock, turn: () => driver.turn() });
  const resolver = await openNames(options, resources, peer);
  driver.onTicked = () => tun?.afterTurn();
  const fullTunnels = openUplinks(options, resources, { peer, poke, marks });
  poke();
  const listening = (): readonly Endpoint[] => [...tcp.reachableAt(), ...udp.reachableAt()];
  const { url, token } = await openApi(resources, options, {
    peer,
    hub,
    ...{ version: VERSION, ...namesOf(home, stored), home: home.directory },
    poke,
    nearOf: (socket) => new NearSocket(socket, poke),
    reachableAt: listening,
    listening,
    virtualInterface: tun?.body,
    saveQuota: (quotaBytes) => home.writeSetting({ quota: quotaBytes }),
    fullTunnels,
    words: new RecoveryWords(home),
    diagnose: async () => {
      const virtual = (await tun?.diagnose()) ?? [];
      const names = resolver?.diagnose() ?? [];
      const found = [...udp.diagnostics(), ...tcp.diagnostics(), ...virtual, ...names];
      return diagnose(peer, found, home.directory);
    },
    uptimeMs: () => performance.now() - startedAtMs,
    socketsOpenAtMs,
    stop: () => setTimeout(() => ending.resolve(undefined), STOP_ANSWER_MS),
  });
  const ended = ending.promise.then((reason) => release(resources).then(() => reason));
  const stop = (): void => ending.resolve(undefined);
  const { wordsShown: _unseen, ...seen } = stored;
  const wordsWereShown = (): Promise<void> => home.writeIdentity(seen);
  return {
    ...{ peer, name: stored.name, url, token, listening: listening(), socketsOpenAtMs },
    ...{ newWords, wordsWereShown, ended, poke, stop },
  };
}

/** What this device is called, and a way to keep another name for its next start. */
function namesOf(home: Home, stored: StoredIdentity): Pick<ApiContext, "name" | "saveName"> {
  const now = (): StoredIdentity => home.identity ?? stored;
  return { name: () => now().name, saveName: (name) => home.writeIdentity({ ...now(), name }) };
}

/** What works for a peer beside it: connections of this machine, threads that cut files and make stripes. */
function openHelpers(
  resources: PeerResources,
  poke: () => void,
): {
  readonly net: NodeLocalNet;
  readonly layering: LayeringThread;
  readonly stripeMaker: StripeThreads;
} {
  const { log } = resources;
  const net = new NodeLocalNet(poke);
  const layering = new LayeringThread({ workerFile: LAYERING_FILE, log, poke });
  const count = Math.min(STRIPE_THREADS_MAX, availableParallelism());
  const stripeMaker = new StripeThreads({
    ...{ workerFile: STRIPES_FILE, count, log, poke },
    suite: createNodeSuite(),
  });
  resources.net = net;
  resources.saveMemory = saveMemory();
  resources.batches = batchWhileBusy();
  compileSooner();
  resources.layering = layering;
  resources.stripes = stripeMaker;
  return { net, layering, stripeMaker };
}

function configOf(
  options: DaemonOptions,
  home: Home,
  suite: CryptoSuite,
  stored: StoredIdentity,
): PeerConfig {
  const { config } = home;
  return {
    identity: localIdentityOf(suite, stored),
    ...personConfigOf(stored),
    name: home.identity?.name ?? "",
    discovery: options.discovery ?? config.discovery ?? true,
    storeQuotaBytes: options.quotaBytes ?? config.quotaBytes ?? QUOTA_BYTES_DEFAULT,
    profile: options.profile ?? config.profile ?? "computer",
    healing: healingOf(config),
    audits: auditsOf(config),
    repairsLosses: config.repair ?? true,
    links: [...(config.links ?? []), ...options.links],
    groups: config.groups ?? {},
    hasShortNames: config.shortNames ?? false,
    isCopied: home.isCopied,
    salvages: options.salvages ?? false,
    keepsUnknownBlocks: home.hasDamagedRecords,
  };
}

function openTun(
  options: DaemonOptions,
  resources: PeerResources,
  parts: Pick<VirtualInterfaceOptions, "peer" | "clock" | "turn">,
): VirtualInterface | undefined {
  const name = options.tun ?? resources.home.config.tun;
  if (name === undefined) return undefined;
  const { gateway } = parts.peer;
  const tun = openVirtualInterface({
    ...parts,
    name,
    names: options.names ?? resources.home.config.names ?? true,
    random: createNodeRandom(),
    // Whoever knows the address may ask whether somebody is there; all else needs a rule.
    mayEnter: (from, protocol, port) =>
      protocol === "icmp" || gateway.served.mayEnter(from, protocol, port),
    onWarning: options.onWarning,
  });
  gateway.onRulesChanged = () => tun.recheck();
  resources.tun = tun;
  return tun;
}

async function openNames(
  options: DaemonOptions,
  resources: PeerResources,
  peer: Peer,
): Promise<Resolver | undefined> {
  const port = options.dnsPort ?? resources.home.config.dnsPort;
  if (port === undefined) return undefined;
  const resolver = await openResolver(peer, port, options.onWarning);
  resources.resolver = resolver;
  return resolver;
}

function openUplinks(
  { onWarning }: DaemonOptions,
  resources: PeerResources,
  parts: Omit<FullTunnelOptions, "onWarning">,
): FullTunnels {
  const { peer, poke } = parts;
  const fullTunnels = new FullTunnels({ ...parts, onWarning });
  const stopWatching = watchMetered(resources.home.config.metered, (isMetered) => {
    peer.setMetered(isMetered);
    poke();
  });
  resources.fullTunnels = {
    close: async () => {
      stopWatching();
      await fullTunnels.close();
    },
  };
  fullTunnels.begin();
  return fullTunnels;
}

async function startPeer(peer: Peer, { home, log }: PeerResources): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    peer.start((error) => (error === null ? resolve() : reject(error)));
  });
  await home.keepPlace();
  log.info("started", { version: VERSION, peer: peer.identity.id });
}

async function openApi(
  resources: PeerResources,
  options: DaemonOptions,
  context: ApiContext,
): Promise<{ readonly url: string; readonly token: string }> {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const mounts = await openMounts(context, resources);
  const records = must(resources.records, "the disks are open before the API");
  const lan = await LanConsole.load({
    records,
    log: resources.log,
    consoleDirectory: CONSOLE_FOLDER,
    addresses: () => {
      const interfaces = localInterfaces();
      return [4 as const, 6 as const].flatMap((family) => reachableAddresses(interfaces, family));
    },
    meshAddress: formatAddress(context.peer.identity.id),
    nowMs: () => Date.now(),
    requestTimeoutMs: options.requestTimeoutMs,
  });
  resources.lan = lan;
  const logs = { file: resources.home.logFile, recent: () => resources.log.recent() };
  const routes = routesOf({ ...context, mounts, lan, logs });
  await lan.start(routes);
  const api = await startApiAtUsualPort(records, {
    routes,
    token,
    admits: (shown, socket) => lan.admitsHere(shown, socket),
    port: options.apiPort,
    consoleDirectory: CONSOLE_FOLDER,
    openPaths: [OPEN_API_PATH],
    log: resources.log,
    ...(options.requestTimeoutMs === undefined
      ? {}
      : { requestTimeoutMs: options.requestTimeoutMs }),
  });
  resources.api = api;
  resources.net?.keepOut(() => [
    api.port,
    lan.openPort,
    ...mounts.list().map(({ port }) => port),
    ...context.listening().map(tcpPortOf),
  ]);
  const url = `http://127.0.0.1:${api.port}`;
  await resources.home.writeApiFile({ url, token });
  return { url, token };
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle(value) };
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function eventsOf(
  { onWarning }: DaemonOptions,
  hub: EventHub,
  parts: { readonly peer: () => Peer; readonly tun: () => VirtualInterface | undefined },
): PeerEvents {
  const told = peerEvents(hub, parts.peer, () => parts.tun()?.contactsChanged());
  return {
    ...told,
    onGroupMended: (loss) => onWarning?.(groupLossWords(loss)),
    onMoneyMended: (loss) => onWarning?.(moneyLossWords(loss)),
  };
}

/** The port of a TCP endpoint; 0 for all others. */
function tcpPortOf(endpoint: Endpoint): number {
  return Number(/^tcp:.*:(\d+)$/.exec(endpoint)?.[1] ?? 0);
}
