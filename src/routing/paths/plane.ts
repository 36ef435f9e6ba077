import { NO_BYTES } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type PeerId, type PeerRecord, peerIdToBytes } from "../../identity/index.ts";
import type { LinkPort } from "../../link/index.ts";
import type { Clock, Random } from "../../ports/index.ts";
import { chooseWay, Forwarder } from "../forwarder.ts";
import type { EchoAnswer, Meeting, Path, PathPort } from "../path-types.ts";
import type { RoutingStats } from "../stats.ts";
import type { Table } from "../table.ts";
import { Carrier, PATH_END } from "./carrier.ts";
import { Echoes } from "./echo.ts";
import { Ingresses } from "./ingress.ts";
import { Labels } from "./labels.ts";
import { isService, SERVICE_ECHO_ANSWER, SERVICE_ECHO_REQUEST } from "./messages.ts";
import { drawWaypoints, rankFirstHops, Scores } from "./scores.ts";
import { findMeetings, makeSketch } from "./sketch.ts";

/** What the data plane is made of. */
export interface PathPlaneOptions {
  readonly id: PeerId;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly link: LinkPort;
  readonly table: Table;
  readonly stats: RoutingStats;
  /** A packet for the rooms above; see `RoutingEvents.onPacket`. */
  readonly onPacket: (payload: Uint8Array, back?: Path) => void;
}

/** Moves packets: the ordinary way, and explicit ways. The table is the control plane's. */
export class PathPlane implements PathPort {
  readonly #options: PathPlaneOptions;
  readonly #self: { readonly id: PeerId; readonly idBytes: Uint8Array };
  readonly #labels = new Labels();
  readonly #ingresses = new Ingresses();
  readonly #scores = new Scores();
  readonly #forwarder: Forwarder;
  readonly #carrier: Carrier;
  readonly #echoes: Echoes;

