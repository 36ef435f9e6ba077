import { Backoff } from "../feed/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../session/index.ts";
import type { FoldersContext } from "./context.ts";
import type { Folder } from "./folder.ts";
import { PARTNERS_MAX, RETRY_FIRST_MS, RETRY_MAX_MS, STRANGERS_MAX } from "./limits.ts";
import { Partner, type PartnerEnd } from "./partner.ts";
import { FOLDER_SERVICE } from "./protocol.ts";
import type { WriterLog } from "./writer-log.ts";

/** A peer within reach that may have folders in common with this one. */
interface Candidate {
  readonly backoff: Backoff;
  /** Ids of folders that it was found to have. */
  readonly shared: Set<string>;
  retryAtMs: number;
}

/** What the exchange needs besides the context. */
export interface SyncOptions {
  readonly session: SessionPort;
  /** Whether a peer belongs to a contact or to the same person. */
  readonly isTrusted: (peer: PeerId) => boolean;
  readonly folders: () => Iterable<Folder>;
}

/**
 * With whom folders are exchanged: peers of contacts and of the same person, those that a link
 * named, that have written or were found to have a folder, and a few others within reach. Whoever
 * has a folder passes on what anybody wrote.
 */
export class Sync {
  readonly #context: FoldersContext;
  readonly #options: SyncOptions;
  /** As many as routing has ways to: who is of no interest now may be later. */
  readonly #reachable = new Set<PeerId>();
  readonly #candidates = new Map<PeerId, Candidate>();
  readonly #strangers = new Set<PeerId>();
  readonly #partners = new Map<PeerId, Partner>();

