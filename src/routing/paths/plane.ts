import { NO_BYTES } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import {
  type LocalIdentity,
  type PeerId,
  type PeerRecord,
  peerIdToBytes,
} from "../../identity/index.ts";
import type { LinkPort } from "../../link/index.ts";
import type { Clock, Random } from "../../ports/index.ts";
import { asideOf, chooseWay } from "../choose-way.ts";
import { Forwarder } from "../forwarder.ts";
import type { EchoAnswer, Meeting, Path, PathPort } from "../path-types.ts";
import { isReachable } from "../route-info.ts";
import type { RoutingStats } from "../stats.ts";
import type { Table } from "../table.ts";
import { Carrier, PATH_END } from "./carrier.ts";
import { Echoes } from "./echo.ts";
import { Far } from "./far.ts";
import { type Ingress, Ingresses } from "./ingress.ts";
import { labelBytes, readLabel } from "./label-codec.ts";
import { Labels } from "./labels.ts";
import type { LocatedWay } from "./located.ts";
import type { Place } from "./locator.ts";
import {
  COOKIE_BYTES,
  isService,
  SERVICE_ANSWER,
  SERVICE_ECHO_ANSWER,
  SERVICE_ECHO_REQUEST,
  SERVICE_KEPT,
  SERVICE_LOOKUP,
  SERVICE_PUBLISH,
} from "./messages.ts";
import { drawWaypoints, rankFirstHops, Scores } from "./scores.ts";
import { findMeetings, makeSketch } from "./sketch.ts";