  constructor(options: PathPlaneOptions) {
    const { id, table, link, stats, random } = options;
    this.#options = options;
    this.#self = { id, idBytes: peerIdToBytes(id) };
    this.#carrier = new Carrier({
      ...{ link, stats, labels: this.#labels, self: this.#self.idBytes },
      ways: {
        to: (bytes, offset, from, flags) => {
          const destination = table.find(bytes, offset);
          return destination && chooseWay(table, destination, from, flags);
        },
        state: (neighbour) => {
          const found = table.neighbours.get(neighbour);
          return found === undefined ? "gone" : found.suspect ? "suspect" : "up";
        },
      },
      admits: (from) => this.#ingresses.takes(from, "labelled", this.#nowMs()),
      deliver: (from, payload, back, isPathEnd) => this.#deliver(from, payload, back, isPathEnd),
    });
    this.#forwarder = new Forwarder({
      ...{ table, link, stats, self: this.#self.idBytes },
      deliver: (from, payload) => this.#deliver(from, payload, undefined, false),
      carry: (from, header, payload) => this.#carrier.receive(from, header, payload),
    });
    this.#echoes = new Echoes({
      ...{ labels: this.#labels, random: random.fork("echoes"), stats },
      sendBack: (back, payload) => this.#sendBack(back, payload),
    });
  }

  /** A neighbour has come; it gets a number. */
  neighbourUp(id: PeerId): void {
    this.#labels.add(id, this.#nowMs());
    this.#ingresses.add(id, this.#nowMs());
  }

  /** A neighbour has left. */
  neighbourDown(id: PeerId): void {
    this.#labels.remove(id, this.#nowMs());
    this.#ingresses.remove(id);
  }

  /** A packet of a neighbour. */
  receive(from: PeerId, header: Uint8Array, payload: Uint8Array): void {
    this.#forwarder.receive(from, header, payload);
  }

  /** Sends towards a peer, the ordinary way. False: dropped. */
  send(to: PeerId, payload: Uint8Array): boolean {
    return this.#forwarder.send(this.#options.table.get(to), payload);
  }

  sendAlong(path: Path, to: PeerId, payload: Uint8Array): boolean {
    return this.#sendAlong(path, peerIdToBytes(to), payload);
  }

  sendRecorded(to: PeerId, payload: Uint8Array): boolean {
    return this.#sendTowards(to, peerIdToBytes(to), payload, false);
  }

  sendVia(waypoint: PeerId, to: PeerId, payload: Uint8Array): boolean {
    return this.#sendTowards(waypoint, peerIdToBytes(to), payload, true);
  }

  sendFirst(firstHop: PeerId, to: PeerId, payload: Uint8Array): boolean {
    return this.#sendAlong({ firstHop, labels: NO_BYTES }, peerIdToBytes(to), payload);
  }

  echo(to: PeerId, done: (answer: EchoAnswer | undefined) => void): void {
    const send = (request: Uint8Array): boolean => this.sendRecorded(to, request);
    this.#echoes.ask(send, done, this.#nowMs());
  }

  locate(to: PeerId, done: (record: PeerRecord | undefined) => void): void {
    const destination = this.#options.table.get(to);
    done(destination?.selected === undefined ? undefined : destination.record);
  }

  sketch(salt: Uint8Array, peersMax: number): Uint8Array {
    const { suite, table } = this.#options;
    return makeSketch(suite, this.#self, table, salt, peersMax);
  }

  meetings(salt: Uint8Array, sketch: Uint8Array, peersMax: number): readonly Meeting[] {
    const { suite, table } = this.#options;
    return findMeetings(suite, this.#self, table, salt, sketch, peersMax);
  }

  firstHops(): readonly PeerId[] {
    return rankFirstHops(this.#scores, this.#options.table);
  }

  waypoints(peersMax: number, to?: PeerId): readonly PeerId[] {
    const { table, random } = this.#options;
    return drawWaypoints(this.#scores, table, random, peersMax, to);
  }

  report(peer: PeerId, acknowledged: boolean): void {
    this.#scores.report(peer, acknowledged);
  }

  nextDeadlineMs(): number {
    return this.#echoes.nextDeadlineMs();
  }

  tick(): void {
    this.#echoes.tick(this.#nowMs());
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  #sendAlong({ firstHop, labels }: Path, destination: Uint8Array, payload: Uint8Array): boolean {
    if (!this.#options.table.neighbours.has(firstHop)) return false;
    return this.#carrier.send({ next: firstHop, flags: 0, destination, ahead: labels }, payload);
  }

  #sendTowards(
    target: PeerId,
    destination: Uint8Array,
    payload: Uint8Array,
    isWaypoint: boolean,
  ): boolean {
    const { table } = this.#options;
    const known = table.get(target);
    const way = known && chooseWay(table, known, undefined, 0);
    if (known === undefined || way === undefined) return false;
    const steering = { next: way.route.neighbour.id, flags: way.flags, destination };
    const waypoint = isWaypoint ? { waypoint: known.idBytes } : {};
    return this.#carrier.send({ ...steering, ahead: NO_BYTES, ...waypoint }, payload);
  }

  #sendBack(back: Path, payload: Uint8Array): boolean {
    return this.#sendAlong(back, PATH_END, payload);
  }

  #deliver(from: PeerId, payload: Uint8Array, back: Path | undefined, isPathEnd: boolean): void {
    if (isService(payload)) {
      if (back === undefined || !this.#serve(from, payload, back)) {
        this.#options.stats.services.malformed++;
      }
      return;
    }
    // Nobody but routing's own services may speak to a peer without naming it.
    if (isPathEnd) this.#options.stats.dropped.malformed++;
    else this.#options.onPacket(payload, back);
  }

  #serve(from: PeerId, payload: Uint8Array, back: Path): boolean {
    const nowMs = this.#nowMs();
    switch (payload[0]) {
      case SERVICE_ECHO_REQUEST:
        if (this.#ingresses.takes(from, "echoes", nowMs)) return this.#echoes.answer(payload, back);
        this.#options.stats.services.refused++;
        return true;
      case SERVICE_ECHO_ANSWER:
        return this.#echoes.receive(payload, back, nowMs);
      default:
        return false;
    }
  }
}
