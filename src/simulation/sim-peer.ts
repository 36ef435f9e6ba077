import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId } from "../identity/index.ts";
import type { Message } from "../messages/index.ts";
import { Peer, type PeerConfig, type PeerEvents } from "../peer/index.ts";
import {
  type Log,
  type LogFields,
  type Random,
  SILENT_LOG,
  type Transport,
} from "../ports/index.ts";
import type { HealingOptions } from "../store/index.ts";
import { testIdentity } from "../testing/fixtures.ts";
import { SimulationError } from "./errors.ts";
import { RESTLESS_TICKS_MAX, SIM_QUOTA_BYTES } from "./limits.ts";
import { type DiskDefect, SimDisk } from "./sim-disk.ts";
import type { VirtualNetwork } from "./virtual-network.ts";
import type { World } from "./world.ts";

/** What a simulated peer is made of. */
export interface SimPeerOptions {
  readonly world: World;
  readonly network: VirtualNetwork;
  /** Where it stands in the network. */
  readonly place: number;
  readonly suite: CryptoSuite;
  /** Finds neighbours by beacons; true where nothing is said. */
  readonly discovery?: boolean;
  /** Endpoints to keep dialled. */
  readonly links?: readonly string[];
  readonly storeQuotaBytes?: number;
  /** How lost fragments are made anew; as in life where nothing is said. */
  readonly healing?: HealingOptions;
  readonly log?: Log;
  readonly observer?: SimPeerObserver;
  /** Who it is; made of seed and place where nothing is said. */
  readonly identity?: LocalIdentity;
  /** What it is told besides at its start. */
  readonly config?: Pick<Partial<PeerConfig>, "name" | "origin" | "secrets">;
  /** A deliberate defect, to show that checks notice. */
  readonly defect?: DiskDefect;
}

/** Who wants to know what happens to a simulated peer. */
export interface SimPeerObserver {
  /** The peer has read its disk and opened its doors, for the first time or again. */
  onStarted?(): void;
  onMessage?(message: Message): void;
  onMessageState?(message: Message): void;
  onUnreachable?(id: PeerId): void;
  /** The peer cannot go on. Without this method that is a defect, and ends the simulation. */
  onFatal?(reason: string): void;
}

/** How often things happened to a simulated peer. */
export interface SimPeerCounts {
  starts: number;
  stops: number;
  crashes: number;
  turns: number;
}

/** One run of the peer, from a start to its end. */
interface Run {
  readonly peer: Peer;
  ended: boolean;
  /** Virtual time of the pending wake-up; Infinity where none is. */
  wakeAtMs: number;
  restlessTicks: number;
}

/**
 * A whole peer at a place of a virtual network: the same code as in Node, on disks that outlive it.
 * It can be stopped, crashed and started again. Whatever it throws ends the simulation, with the
 * seed and the virtual time.
 */
export class SimPeer {
  readonly place: number;
  readonly identity: LocalIdentity;
  readonly disk: SimDisk;
  readonly counts: SimPeerCounts = { starts: 0, stops: 0, crashes: 0, turns: 0 };
  readonly #options: SimPeerOptions;
  readonly #random: Random;
  #run: Run | undefined;
  #isInTurn = false;

  constructor(options: SimPeerOptions) {
    const { world, place, suite } = options;
    this.#options = options;
    this.place = place;
    this.#random = world.random.fork(`peer ${place}`);
    this.identity = options.identity ?? testIdentity(suite, `seed ${world.seed} place ${place}`);
    this.disk = new SimDisk(world, this.#random.fork("disk"), options.defect);
  }

  /** The id under which others know it. */
  get id(): PeerId {
    return this.identity.id;
  }

  /** Whether a process runs, its doors open or not yet. */
  get isUp(): boolean {
    return this.#run !== undefined;
  }

  /** Whether it has read its disk and can be used. */
  get isReady(): boolean {
    return this.#run?.peer.running === true;
  }

  /** Starts a process where none runs. */
  start(): void {
    if (this.#run !== undefined) return;
    this.counts.starts++;
    const run: Run = this.#makeRun();
    this.#run = run;
    this.#turn(run, () => {
      run.peer.start((error) => {
        if (error !== null) throw error;
        this.#options.observer?.onStarted?.();
      });
    });
  }

  /** Ends the process with a goodbye; writes under way still reach the disk. */
  stop(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.counts.stops++;
    this.#turn(run, () => run.peer.stop());
    this.#end(run);
  }

  /**
   * The process dies without a word, and the disk loses what was not acknowledged.
   * @returns how many writes were under way
   */
  crash(): number {
    const run = this.#run;
    if (run === undefined) return 0;
    this.counts.crashes++;
    this.#end(run);
    return this.disk.crash();
  }