/** What the data plane is made of. */
export interface PathPlaneOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly link: LinkPort;
  readonly table: Table;
  readonly stats: RoutingStats;
  /** Peers of the table with the smallest lottery that are taken for landmarks (B_l). */
  readonly landmarksMax: number;
  readonly ownRecord: () => PeerRecord;
  /** Asks neighbours on slow links for a peer that is not in the table. */
  readonly seek: (id: PeerId) => void;
  /** Whether the network is, or may be, larger than the table. */
  readonly isBeyondVicinity: () => boolean;
  /** A peer beyond the vicinity was located, or its record is newer: `send` reaches it now. */
  readonly onLocated: (record: PeerRecord) => void;
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
  readonly #far: Far;

  constructor(options: PathPlaneOptions) {
    const { identity, suite, clock, table, link, stats, random } = options;
    const { landmarksMax, ownRecord, isBeyondVicinity, onLocated } = options;
    this.#options = options;
    this.#self = { id: identity.id, idBytes: peerIdToBytes(identity.id) };
    this.#carrier = new Carrier({
      ...{ link, stats, labels: this.#labels, self: this.#self.idBytes },
      ways: {
        to: (bytes, offset, from, flags, header) => {
          const destination = table.find(bytes, offset);
          const aside = header && asideOf(table, this.#self.idBytes, header, flags);
          return destination && chooseWay(table, destination, from, flags, aside);
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
    this.#far = new Far({
      ...{ identity, suite, clock, random, stats, vicinity: table, landmarksMax },
      ...{ ownRecord, isBeyondVicinity, onLocated },
      echo: (to, done) => this.echo(to, done),
      sendRecorded: (to, payload) => this.sendRecorded(to, payload),
      sendBy: (way, destination, payload, firstHop) =>
        this.#sendBy(way, destination, payload, firstHop),
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

  /** Sends towards a peer: the ordinary way, or over a landmark to one that was located. */
  send(to: PeerId, payload: Uint8Array): boolean {
    if (this.#isFar(to)) return this.#far.send(to, payload);
    return this.#forwarder.send(this.#options.table.get(to), payload);
  }

  /** The record of a peer beyond the vicinity that was located. */
  located(id: PeerId): PeerRecord | undefined {
    return this.#far.record(id);
  }

  sendAlong(path: Path, to: PeerId, payload: Uint8Array): boolean {
    return this.#sendAlong(path, peerIdToBytes(to), payload);
  }

  sendRecorded(to: PeerId, payload: Uint8Array): boolean {
    if (this.#isFar(to)) return this.#far.send(to, payload);
    return this.#sendTowards(to, peerIdToBytes(to), payload, false);
  }

  sendVia(waypoint: PeerId, to: PeerId, payload: Uint8Array): boolean {
    return this.#sendTowards(waypoint, peerIdToBytes(to), payload, true);
  }

  sendFirst(firstHop: PeerId, to: PeerId, payload: Uint8Array): boolean {
    if (this.#isFar(to) && firstHop !== to) return this.#far.send(to, payload, firstHop);
    return this.#sendAlong({ firstHop, labels: NO_BYTES }, peerIdToBytes(to), payload);
  }

  echo(to: PeerId, done: (answer: EchoAnswer | undefined) => void): void {
    const send = (request: Uint8Array): boolean => this.sendRecorded(to, request);
    const metric = this.#options.table.get(to)?.metric ?? 0;
    this.#echoes.ask(send, done, metric, this.#nowMs());
  }

  locate(to: PeerId, done: (record: PeerRecord | undefined) => void): void {
    // A neighbour on a slow link may know it, and not have told for want of budget.
    this.#options.seek(to);
    this.#far.locate(to, done);
  }

  isNear(to: PeerId): boolean {
    const { table, isBeyondVicinity } = this.#options;
    const known = table.get(to);
    if (known?.selected === undefined) return false;
    return !isBeyondVicinity() || known.metric < table.horizonMetric(known.selected.id);
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
    this.#far.located.report(peer, acknowledged);
    this.#scores.report(peer, acknowledged);
  }

  nextDeadlineMs(): number {
    return Math.min(this.#echoes.nextDeadlineMs(), this.#far.nextDeadlineMs());
  }

  tick(): void {
    this.#echoes.tick(this.#nowMs());
    this.#far.tick();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  #sendAlong(
    { firstHop: next, labels: ahead }: Path,
    destination: Uint8Array,
    payload: Uint8Array,
    shortcut = false,
  ): boolean {
    const { table } = this.#options;
    const hop = table.neighbours.get(next);
    if (hop === undefined) return false;
    if (hop.suspect) {
      // The same reflex as at a relay: rather another way now than this one after a timeout.
      const known = table.find(destination, 0);
      const way = known && chooseWay(table, known, undefined, 0);
      if (way !== undefined && way.by.id !== next) {
        const steering = { next: way.by.id, flags: way.flags, destination, ahead: NO_BYTES };
        this.#options.stats.strayed++;
        return this.#carrier.send(steering, payload);
      }
    }
    return this.#carrier.send({ next, flags: 0, destination, ahead, shortcut }, payload);
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
    const steering = { next: way.by.id, flags: way.flags, destination };
    const waypoint = isWaypoint ? { waypoint: known.idBytes } : {};
    return this.#carrier.send({ ...steering, ahead: NO_BYTES, ...waypoint }, payload);
  }

  #sendBack(back: Path, payload: Uint8Array): boolean {
    return this.#sendAlong(back, PATH_END, payload);
  }

  /** Whether a peer is reached over its landmarks only. */
  #isFar(id: PeerId): boolean {
    const known = this.#options.table.get(id);
    if (known !== undefined && isReachable(known)) return false;
    return this.#far.record(id) !== undefined;
  }

  /** Sends to a located peer by one of its ways; who knows the peer on the way shortens it. */
  #sendBy(way: LocatedWay, destination: Uint8Array, payload: Uint8Array, first?: PeerId): boolean {
    const { table } = this.#options;
    const path = "firstHop" in way ? way : this.#ownWay(way);
    if (path !== undefined) {
      const isFit = first === undefined || first === path.firstHop;
      return isFit && this.#sendAlong(path, destination, payload, true);
    }
    const landmark = "landmark" in way ? table.get(way.landmark) : undefined;
    const ordinary = landmark && chooseWay(table, landmark, undefined, 0);
    const next = first ?? ordinary?.by.id;
    if (landmark === undefined || next === undefined || !table.neighbours.has(next)) return false;
    const flags = first === undefined ? (ordinary?.flags ?? 0) : 0;
    const { labels: ahead } = way;
    const waypoint = landmark.idBytes;
    const steering = { next, flags, destination, ahead, waypoint, shortcut: true };
    return this.#carrier.send(steering, payload);
  }

  /** The explicit way to a peer whose landmark is this one. */
  #ownWay({ landmark, labels }: Place): Path | undefined {
    const label = readLabel(labels, 0, labels.length);
    const firstHop = this.#labels.neighbour(label);
    if (landmark !== this.#self.id || firstHop === undefined) return undefined;
    return { firstHop, labels: labels.subarray(labelBytes(label)) };
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

  /** Returns whether the payload could be read and belonged here. */
  #serve(from: PeerId, payload: Uint8Array, back: Path): boolean {
    const nowMs = this.#nowMs();
    switch (payload[0]) {
      case SERVICE_ECHO_REQUEST:
        if (!this.#admits(from, "echoes")) return true;
        return this.#echoes.answer(payload, back);
      case SERVICE_ECHO_ANSWER:
        return this.#echoes.receive(payload, back, nowMs);
      case SERVICE_PUBLISH: {
        if (!this.#admits(from, "publishes")) return true;
        const answer = this.#far.directory.publish(payload, from, nowMs);
        if (answer !== undefined) this.#sendBack(back, answer);
        return true;
      }
      case SERVICE_LOOKUP:
        return !this.#admits(from, "lookups") || this.#lookup(from, payload, back);
      case SERVICE_KEPT:
        return payload.length === 1 + COOKIE_BYTES && this.#far.publisher.kept(payload.slice(1));
      case SERVICE_ANSWER:
        return this.#far.lookups.receive(payload, back, nowMs);
      default:
        return false;
    }
  }

  #lookup(from: PeerId, payload: Uint8Array, back: Path): boolean {
    const verdict = this.#far.directory.lookup(payload, this.#nowMs());
    if (verdict === undefined) return false;
    if ("answer" in verdict) this.#sendBack(back, verdict.answer);
    else this.#carrier.redirect(from, verdict.passTo, verdict.question);
    return true;
  }

  #admits(from: PeerId, what: keyof Ingress): boolean {
    if (this.#ingresses.takes(from, what, this.#nowMs())) return true;
    this.#options.stats.services.refused++;
    return false;
  }
}
