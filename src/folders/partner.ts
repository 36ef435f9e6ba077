import { equalBytes } from "../base/bytes.ts";
import { decodeEntry, FrameSplitter } from "../feed/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "../session/index.ts";
import type { FoldersContext } from "./context.ts";
import { FoldersError } from "./errors.ts";
import { Fetching } from "./fetching.ts";
import type { Folder } from "./folder.ts";
import {
  ANSWER_TIMEOUT_MS,
  BUSY_PAUSE_MS,
  FOLDERS_MAX,
  FRAME_BYTES_MAX,
  HEADS_PER_FRAME_MAX,
  IDLE_TIMEOUT_MS,
  UNREAD_BYTES_MAX,
} from "./limits.ts";
import { decodeFrame, encodeFrame, type FolderFrame, HELLO_NONCE_BYTES } from "./protocol.ts";
import { Serving } from "./serving.ts";
import { folderTag } from "./tags.ts";
import type { WriterLog } from "./writer-log.ts";

/** Why the exchange with a peer is over. */
export type PartnerEnd = "idle" | "nothing-shared" | "refused" | "failed";

/** What a partner tells. */
export interface PartnerEvents {
  /** Called once, last. */
  onOver(partner: Partner, end: PartnerEnd): void;
}

/** The exchange of folders with one peer over one stream; both sides do the same. */
export class Partner implements StreamEvents {
  readonly peer: PeerId;
  /** Whether this side opened the stream. */
  readonly isOpener: boolean;
  readonly #context: FoldersContext;
  readonly #events: PartnerEvents;
  readonly #splitter: FrameSplitter = new FrameSplitter(FRAME_BYTES_MAX);
  readonly #serving: Serving;
  readonly #nonce: Uint8Array;
  /** Folders whose tags were sent, in that order; undefined where one is no longer kept. */
  readonly #mine: (Folder | undefined)[] = [];
  readonly #theirTags: Uint8Array[] = [];
  /** By the number of the peer's tag. */
  readonly #theirs = new Map<number, Folder>();
  readonly #shared = new Map<Folder, Fetching>();
  #stream: Stream | undefined;
  #theirNonce: Uint8Array | undefined;
  #waiting: Folder[];
  #isOver = false;
  #movedBytes = 0;
  #silentAtMs = Number.POSITIVE_INFINITY;
  #idleAtMs: number;
  #busyAtMs = Number.POSITIVE_INFINITY;

  /** @param folders those that this side knows */
  constructor(
    context: FoldersContext,
    who: { readonly peer: PeerId; readonly isOpener: boolean },
    folders: readonly Folder[],
    events: PartnerEvents,
  ) {
    this.peer = who.peer;
    this.isOpener = who.isOpener;
    this.#context = context;
    this.#events = events;
    this.#waiting = [...folders];
    this.#nonce = context.random.bytes(HELLO_NONCE_BYTES);
    this.#idleAtMs = context.clock.monotonicMs() + IDLE_TIMEOUT_MS;
    this.#serving = new Serving({ write: (bytes) => this.#write(bytes) });
  }

  /** Folders that both sides know. */
  get shared(): Iterable<Folder> {
    return this.#shared.keys();
  }

  /** What this peer has said of where a folder's logs end. */
  claims(folder: Folder): ReadonlyMap<string, number> | undefined {
    return this.#shared.get(folder)?.claims;
  }

  /** Begins to speak. */
  start(stream: Stream): void {
    this.#stream = stream;
    this.#send({ t: "hello", nonce: this.#nonce });
  }

