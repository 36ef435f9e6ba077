import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { DiskError, Timed } from "../ports/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";
import { Access } from "./access.ts";
import { Answering, type AnsweringHost, type Decision } from "./answering.ts";
import { Doors, type Forward } from "./doors.ts";
import { FullTunnel, type FullTunnelEvents } from "./full-tunnel.ts";
import { Greeting, type GreetingHost } from "./greeting.ts";
import {
  ANSWER_TIMEOUT_MS,
  CONNECTIONS_MAX,
  CONNECTIONS_PER_PEER_MAX,
  GREETINGS_MAX,
  OPENING_TIMEOUT_MS,
} from "./limits.ts";
import { type Target, targetOf, targetOfWords } from "./names.ts";
import type { Wanted } from "./opening.ts";
import type { GatewayOptions } from "./options.ts";
import {
  type Join,
  type Reached,
  Reaching,
  type ReachingHost,
  TUNNEL_SERVICE,
} from "./reaching.ts";
import { describeRefusal, describeWanted, type Refusal } from "./refusal.ts";
import { LastRefusals } from "./refusals.ts";
import { ServedPorts } from "./served.ts";
import { SpeedMeter } from "./speed.ts";
import type { Membership, Near, People, Who } from "./types.ts";
import { Uplink } from "./uplink.ts";

/** Told once: a tunnel, or why there is none and that in words. */
export type ReachedInWords = (words: string, ...answer: Parameters<Reached>) => void;

const NOTHING = (): void => undefined;

/**
 * Programs over the mesh: what others may reach of this machine, and what this machine's programs
 * reach of others. Call `load` first.
 */
export class Gateway implements Timed {
  readonly access: Access;
  readonly served: ServedPorts;
  readonly doors: Doors;
  readonly uplink: Uplink;
  readonly fullTunnel: FullTunnel;
  readonly speed: SpeedMeter;
  readonly people: People;
  readonly groups: Membership;
  /** Called after every change of what others may reach, for whoever judges beside tunnels. */
  onRulesChanged: () => void = NOTHING;
  readonly refusals: LastRefusals = new LastRefusals();
  readonly #options: GatewayOptions;
  readonly #answering = new Set<Answering>();
  readonly #reaching = new Set<Reaching>();
  readonly #greetings = new Set<Greeting>();
  readonly #answeringHost: AnsweringHost;
  readonly #greetingHost: GreetingHost;
  readonly #reachingHost: ReachingHost;

