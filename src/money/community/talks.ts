import { Backoff, keepOne } from "../../feed/index.ts";
import type { PeerId, PeerRecord } from "../../identity/index.ts";
import type { Random, Timed } from "../../ports/index.ts";
import type { Stream, StreamEvents } from "../../session/index.ts";
import { COMPARE_EVERY_MS, TALKS_MAX } from "./limits.ts";
import type { CommunityParts } from "./parts.ts";
import { COMMUNITY_SERVICE } from "./protocol.ts";
import { Talk, type TalkEnd, type TalkHost } from "./talk.ts";

interface Candidate {
  readonly backoff: Backoff;
  retryAtMs: number;
}

/** What talks ask of the desk. */
export interface TalksHost extends Pick<TalkHost, "heard" | "caughtUp"> {
  /** Whether there is anything to talk about with a person. */
  isWanted(peer: PeerId): boolean;
  /** A stream is open: what is here is told. */
  begin(talk: Talk): void;
}

/** Keeps members' devices in reach informed: one stream with each. */
export class Talks implements Timed {
  readonly #parts: CommunityParts;
  readonly #random: Random;
  readonly #host: TalksHost;
  readonly #talks = new Set<Talk>();
  readonly #reachable = new Set<PeerId>();
  readonly #candidates = new Map<PeerId, Candidate>();

  constructor(parts: CommunityParts, host: TalksHost) {
    this.#parts = parts;
    this.#random = parts.random.fork("community talks");
    this.#host = host;
  }

  /** From now on others may come. */
  open(): void {
    this.#parts.session.serve(COMMUNITY_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  /** Talks that are open. */
  *all(): Iterable<Talk> {
    for (const talk of [...this.#talks]) if (talk.isOpen) yield talk;
  }

  peerReachable(peer: PeerId): void {
    if (peer === this.#parts.identity.id) return;
    this.#reachable.add(peer);
    this.#consider(peer, true);
    this.tick();
  }

  peerUnreachable(peer: PeerId): void {
    this.#reachable.delete(peer);
    this.#candidates.delete(peer);
    for (const talk of [...this.#talks]) if (talk.peer === peer) talk.drop();
  }

  /** Whether a device is in reach. */
  isReachable(peer: PeerId): boolean {
    return this.#reachable.has(peer);
  }

  /** There is something to say to those in reach with whom no stream is open: to all, or to these. */
  hurry(peers: Iterable<PeerId> = this.#candidates.keys()): void {
    let isDue = false;
    for (const peer of peers) {
      const candidate = this.#candidates.get(peer);
      if (candidate === undefined || this.#isBusyWith(peer)) continue;
      candidate.retryAtMs = 0;
      isDue = true;
    }
    if (isDue) this.tick();
  }

  /** There is a new community, or its group has other members. */
  reconsider(): void {
    for (const peer of this.#reachable) this.#consider(peer, false);
    this.tick();
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#talks) next = Math.min(next, deadlineMs);
    if (this.#talks.size >= TALKS_MAX) return next;
    for (const [peer, { retryAtMs }] of this.#candidates) {
      if (!this.#isBusyWith(peer)) next = Math.min(next, retryAtMs);
    }
    return next;
  }

  tick(): void {
    for (const talk of [...this.#talks]) talk.tick();
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [peer, candidate] of this.#candidates) {
      if (this.#talks.size >= TALKS_MAX) return;
      if (nowMs < candidate.retryAtMs || this.#isBusyWith(peer)) continue;
      candidate.retryAtMs = nowMs + candidate.backoff.nextMs();
      this.#connect(peer);
    }
  }

  #consider(peer: PeerId, isNews: boolean): void {
    if (!this.#host.isWanted(peer)) {
      this.#candidates.delete(peer);
      return;
    }
    const known = this.#candidates.get(peer);
    if (known === undefined) {
      this.#candidates.set(peer, { backoff: new Backoff(this.#random), retryAtMs: 0 });
    } else if (isNews) known.retryAtMs = 0;
  }

  #isBusyWith(peer: PeerId): boolean {
    for (const talk of this.#talks) if (talk.peer === peer) return true;
    return false;
  }

  #connect(peer: PeerId): void {
    const talk = this.#make(peer, true);
    const stream = talk && this.#parts.session.openStream(peer, COMMUNITY_SERVICE, talk);
    if (talk === undefined || stream === undefined) return;
    this.#talks.add(talk);
    talk.start(stream);
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    if (!this.#parts.people.isMate(from.person.personId)) return undefined;
    if (this.#talks.size >= 2 * TALKS_MAX) return undefined;
    for (const other of [...this.#talks]) {
      // Whoever comes anew has lost the stream of before.
      if (other.peer === from.id && !other.isOpener) other.drop();
    }
    const who = { peer: from.id, person: from.person.personId, isOpener: false };
    const talk = this.#made(who);
    this.#talks.add(talk);
    talk.start(stream);
    return talk;
  }

  #make(peer: PeerId, isOpener: boolean): Talk | undefined {
    const person = this.#parts.people.personOf(peer);
    return person === undefined ? undefined : this.#made({ peer, person, isOpener });
  }

  #made(who: ConstructorParameters<typeof Talk>[1]): Talk {
    const { clock, log } = this.#parts;
    const host: TalkHost = {
      heard: (talk, frame) => this.#host.heard(talk, frame),
      caughtUp: (talk) => this.#host.caughtUp(talk),
      opened: (talk) => this.#opened(talk),
      over: (talk, end) => this.#over(talk, end),
    };
    return new Talk({ clock, log, host }, who);
  }

  #opened(talk: Talk): boolean {
    this.#candidates.get(talk.peer)?.backoff.reset();
    const { id } = this.#parts.identity;
    if (!keepOne(id, talk, this.#talks, (other) => other.drop())) return false;
    this.#host.begin(talk);
    return true;
  }

  #over(talk: Talk, end: TalkEnd): void {
    this.#talks.delete(talk);
    const candidate = this.#candidates.get(talk.peer);
    if (candidate === undefined || this.#isBusyWith(talk.peer)) return;
    const nowMs = this.#parts.clock.monotonicMs();
    const waitMs = end === "idle" ? COMPARE_EVERY_MS : candidate.backoff.nextMs();
    candidate.retryAtMs = Math.max(candidate.retryAtMs, nowMs + waitMs);
  }
}