  /** This side knows one more folder. */
  addFolder(folder: Folder): void {
    this.#waiting.push(folder);
    if (this.#theirNonce !== undefined) this.#introduce(this.#theirNonce);
  }

  /** This side no longer keeps a folder. */
  removeFolder(folder: Folder): void {
    this.#shared.get(folder)?.close();
    this.#shared.delete(folder);
    this.#waiting = this.#waiting.filter((each) => each !== folder);
    const mine = this.#mine.indexOf(folder);
    if (mine >= 0) this.#mine[mine] = undefined;
    for (const [number, theirs] of this.#theirs) if (theirs === folder) this.#theirs.delete(number);
  }

  /** Logs of a folder have grown here. */
  grown(folder: Folder, logs: readonly WriterLog[]): void {
    const fetching = this.#shared.get(folder);
    if (fetching === undefined) return;
    this.#tellHeads(
      folder,
      logs.filter(({ id, kept }) => kept.seq > fetching.claimOf(id)),
    );
    fetching.resume();
  }

  /** Ends the exchange from this side. */
  drop(end: PartnerEnd): void {
    if (this.#isOver) return;
    this.#over(end);
    this.#stream?.reset();
  }

  nextDeadlineMs(): number {
    return Math.min(this.#silentAtMs, this.#idleAtMs, this.#busyAtMs);
  }

  tick(): void {
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs >= this.#busyAtMs) {
      this.#busyAtMs = Number.POSITIVE_INFINITY;
      for (const fetching of this.#shared.values()) fetching.resume();
    }
    if (nowMs >= this.#silentAtMs) this.drop("failed");
    if (nowMs >= this.#idleAtMs) {
      if (this.#isIdle()) this.drop(this.#shared.size === 0 ? "nothing-shared" : "idle");
      else this.#idleAtMs = nowMs + IDLE_TIMEOUT_MS;
    }
  }

  onData(bytes: Uint8Array): void {
    this.#stream?.consume(bytes.length);
    if (this.#isOver) return;
    const take = (content: Uint8Array): void => {
      if (!this.#isOver) this.#take(decodeFrame(content));
    };
    this.#splitter.read(bytes, take, ({ code }) => {
      this.#context.log.warn("folder stream refused", { peer: this.peer, code });
      this.drop("failed");
    });
    this.#moved(bytes.length);
  }

  onEnd(): void {
    this.#stream?.end();
  }

  onDrain(): void {
    this.#serving.resume();
  }

  onClose(reason: StreamCloseReason): void {
    this.#over(reason === "refused" ? "refused" : this.#isIdle() ? "idle" : "failed");
  }

  #take(frame: FolderFrame): void {
    if (frame.t === "hello") {
      if (this.#theirNonce !== undefined) throw new FoldersError("protocol", "A second hello.");
      this.#theirNonce = frame.nonce;
      this.#introduce(frame.nonce);
      return;
    }
    if (this.#theirNonce === undefined) throw new FoldersError("protocol", "No hello first.");
    if (frame.t === "know") {
      if (this.#theirTags.length + frame.tags.length > FOLDERS_MAX) {
        throw new FoldersError("protocol", "Too many folders.");
      }
      this.#theirTags.push(...frame.tags);
      this.#match();
      return;
    }
    const folder = this.#theirs.get(frame.folder);
    const fetching = folder && this.#shared.get(folder);
    // A folder that was given up here a moment ago: what still comes of it is waved through.
    if (folder === undefined || fetching === undefined) return;
    if (frame.t === "heads") fetching.heads(frame.heads);
    else if (frame.t === "entry") fetching.entry(decodeEntry(frame.bytes));
    else if (frame.t === "done") fetching.done(frame.log);
    else this.#serving.add({ ...frame, folder, number: this.#numberOf(folder) });
  }

  /** Tells the peer of folders that it has not heard of, and looks whether it knows them. */
  #introduce(theirNonce: Uint8Array): void {
    const { suite, identity } = this.#context;
    const place = {
      from: identity.id,
      to: this.peer,
      fromNonce: this.#nonce,
      toNonce: theirNonce,
    };
    while (this.#waiting.length > 0) {
      const folders = this.#waiting.splice(0, HEADS_PER_FRAME_MAX);
      const room = FOLDERS_MAX - this.#mine.length;
      const named = folders.slice(0, Math.max(0, room));
      if (named.length === 0) return;
      const tags = named.map((folder) => folderTag(suite, folder.core.keys.keepKey, place));
      this.#mine.push(...named);
      this.#send({ t: "know", tags });
    }
    this.#match();
  }

  #match(): void {
    const { suite, identity } = this.#context;
    const theirNonce = this.#theirNonce;
    if (theirNonce === undefined) return;
    const place = { from: this.peer, to: identity.id, fromNonce: theirNonce, toNonce: this.#nonce };
    for (const folder of this.#mine) {
      if (folder === undefined || this.#shared.has(folder)) continue;
      const tag = folderTag(suite, folder.core.keys.keepKey, place);
      const number = this.#theirTags.findIndex((each) => equalBytes(each, tag));
      if (number < 0) continue;
      this.#theirs.set(number, folder);
      this.#shared.set(folder, this.#fetchingOf(folder));
      this.#tellHeads(folder, [...folder.core.logs.values()]);
    }
  }

  #fetchingOf(folder: Folder): Fetching {
    return new Fetching(folder, {
      want: (log, from, count) => {
        this.#send({ t: "want", folder: this.#numberOf(folder), log, from, count });
      },
      onBusy: () => {
        const atMs = this.#context.clock.monotonicMs() + BUSY_PAUSE_MS;
        this.#busyAtMs = Math.min(this.#busyAtMs, atMs);
      },
      onDiskError: (error) => {
        this.#context.log.warn("folder entries could not be kept", { code: error.code });
        this.drop("failed");
      },
    });
  }

  #tellHeads(folder: Folder, logs: readonly WriterLog[]): void {
    const heads = logs
      .filter(({ kept }) => kept.seq > 0)
      .map(({ author, nonce, signature, kept }) => ({ author, nonce, signature, seq: kept.seq }));
    for (let at = 0; at < heads.length; at += HEADS_PER_FRAME_MAX) {
      const part = heads.slice(at, at + HEADS_PER_FRAME_MAX);
      this.#send({ t: "heads", folder: this.#numberOf(folder), heads: part });
    }
  }

  #numberOf(folder: Folder): number {
    return this.#mine.indexOf(folder);
  }

  #send(frame: FolderFrame): void {
    this.#write(encodeFrame(frame));
  }

  /** A peer that does not read is cut off before what it is sent takes memory. */
  #write(bytes: Uint8Array): boolean {
    const stream = this.#stream;
    if (this.#isOver || stream === undefined) return false;
    if (stream.unacknowledgedBytes > UNREAD_BYTES_MAX) {
      this.drop("failed");
      return false;
    }
    this.#moved(bytes.length);
    return stream.write(bytes);
  }

  #moved(byteCount: number): void {
    this.#movedBytes += byteCount;
    const nowMs = this.#context.clock.monotonicMs();
    this.#idleAtMs = nowMs + IDLE_TIMEOUT_MS;
    const owes = this.#theirNonce === undefined || this.#owes();
    this.#silentAtMs = owes ? nowMs + ANSWER_TIMEOUT_MS : Number.POSITIVE_INFINITY;
  }

  #owes(): boolean {
    for (const fetching of this.#shared.values()) if (fetching.isWaiting) return true;
    return false;
  }

  #isIdle(): boolean {
    if (!this.#serving.isIdle) return false;
    for (const fetching of this.#shared.values()) if (!fetching.isIdle) return false;
    return true;
  }

  #over(end: PartnerEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#serving.close();
    for (const fetching of this.#shared.values()) fetching.close();
    this.#events.onOver(this, end);
  }
}