  constructor(context: FoldersContext, options: SyncOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** From now on others may come. */
  open(): void {
    this.#options.session.serve(FOLDER_SERVICE, (stream) => this.#accept(stream));
  }

  /** Peers with whom a folder is compared at the moment. */
  partnersOf(folder: Folder): readonly PeerId[] {
    const partners = [...this.#partners.values()];
    return partners.filter((each) => each.claims(folder) !== undefined).map(({ peer }) => peer);
  }

  /** Entries that partners have and this peer has not. */
  missingOf(folder: Folder): number {
    const ends = new Map<string, number>();
    for (const partner of this.#partners.values()) {
      for (const [log, seq] of partner.claims(folder) ?? []) {
        ends.set(log, Math.max(seq, ends.get(log) ?? 0));
      }
    }
    let missing = 0;
    for (const [id, seq] of ends) {
      const log = folder.core.logs.get(id);
      if (log?.isForked !== true) missing += Math.max(0, seq - (log?.kept.seq ?? 0));
    }
    return missing;
  }

  peerReachable(peer: PeerId): void {
    if (peer === this.#context.identity.id) return;
    this.#reachable.add(peer);
    const known = this.#candidates.get(peer);
    if (known !== undefined) {
      this.#hurry(known);
    } else if (this.#isWanted(peer)) {
      this.#addCandidate(peer);
      this.tick();
    }
  }

  peerUnreachable(peer: PeerId): void {
    this.#reachable.delete(peer);
    this.#candidates.delete(peer);
    this.#strangers.delete(peer);
    this.#partners.get(peer)?.drop("failed");
  }

  /** This peer keeps one more folder. */
  folderAdded(folder: Folder): void {
    for (const partner of this.#partners.values()) partner.addFolder(folder);
    for (const candidate of this.#candidates.values()) this.#hurry(candidate);
    for (const peer of this.#reachable) {
      if (!this.#candidates.has(peer) && this.#isWanted(peer)) this.#addCandidate(peer);
    }
    this.tick();
  }

  /** This peer no longer keeps a folder. */
  folderRemoved(folder: Folder): void {
    for (const partner of this.#partners.values()) partner.removeFolder(folder);
    for (const { shared } of this.#candidates.values()) shared.delete(folder.id);
  }

  /** Logs of a folder have grown here: all who have the folder should hear of it. */
  grown(folder: Folder, logs: readonly WriterLog[]): void {
    for (const partner of [...this.#partners.values()]) partner.grown(folder, logs);
    for (const { device } of logs) {
      if (this.#reachable.has(device) && !this.#candidates.has(device)) this.#addCandidate(device);
    }
    for (const [peer, candidate] of this.#candidates) {
      if (!this.#partners.has(peer) && candidate.shared.has(folder.id)) this.#hurry(candidate);
    }
    this.tick();
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const partner of this.#partners.values()) next = Math.min(next, partner.nextDeadlineMs());
    if (!this.#mayConnect()) return next;
    for (const [peer, { retryAtMs }] of this.#candidates) {
      if (!this.#partners.has(peer)) next = Math.min(next, retryAtMs);
    }
    return next;
  }

  tick(): void {
    for (const partner of [...this.#partners.values()]) partner.tick();
    const nowMs = this.#context.clock.monotonicMs();
    for (const [peer, candidate] of this.#candidates) {
      if (!this.#mayConnect()) return;
      if (!this.#partners.has(peer) && nowMs >= candidate.retryAtMs) this.#connect(peer, candidate);
    }
  }

  #mayConnect(): boolean {
    if (this.#partners.size >= PARTNERS_MAX) return false;
    for (const _ of this.#options.folders()) return true;
    return false;
  }

  #isWanted(peer: PeerId): boolean {
    if (this.#options.isTrusted(peer)) return true;
    for (const { record, core } of this.#options.folders()) {
      if (record.hints.includes(peer)) return true;
      for (const { device } of core.logs.values()) if (device === peer) return true;
    }
    if (this.#strangers.size >= STRANGERS_MAX) return false;
    this.#strangers.add(peer);
    return true;
  }

  #addCandidate(peer: PeerId): Candidate {
    const backoff = new Backoff(this.#context.random, RETRY_FIRST_MS, RETRY_MAX_MS);
    const candidate = { backoff, shared: new Set<string>(), retryAtMs: 0 };
    this.#candidates.set(peer, candidate);
    return candidate;
  }

  #hurry(candidate: Candidate): void {
    candidate.backoff.reset();
    candidate.retryAtMs = 0;
  }

  #connect(peer: PeerId, candidate: Candidate): void {
    const partner = this.#partner(peer, true);
    const stream = this.#options.session.openStream(peer, FOLDER_SERVICE, partner);
    if (stream === undefined) {
      this.#partners.delete(peer);
      candidate.retryAtMs = this.#context.clock.monotonicMs() + candidate.backoff.nextMs();
      return;
    }
    partner.start(stream);
  }

  /** One stream per pair is enough: where both sides open one, that of the smaller id stays. */
  #accept(stream: Stream): StreamEvents | undefined {
    const { peer } = stream;
    const known = this.#partners.get(peer);
    if (known?.isOpener === true && this.#context.identity.id < peer) return undefined;
    if (known === undefined && !this.#mayConnect()) return undefined;
    known?.drop("failed");
    const partner = this.#partner(peer, false);
    partner.start(stream);
    return partner;
  }

  #partner(peer: PeerId, isOpener: boolean): Partner {
    const folders = [...this.#options.folders()];
    const partner: Partner = new Partner(this.#context, { peer, isOpener }, folders, {
      onOver: (over, end) => this.#over(over, end),
    });
    this.#partners.set(peer, partner);
    return partner;
  }

  #over(partner: Partner, end: PartnerEnd): void {
    const { peer } = partner;
    if (this.#partners.get(peer) === partner) this.#partners.delete(peer);
    const shared = [...partner.shared].map(({ id }) => id);
    const candidate = this.#candidates.get(peer) ?? this.#befriend(peer, shared);
    if (candidate === undefined) return;
    for (const id of shared) candidate.shared.add(id);
    const nowMs = this.#context.clock.monotonicMs();
    if (end === "failed") candidate.retryAtMs = nowMs + candidate.backoff.nextMs();
    else candidate.retryAtMs = nowMs + RETRY_MAX_MS;
    if (end === "idle") candidate.backoff.reset();
  }

  /** Who came by itself and has a folder in common is told of its changes from now on. */
  #befriend(peer: PeerId, shared: readonly string[]): Candidate | undefined {
    if (shared.length === 0 || !this.#reachable.has(peer)) return undefined;
    return this.#addCandidate(peer);
  }
}