  /**
   * Does something with the running peer, as a turn of its own: `use` may call its rooms, and its
   * callbacks come in later turns. Undefined where the peer is not ready.
   */
  act<T>(use: (peer: Peer) => T): T | undefined {
    const run = this.#run;
    if (run === undefined || !run.peer.running) return undefined;
    let answer: T | undefined;
    this.#turn(run, () => {
      answer = use(run.peer);
    });
    return answer;
  }

  #makeRun(): Run {
    const { world, network, place, suite, discovery, links, storeQuotaBytes, log } = this.#options;
    const transport: Transport = this.#guarded(network.transportOf(place), () => run);
    const disk = this.disk.open((answer) => this.#turn(run, answer));
    const ports = {
      clock: world.clock,
      random: this.#random.fork("run"),
      log: watchful(log ?? SILENT_LOG),
      suite,
      ...disk,
      transports: [transport],
    };
    const config = {
      identity: this.identity,
      name: `place ${place}`,
      discovery: discovery ?? true,
      storeQuotaBytes: storeQuotaBytes ?? SIM_QUOTA_BYTES,
      links: links ?? [],
      healing: this.#options.healing ?? {},
      ...this.#options.config,
    };
    const peer = new Peer(ports, config, this.#events());
    const run: Run = {
      peer,
      ended: false,
      wakeAtMs: Number.POSITIVE_INFINITY,
      restlessTicks: 0,
    };
    const events = peer.transportEvents(() => transport);
    network.listen(place, {
      onFrame: (endpoint, frame) => this.#turn(run, () => events.onFrame(endpoint, frame)),
      onOpened: (endpoint) => this.#turn(run, () => events.onOpened(endpoint)),
      onClosed: (endpoint, why) => this.#turn(run, () => events.onClosed(endpoint, why)),
      onUnreachable: (endpoint) => this.#turn(run, () => events.onUnreachable(endpoint)),
    });
    return run;
  }

  #events(): PeerEvents {
    const { observer } = this.#options;
    return {
      onNeighbourUp: () => undefined,
      onNeighbourDown: () => undefined,
      onReachable: () => undefined,
      onUnreachable: (id) => observer?.onUnreachable?.(id),
      onContactChanged: () => undefined,
      onMessage: (message) => observer?.onMessage?.(message),
      onMessageState: (message) => observer?.onMessageState?.(message),
      onStoreProgress: () => undefined,
      onObjectChanged: () => undefined,
    };
  }

  /** A transport whose peer must not use it before its time or after its end. */
  #guarded(transport: Transport, run: () => Run): Transport {
    const living = (): Transport => {
      if (!run().ended) return transport;
      throw new SimulationError("defect", `A dead run of place ${this.place} still sends.`);
    };
    return {
      scheme: transport.scheme,
      frameBytesMax: transport.frameBytesMax,
      reliable: transport.reliable,
      send: (endpoint, frame) => living().send(endpoint, frame),
      broadcast: (frame) => living().broadcast(frame),
      canDial: (endpoint) => living().canDial(endpoint),
      open: (endpoint) => living().open(endpoint),
      close: (endpoint) => living().close(endpoint),
      reachableAt: () => living().reachableAt(),
    };
  }

  /** One turn of a run: a dead one has none, and what it throws says where and when. */
  #turn(run: Run, action: () => void, isWake = false): void {
    if (run.ended) return;
    if (this.#isInTurn) {
      action();
      return;
    }
    this.counts.turns++;
    this.#isInTurn = true;
    try {
      action();
      this.#look(run, isWake);
    } catch (error) {
      throw this.#explained(error);
    } finally {
      this.#isInTurn = false;
    }
  }

  /** Sees to it that the run is woken at its next deadline; one pending wake-up is enough. */
  #look(run: Run, isWake: boolean): void {
    if (run.ended) return;
    const { world } = this.#options;
    // It is woken within a millisecond anyway, which is the shortest of all waits.
    if (run.wakeAtMs <= world.nowMs + 1) return;
    const dueInMs = run.peer.nextDeadlineMs() - world.nowMs;
    if (isWake) this.#checkRest(run, dueInMs <= 0);
    const waitMs = Math.max(1, Math.ceil(dueInMs));
    const atMs = world.nowMs + waitMs;
    if (!(atMs < run.wakeAtMs)) return;
    run.wakeAtMs = atMs;
    world.after(waitMs, () => {
      if (run.wakeAtMs === atMs) this.#wake(run);
    });
  }

  #wake(run: Run): void {
    run.wakeAtMs = Number.POSITIVE_INFINITY;
    this.#turn(run, () => run.peer.tick(), true);
  }

  /** A room that is due again right after each of its ticks would never let the world rest. */
  #checkRest(run: Run, isRestless: boolean): void {
    run.restlessTicks = isRestless ? run.restlessTicks + 1 : 0;
    if (run.restlessTicks <= RESTLESS_TICKS_MAX) return;
    throw new SimulationError("defect", `${RESTLESS_TICKS_MAX} ticks, and still one is due.`);
  }

  #end(run: Run): void {
    run.ended = true;
    this.#run = undefined;
    this.#options.network.listen(this.place, undefined);
  }

  #explained(error: unknown): SimulationError {
    const { world } = this.#options;
    const when = `${(world.nowMs / 1_000).toFixed(3)} s`;
    const words = `Seed ${world.seed}, place ${this.place} at ${when}: ${String(error)}`;
    return new SimulationError("defect", words, { cause: error });
  }
}

/**
 * Rooms turn what foreign bytes make them throw into a log line. A broken invariant of our own, or
 * a service that failed on a stream, must not pass for that.
 */
function watchful(log: Log): Log {
  const check = (event: string, fields?: LogFields): void => {
    if (fields?.["code"] !== "assertion" && event !== "stream-owner-failed") return;
    throw new SimulationError("defect", `${event} ${JSON.stringify(fields)}`);
  };
  const passOn = (level: keyof Log) => (event: string, fields?: LogFields) => {
    log[level](event, fields);
    check(event, fields);
  };
  return { debug: passOn("debug"), info: passOn("info"), warn: passOn("warn") };
}
