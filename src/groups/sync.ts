import { equalBytes } from "../base/bytes.ts";
import { Backoff, keepOne } from "../feed/index.ts";
import type { PeerId, PeerRecord, PersonId } from "../identity/index.ts";
import type { Timed } from "../ports/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";
import type { GroupsContext } from "./context.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeEnd, ExchangeHost } from "./exchange-host.ts";
import type { Group } from "./group.ts";
import {
  CANDIDATES_PER_GROUP_MAX,
  EXCHANGES_MAX,
  EXCHANGES_PER_GROUP_MAX,
  GUESSES_MAX,
  RETRY_MAX_MS,
  STRANGERS_MAX,
} from "./limits.ts";
import type { Op } from "./log/index.ts";
import { GROUP_SERVICE, helloTag } from "./protocol.ts";

/** A member's peer in reach. */
interface Candidate {
  readonly backoff: Backoff;
  retryAtMs: number;
}

/** What the exchange tells the room. */
export interface SyncDesk {
  groups(): Iterable<Group>;
  arrived(group: Group, ops: readonly Uint8Array[], from: Exchange): void;
  leasesArrived(group: Group, leases: readonly Uint8Array[], from: Exchange): void;
  offered(link: string, by: PersonId): void;
  offerFor(group: Group, person: PersonId): string | undefined;
  /** A member in reach takes this device for nobody of theirs, and no other member takes it now. */
  refused(group: Group, by: PersonId): void;
  /** A member is in reach with whom the group is exchanged from now on. */
  met(group: Group, peer: PeerId, isOpener: boolean): void;
}

/** Carries groups between the devices of their members, whoever of them is in reach. */
export class Sync implements Timed {
  readonly #context: GroupsContext;
  readonly #desk: SyncDesk;
  readonly #host: ExchangeHost;
  readonly #reachable = new Set<PeerId>();
  readonly #candidates = new Map<Group, Map<PeerId, Candidate>>();
  readonly #exchanges = new Set<Exchange>();

