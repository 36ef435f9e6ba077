import { fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import { WireError } from "../wire/index.ts";
import type { StoreContext } from "./context.ts";
import { decodeHead, type Head } from "./head.ts";
import { ASK_AGAIN_MS, ASK_PEERS_MAX, ASK_STREAMS_MAX, HOLDERS_MAX, SEEK_MS } from "./limits.ts";
import { likelyHolders, RANKED_FRAGMENTS } from "./placement.ts";
import { LocalSource, RemoteSource, SILENT, type Source } from "./source.ts";

/** How a peer stands in a survey. `none` and `gone` may be asked again, `bad` may not. */
type Standing = "queued" | "asking" | "holds" | "none" | "gone" | "bad";

/**
 * Finds out who holds fragments of one object, and keeps the way to them open: first the disk
 * here, then the peers that are likely to hold some, then every other reachable one.
 */
export class Survey {
  readonly root: string;
  readonly #context: StoreContext;
  readonly #locateId: string;
  #onChange: () => void;
  readonly #standings: Map<PeerId, Standing> = new Map();
  readonly #sources: Map<PeerId, Source> = new Map();
  readonly #asking: Map<PeerId, RemoteSource> = new Map();
  /** What holders have that fell silent although there is a way to them. */
  readonly #silent: Map<PeerId, ReadonlySet<number>> = new Map();
  #head: Head | undefined;
  #headFrom: PeerId | undefined;
  /** When everybody was last asked, and when that is next due. */
  #askedAtMs: number;
  #askAgainAtMs: number;
  #pauseMs: number = SEEK_MS;
  #isSought = false;
  #hasGained = false;
  #isClosed = false;

  /** @param onChange something was found or lost; called on the peer's own turn, never inside `start` */
  constructor(context: StoreContext, root: string, locateId: string, onChange: () => void) {
    this.root = root;
    this.#context = context;
    this.#locateId = locateId;
    this.#onChange = onChange;
    this.#askedAtMs = context.clock.monotonicMs();
    this.#askAgainAtMs = this.#askedAtMs + ASK_AGAIN_MS;
  }

  /** Looks at the disk here and begins to ask peers. */
  start(): void {
    this.#look();
    for (const peer of this.#order()) this.#standings.set(peer, "queued");
    this.#askMore();
    this.#wantHead();
  }

  /** Somebody else hears of changes from now on. */
  follow(onChange: () => void): void {
    this.#onChange = onChange;
  }

  /** The head, once somebody gave the right one. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** Whether every peer that is to be asked has answered, and the head is here or nowhere. */
  get isQuiet(): boolean {
    const waits = [...this.#standings.values()].includes("queued");
    return !waits && this.#asking.size === 0 && this.#headFrom === undefined;
  }

  /** All places with fragments, the disk here first, then in the order in which they answered. */
  sources(): IterableIterator<Source> {
    return this.#sources.values();
  }

  /** Indices that at least one place has. */
  available(): Set<number> {
    const found = new Set<number>();
    const n = this.#head?.manifest.nMax ?? Number.POSITIVE_INFINITY;
    for (const { indices } of this.#sources.values()) {
      for (const index of indices) if (index < n) found.add(index);
    }
    return found;
  }

  /** Indices that are with holders within reach which do not answer any more. */
  withSilentHolders(): Set<number> {
    return new Set([...this.#silent.values()].flatMap((indices) => [...indices]));
  }

  /** A peer that holds fragment i at position i; undefined: only this peer, or nobody. */
  holders(n: number): (PeerId | undefined)[] {
    const holders = new Array<PeerId | undefined>(n).fill(undefined);
    for (const source of this.#sources.values()) {
      if (source.id === this.#context.self) continue;
      for (const index of source.indices) if (index < n) holders[index] ??= source.id;
    }
    return holders;
  }

  /** Whether a peer has said just now what it has. */
  hasAnswered(peer: PeerId): boolean {
    const standing = this.#standings.get(peer);
    return standing === "holds" || standing === "none";
  }

  /** Leaves a source for good: it gave something that the object does not commit to. */
  drop(source: Source): void {
    source.close();
    this.#sources.delete(source.id);
    this.#standings.set(source.id, "bad");
    if (this.#headFrom === source.id) this.#headFrom = undefined;
    this.#wantHead();
  }

  /** What holders said does not hold any more, so fragments move: ask anew soon. */
  seek(): void {
    this.#isSought = true;
    const dueMs = this.#askedAtMs + this.#pauseMs;
    this.#askAgainAtMs = Math.min(this.#askAgainAtMs, dueMs);
  }

  /** A peer came within reach: ask it now. */
  peerReachable(peer: PeerId): void {
    const standing = this.#standings.get(peer);
    if (this.#isClosed || standing === "bad" || standing === "asking" || standing === "holds") {
      return;
    }
    if (standing === undefined && this.#standings.size >= ASK_PEERS_MAX) return;
    this.#standings.set(peer, "queued");
    this.#askMore();
  }

  /** A peer went out of reach: do not wait for it. */
  peerUnreachable(peer: PeerId): void {
    this.#silent.delete(peer);
    this.#asking.get(peer)?.abandon("unreachable");
    const source = this.#sources.get(peer);
    if (source instanceof RemoteSource) source.abandon("unreachable");
    if (this.#standings.get(peer) === "queued") this.#standings.set(peer, "gone");
  }

  close(): void {
    this.#isClosed = true;
    for (const source of this.#sources.values()) source.close();
    for (const source of this.#asking.values()) source.close();
    this.#sources.clear();
    this.#asking.clear();
  }

  /** @param isLacking whether more fragments are wanted, so that peers are asked again */
  nextDeadlineMs(isLacking: boolean): number {
    let next = isLacking || this.#isSought ? this.#askAgainAtMs : Number.POSITIVE_INFINITY;
    for (const source of this.#asking.values()) next = Math.min(next, source.nextDeadlineMs());
    for (const source of this.#sources.values()) next = Math.min(next, source.nextDeadlineMs());
    return next;
  }

  tick(isLacking: boolean): void {
    for (const source of [...this.#asking.values()]) source.tick();
    for (const source of [...this.#sources.values()]) source.tick();
    const now = this.#context.clock.monotonicMs();
    const isWanted = isLacking || this.#isSought;
    if (!isWanted || now < this.#askAgainAtMs || this.#isClosed) return;
    this.#pauseMs = this.#hasGained ? SEEK_MS : Math.min(2 * this.#pauseMs, ASK_AGAIN_MS);
    this.#hasGained = false;
    this.#isSought = false;
    this.#askedAtMs = now;
    this.#askAgainAtMs = now + this.#pauseMs;
    this.#refresh();
    if (isLacking) for (const peer of this.#order()) this.peerReachable(peer);
  }

  /** Holders lose fragments to others, and the disk here gains some, while an object is read. */
  #refresh(): void {
    this.#look();
    for (const source of [...this.#sources.values()]) {
      source.refresh(this.#locateId, (hasGained) => {
        this.#hasGained ||= hasGained;
        this.#onChange();
      });
    }
  }

  #look(): void {
    if (this.#sources.has(this.#context.self)) return;
    const local = new LocalSource(this.#context, this.root);
    if (local.indices.size === 0) return;
    const others = [...this.#sources];
    this.#sources.clear();
    this.#sources.set(local.id, local);
    for (const [peer, source] of others) this.#sources.set(peer, source);
    this.#hasGained = true;
  }

  /** Whom to ask, most promising first. */
  #order(): PeerId[] {
    const reachable = this.#context.routing.routes().map((route) => route.destination);
    if (reachable.length <= ASK_STREAMS_MAX) return reachable;
    const root = must(fromHex(this.root), "roots are hexadecimal");
    const { suite } = this.#context;
    const nearest = reachable.slice(0, ASK_PEERS_MAX);
    return likelyHolders(suite, root, nearest, RANKED_FRAGMENTS);
  }

  #askMore(): void {
    for (const [peer, standing] of this.#standings) {
      const isFull = this.#asking.size >= ASK_STREAMS_MAX || this.#sources.size >= HOLDERS_MAX;
      if (this.#isClosed || isFull) return;
      if (standing === "queued") this.#ask(peer);
    }
  }

  #ask(peer: PeerId): void {
    const source = new RemoteSource(this.#context, this.root, peer, (reason) =>
      this.#gone(source, reason),
    );
    if (!source.open()) {
      this.#standings.set(peer, "gone");
      return;
    }
    this.#standings.set(peer, "asking");
    this.#asking.set(peer, source);
    source.findExtensions();
    source.find(this.#locateId, (indices) => {
      if (!this.#asking.delete(peer)) return;
      if (indices !== undefined) this.#silent.delete(peer);
      if (indices === undefined || indices.length === 0) {
        this.#standings.set(peer, "none");
        source.close();
      } else {
        for (const index of indices) source.indices.add(index);
        this.#standings.set(peer, "holds");
        this.#sources.set(peer, source);
        this.#hasGained = true;
      }
      this.#wantHead();
      this.#askMore();
      this.#onChange();
    });
  }

  #gone(source: RemoteSource, reason: string): void {
    if (this.#isClosed || this.#standings.get(source.id) === "bad") return;
    this.#asking.delete(source.id);
    const isHolder = this.#sources.delete(source.id);
    const isInReach = this.#context.routing.route(source.id) !== undefined;
    const isLost = isHolder && isInReach && reason === "session-lost";
    // A holder that only lost its session is asked again at once, over a new one.
    this.#standings.set(source.id, isLost ? "queued" : "gone");
    if (isLost || (isHolder && isInReach && reason === SILENT)) {
      this.#silent.set(source.id, source.indices);
    }
    if (isHolder) this.seek();
    if (this.#headFrom === source.id) this.#headFrom = undefined;
    this.#wantHead();
    this.#askMore();
    this.#onChange();
  }

  #wantHead(): void {
    if (this.#head !== undefined || this.#headFrom !== undefined || this.#isClosed) return;
    const source = this.#sources.values().next().value;
    if (source === undefined) return;
    // The disk here is asked all the same: nobody would hear of it within `start`.
    if (source.id !== this.#context.self) this.#head = this.#context.heads.get(this.root);
    if (this.#head !== undefined) return;
    this.#headFrom = source.id;
    source.head((bytes) => {
      if (this.#headFrom !== source.id) return;
      this.#headFrom = undefined;
      const head = bytes && this.#check(bytes);
      if (head === undefined) this.drop(source);
      else this.#know(head);
      this.#onChange();
    });
  }

  #know(head: Head): void {
    this.#head = head;
    this.#context.heads.add(head);
  }

  #check(bytes: Uint8Array): Head | undefined {
    try {
      // A copy, for it outlives the message.
      const head = decodeHead(this.#context.suite, bytes.slice());
      return head.rootHex === this.root ? head : undefined;
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    }
  }
}