  constructor(options: GatewayOptions) {
    const { records, people, groups, net, log } = options;
    this.#options = options;
    this.people = people;
    this.groups = groups;
    const recheck = (): void => this.#recheck();
    const isOwnDoor = (port: number): boolean =>
      this.doors.isOpen(port) || net.isOwn?.(port) === true;
    this.access = new Access(records, people, groups, recheck);
    this.served = new ServedPorts(records, this.access, net, isOwnDoor, recheck);
    this.doors = new Doors(
      records,
      net,
      {
        onForward: (forward, near) => this.#forward(forward, near),
        onProxy: (near) => this.#greet(near),
      },
      log,
    );
    this.uplink = new Uplink(options, this.access, recheck);
    this.#answeringHost = {
      nowMs: () => this.#nowMs(),
      decide: (from, wanted) => this.#decide(from, wanted),
      refused: (from, wanted, refusal) => this.#refusedOther(from, wanted, refusal),
      over: (tunnel) => this.#answering.delete(tunnel),
    };
    this.#reachingHost = {
      nowMs: () => this.#nowMs(),
      over: (reaching) => this.#reaching.delete(reaching),
    };
    this.#greetingHost = {
      nowMs: () => this.#nowMs(),
      reach: (host, port, done) => this.reach(targetOf(people, host, port), done),
      over: (greeting) => this.#greetings.delete(greeting),
    };
    this.fullTunnel = new FullTunnel({
      clock: options.clock,
      session: options.session,
      ask: (events, done) => this.#askForTunnel(events, done),
    });
    this.speed = new SpeedMeter(options.session, options.clock, people);
    options.session.serve(TUNNEL_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  /** Reads the settings and opens the local ports; other peers are answered from then on. */
  load(done: (error: DiskError | null) => void): void {
    this.access.load((accessError) => {
      this.served.load((servedError) => {
        this.uplink.load((uplinkError) => {
          const error = accessError ?? servedError ?? uplinkError;
          this.doors.load((doorsError) => done(error ?? doorsError));
        });
      });
    });
  }

  /** Connections that stand or are being made, in both directions. */
  get connectionCount(): number {
    return this.#answering.size + this.#reaching.size;
  }

  /**
   * Connects to a port or service of a contact or an address.
   * @returns gives it up
   * @throws TypedError where the name is nobody's
   */
  connect(who: string, wanted: Wanted, done: ReachedInWords): () => void {
    return this.reach(targetOfWords(this.#options.people, who, wanted), done);
  }

  /** Connects to what a program means. The function that is returned gives it up. */
  reach(target: Target, done: ReachedInWords): () => void {
    if (target.t === "unknown") {
      return this.#refuse("unknown-name", target.who, { t: "port", port: 0 }, done);
    }
    if (target.t === "internet") return this.#reachHost(target, done);
    const { who, wanted, devices } = target;
    return this.#open(who, wanted, devices[0], done);
  }

  #decide(from: PeerRecord, wanted: Wanted): Decision {
    if (wanted.t === "host") return this.uplink.decide(from, wanted);
    return wanted.t === "full" ? this.uplink.decideFull(from) : this.served.decide(from, wanted);
  }

  #reachHost(
    { host, port }: Extract<Target, { readonly t: "internet" }>,
    done: ReachedInWords,
  ): () => void {
    const wanted: Wanted = { t: "host", host, port };
    return this.#reachExit(wanted, done, (exit, who) =>
      this.uplink.joinAsUser(exit, (refusal) => {
        this.#note("out", describeRefusal(refusal, who, wanted));
      }),
    );
  }

  #askForTunnel(events: FullTunnelEvents, done: ReachedInWords): () => void {
    const wanted: Wanted = { t: "full" };
    return this.#reachExit(wanted, done, (exit, who) =>
      this.uplink.joinFullAsUser(exit, {
        ...events,
        onNotice: (refusal) => {
          this.#note("out", describeRefusal(refusal, who, wanted));
          events.onNotice(refusal);
        },
      }),
    );
  }

  /** By the uplink in use, and by no other way: not even when it is gone. */
  #reachExit(
    wanted: Wanted,
    done: ReachedInWords,
    joinOf: (exit: PeerId, who: string) => Join | undefined,
  ): () => void {
    const { people } = this.#options;
    const person = this.uplink.settings().use;
    if (person === undefined) return this.#refuse("no-exit", "", wanted, done);
    const who = people.nameOf(person) ?? person;
    const [exit] = people.devicesOf(person);
    if (exit === undefined) return this.#refuse("away", who, wanted, done);
    const join = joinOf(exit, who);
    if (join === undefined) return this.#refuse("busy", who, wanted, done);
    return this.#open(who, wanted, exit, done, join);
  }

  #open(
    who: string,
    wanted: Wanted,
    to: PeerId | undefined,
    done: ReachedInWords,
    join?: Join,
  ): () => void {
    if (to === undefined) return this.#refuse("away", who, wanted, done);
    if (this.connectionCount >= CONNECTIONS_MAX) return this.#refuse("busy", who, wanted, done);
    const answered: Reached = (refusal, tunnel) => {
      if (refusal === null) done("", null, tunnel);
      else this.#refuse(refusal, who, wanted, done);
    };
    const deadlineMs = this.#nowMs() + ANSWER_TIMEOUT_MS;
    const reaching = new Reaching(to, deadlineMs, answered, this.#reachingHost, join);
    if (!reaching.open(this.#options.session, wanted)) {
      return this.#refuse("busy", who, wanted, done);
    }
    this.#reaching.add(reaching);
    return () => reaching.giveUp();
  }

  /** Who is a contact, blocked, or in a group has changed: connections of whoever may no longer end. */
  membersChanged(): void {
    this.people.networks?.changed();
    this.#recheck();
  }

  /** Whether a rule, a served port or a share is about a group of that name. */
  namesGroup(label: string): boolean {
    const isIt = (who: Who): boolean => who.t === "group" && who.name === label;
    return (
      this.access.rules().some(({ who }) => isIt(who)) ||
      this.served.all().some(({ to }) => to.some(isIt)) ||
      this.uplink.settings().shares.some(({ to }) => isIt(to))
    );
  }

  /** This machine's line costs by the byte, or does no longer: shares made in ignorance rest. */
  setMetered(isMetered: boolean): void {
    if (this.uplink.isMetered === isMetered) return;
    this.uplink.isMetered = isMetered;
    this.#recheck();
  }

  nextDeadlineMs(): number {
    let next = Math.min(this.speed.nextDeadlineMs(), this.uplink.nextDeadlineMs());
    next = Math.min(next, this.fullTunnel.nextDeadlineMs());
    // One after another: what joins them would be asked after each packet.
    for (const { deadlineMs } of this.#answering) next = Math.min(next, deadlineMs);
    for (const { deadlineMs } of this.#reaching) next = Math.min(next, deadlineMs);
    for (const { deadlineMs } of this.#greetings) next = Math.min(next, deadlineMs);
    return next;
  }

  tick(): void {
    this.speed.tick();
    this.uplink.tick();
    this.fullTunnel.tick();
    const nowMs = this.#nowMs();
    const due = [...this.#timed()].filter(({ deadlineMs }) => deadlineMs <= nowMs);
    for (const one of due) {
      if (one instanceof Greeting) one.drop();
      else one.expire();
    }
  }

  *#timed(): Generator<Answering | Reaching | Greeting> {
    yield* this.#answering;
    yield* this.#reaching;
    yield* this.#greetings;
  }

  #recheck(): void {
    for (const tunnel of [...this.#answering]) tunnel.recheck();
    this.onRulesChanged();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    let ofPeer = 0;
    for (const tunnel of this.#answering) if (tunnel.from.id === from.id) ofPeer++;
    if (ofPeer >= CONNECTIONS_PER_PEER_MAX || this.connectionCount >= CONNECTIONS_MAX) {
      return undefined;
    }
    const deadlineMs = this.#nowMs() + OPENING_TIMEOUT_MS;
    const tunnel = new Answering(stream, from, deadlineMs, this.#answeringHost);
    this.#answering.add(tunnel);
    return tunnel;
  }

  #greet(near: Near): void {
    if (this.#greetings.size >= GREETINGS_MAX) {
      near.destroy();
      return;
    }
    const deadlineMs = this.#nowMs() + OPENING_TIMEOUT_MS;
    this.#greetings.add(new Greeting(near, deadlineMs, this.#greetingHost));
  }

  #forward({ who, to }: Forward, near: Near): void {
    const target = targetOfKept(this.#options, who, to);
    // Nothing is read of the program meanwhile; when it goes away, that shows at the joining.
    this.reach(target, (_words, _refusal, tunnel) => {
      if (tunnel === undefined) near.destroy();
      else tunnel.join(near);
    });
  }

  #refuse(refusal: Refusal, who: string, wanted: Wanted, done: ReachedInWords): () => void {
    const words = describeRefusal(refusal, who, wanted);
    this.#note("out", words);
    done(words, refusal, undefined);
    return NOTHING;
  }

  #refusedOther(from: PeerRecord, wanted: Wanted, refusal: Refusal): void {
    const { people, log } = this.#options;
    const person = people.personOf(from.id);
    const who = (person === undefined ? undefined : people.nameOf(person)) ?? `peer ${from.id}`;
    this.#note("in", `${who} wanted ${describeWanted(wanted)}: ${refusal}`);
    log.info("a connection was refused", { peer: from.id, refusal });
  }

  #note(direction: "in" | "out", words: string): void {
    this.refusals.add({ atMs: this.#options.clock.wallMs(), direction, words });
  }
}

function targetOfKept({ people }: GatewayOptions, who: string, wanted: Wanted): Target {
  const person = people.nameOf(who);
  if (person === undefined) return { t: "peer", who, devices: [who], wanted };
  return { t: "peer", who: person, devices: people.devicesOf(who), wanted };
}