  constructor(context: GroupsContext, desk: SyncDesk) {
    this.#context = context;
    this.#desk = desk;
    this.#host = {
      groupOf: (tag, nonce, from) => this.#groupOf(tag, nonce, from),
      opened: (exchange) => this.#opened(exchange),
      arrived: (exchange, ops) => {
        if (exchange.group !== undefined) desk.arrived(exchange.group, ops, exchange);
      },
      leasesArrived: (exchange, leases) => {
        if (exchange.group !== undefined) desk.leasesArrived(exchange.group, leases, exchange);
      },
      offered: (exchange, link) => desk.offered(link, exchange.person),
      offerFor: (group, person) => desk.offerFor(group, person),
      over: (exchange, end) => this.#over(exchange, end),
    };
  }

  /** From now on others may come. */
  open(): void {
    this.#context.session.serve(GROUP_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  /** Peers with whom the group is being exchanged. */
  partnersOf(group: Group): readonly PeerId[] {
    const open = [...this.#exchanges].filter((each) => each.isOpen && each.group === group);
    return [...new Set(open.map(({ peer }) => peer))];
  }

  peerReachable(peer: PeerId): void {
    if (peer === this.#context.identity.id) return;
    this.#reachable.add(peer);
    for (const group of this.#desk.groups()) this.#consider(group, peer, true);
    this.tick();
  }

  peerUnreachable(peer: PeerId): void {
    this.#reachable.delete(peer);
    for (const candidates of this.#candidates.values()) candidates.delete(peer);
    for (const exchange of [...this.#exchanges])
      if (exchange.peer === peer) exchange.drop("failed");
  }

  /** A group is new here, or its members have changed: who is none any more hears nothing. */
  membersChanged(group: Group): void {
    for (const exchange of [...this.#exchanges]) {
      const isOurs = exchange.group === group && exchange.isOpen;
      if (isOurs && !group.isNewcomer && !group.has(exchange.person)) exchange.drop("refused");
    }
    for (const peer of this.#reachable) this.#consider(group, peer, false);
    this.tick();
  }

  /** A group is new here, or there is a new way into it: all who may have it are asked now. */
  groupAdded(group: Group): void {
    for (const peer of this.#reachable) this.#consider(group, peer, true);
    this.tick();
  }

  groupRemoved(group: Group): void {
    this.#candidates.delete(group);
    for (const exchange of [...this.#exchanges]) {
      if (exchange.group === group) exchange.drop("refused");
    }
  }

  /** Something new is here: members in reach hear of it. */
  tell(group: Group, ops: readonly Op[], except: Exchange | undefined): void {
    const told = new Set<PeerId>(except === undefined ? [] : [except.peer]);
    for (const exchange of [...this.#exchanges]) {
      if (exchange.group !== group || !exchange.isOpen || told.has(exchange.peer)) continue;
      told.add(exchange.peer);
      exchange.tell(ops);
    }
    for (const [peer, candidate] of this.#candidates.get(group) ?? []) {
      if (told.has(peer)) continue;
      candidate.backoff.reset();
      candidate.retryAtMs = 0;
    }
    this.tick();
  }

  tellLeases(group: Group, leases: readonly Uint8Array[], except: Exchange | undefined): void {
    for (const exchange of [...this.#exchanges]) {
      if (exchange.group === group && exchange !== except) exchange.tellLeases(leases);
    }
  }

  /** A newcomer has a checkpoint, or there is none. */
  resume(group: Group): void {
    for (const exchange of [...this.#exchanges]) if (exchange.group === group) exchange.compare();
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#exchanges) next = Math.min(next, deadlineMs);
    for (const [group, candidates] of this.#candidates) {
      if (!this.#mayConnect(group)) continue;
      for (const [peer, { retryAtMs }] of candidates) {
        if (!this.#isBusyWith(group, peer)) next = Math.min(next, retryAtMs);
      }
    }
    return next;
  }

  tick(): void {
    for (const exchange of [...this.#exchanges]) exchange.tick();
    const nowMs = this.#context.clock.monotonicMs();
    for (const [group, candidates] of this.#candidates) {
      for (const [peer, candidate] of candidates) {
        if (!this.#mayConnect(group)) break;
        if (nowMs < candidate.retryAtMs || this.#isBusyWith(group, peer)) continue;
        this.#connect(group, peer, candidate);
      }
    }
  }

  #consider(group: Group, peer: PeerId, isNews: boolean): void {
    const candidates = this.#candidates.get(group) ?? new Map<PeerId, Candidate>();
    this.#candidates.set(group, candidates);
    if (!this.#isWanted(group, peer)) {
      candidates.delete(peer);
      return;
    }
    const known = candidates.get(peer);
    if (known !== undefined) {
      if (!isNews) return;
      known.backoff.reset();
      known.retryAtMs = 0;
    } else if (candidates.size < CANDIDATES_PER_GROUP_MAX) {
      candidates.set(peer, { backoff: new Backoff(this.#context.random), retryAtMs: 0 });
    }
  }

  #isWanted(group: Group, peer: PeerId): boolean {
    if (!group.isIn && group.record.joining === undefined && !group.isNewcomer) return false;
    const person = this.#context.personOf(peer);
    if (person !== undefined && group.has(person)) return true;
    return group.isNewcomer && this.#mayHave(group, peer, person);
  }

  /** Whoever joins knows no members: those whom the link names, contacts, and a few others are asked. */
  #mayHave(group: Group, peer: PeerId, person: PersonId | undefined): boolean {
    if (group.record.hints.includes(peer)) return true;
    if (person !== undefined && this.#context.isContact(person)) return true;
    const candidates = this.#candidates.get(group);
    return candidates?.has(peer) === true || (candidates?.size ?? 0) < GUESSES_MAX;
  }

  #mayConnect(group: Group): boolean {
    if (this.#exchanges.size >= EXCHANGES_MAX) return false;
    let ours = 0;
    for (const { group: about, isOpener } of this.#exchanges) {
      if (about === group && isOpener) ours++;
    }
    return ours < EXCHANGES_PER_GROUP_MAX;
  }

  #isBusyWith(group: Group, peer: PeerId): boolean {
    for (const exchange of this.#exchanges) {
      if (exchange.group === group && exchange.peer === peer) return true;
    }
    return false;
  }

  #connect(group: Group, peer: PeerId, candidate: Candidate): void {
    const person = this.#context.personOf(peer);
    candidate.retryAtMs = this.#context.clock.monotonicMs() + candidate.backoff.nextMs();
    if (person === undefined) return;
    const exchange = new Exchange(this.#context, { peer, person, group }, this.#host);
    const stream = this.#context.session.openStream(peer, GROUP_SERVICE, exchange);
    if (stream === undefined) return;
    this.#exchanges.add(exchange);
    exchange.start(stream);
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    let strangers = 0;
    for (const exchange of this.#exchanges) {
      if (exchange.isOpen || exchange.isOpener) continue;
      strangers++;
      if (exchange.peer === from.id && exchange.group === undefined) return undefined;
    }
    if (strangers >= STRANGERS_MAX || this.#exchanges.size >= EXCHANGES_MAX + STRANGERS_MAX) {
      return undefined;
    }
    const who = { peer: from.id, person: from.person.personId, group: undefined };
    const exchange = new Exchange(this.#context, who, this.#host);
    this.#exchanges.add(exchange);
    exchange.start(stream);
    return exchange;
  }

  #groupOf(tag: Uint8Array, nonce: Uint8Array, from: PeerId): Group | undefined {
    const { suite, identity } = this.#context;
    const place = { from, to: identity.id, nonce };
    for (const group of this.#desk.groups()) {
      if (!equalBytes(tag, helloTag(suite, group.id, place))) continue;
      this.#dropStrangers(group, from);
      return group;
    }
    return undefined;
  }

  /** Who has begun anew is not waited for a second time: strangers' places are few. */
  #dropStrangers(group: Group, peer: PeerId): void {
    for (const other of [...this.#exchanges]) {
      const isSame = other.group === group && other.peer === peer;
      if (isSame && !other.isOpen && !other.isOpener) other.drop("failed");
    }
  }

  #opened(exchange: Exchange): boolean {
    const { group, peer } = exchange;
    const about = [...this.#exchanges].filter((each) => each.group === group);
    const { id } = this.#context.identity;
    if (!keepOne(id, exchange, about, (other) => other.drop("idle"))) return false;
    if (group !== undefined) this.#desk.met(group, peer, exchange.isOpener);
    return true;
  }

  /** Whether somebody else exchanges the group with this device now. */
  #isTakenByOthers(group: Group): boolean {
    const { personId } = this.#context.identity.person;
    for (const { group: about, isOpen, person } of this.#exchanges) {
      if (about === group && isOpen && person !== personId) return true;
    }
    return false;
  }

  #over(exchange: Exchange, end: ExchangeEnd): void {
    this.#exchanges.delete(exchange);
    const { group, peer, isOpener } = exchange;
    const candidate = group === undefined ? undefined : this.#candidates.get(group)?.get(peer);
    if (group === undefined || candidate === undefined) return;
    // That somebody came and was refused says nothing about whether this peer will be.
    if (!isOpener && end === "refused") return;
    if (end === "refused" && !this.#isTakenByOthers(group)) {
      this.#desk.refused(group, exchange.person);
    }
    const nowMs = this.#context.clock.monotonicMs();
    if (end === "idle") candidate.backoff.reset();
    candidate.retryAtMs = nowMs + (end === "idle" ? RETRY_MAX_MS : candidate.backoff.nextMs());
  }
}
