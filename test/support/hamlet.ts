import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { concatBytes, toHex, utf8 } from "../../src/base/bytes.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import { FoldersError } from "../../src/folders/errors.ts";
import { Folders } from "../../src/folders/folders.ts";
import type { FolderObjects } from "../../src/folders/objects.ts";
import type { FolderInfo } from "../../src/folders/types.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  type PeerRecord,
} from "../../src/identity/index.ts";
import { type FileTreeError, type Random, SILENT_LOG } from "../../src/ports/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../src/testing/fixtures.ts";
import { MemoryRecords } from "./memory-records.ts";
import { SessionNet } from "./session-net.ts";

/** One suite for all tests. */
export const suite: CryptoSuite = createNodeSuite();

/** A store that all peers of a hamlet share: objects by link, answered later. */
export class CommonObjects {
  readonly kept: Map<string, Uint8Array> = new Map();
  /** While true, nothing can be read or put. */
  isDown = false;
  /** Bytes handed out. */
  servedBytes = 0;
  puts = 0;
  readonly #due: (() => void)[] = [];

  get busy(): boolean {
    return this.#due.length > 0;
  }

  step(): void {
    this.#due.shift()?.();
  }

  open(random: Random): FolderObjects {
    return {
      troubleOf: () => "unreachable",
      keeps: (link) => this.kept.has(toHex(link)),
      put: (_, events, seed) => {
        const parts: Uint8Array[] = [];
        let isOver = false;
        return {
          write: (bytes) => {
            parts.push(bytes.slice());
            this.#due.push(() => {
              if (!isOver) events.onDrain();
            });
            return false;
          },
          finish: () => {
            this.#due.push(() => {
              if (isOver) return;
              isOver = true;
              const down = new FoldersError("disk", "The store is down.");
              if (this.isDown) {
                events.onError("full", down);
                return;
              }
              const key = seed && suite.hmacSha256(seed, utf8("key"));
              const link = key ? concatBytes(key, suite.sha256(key, ...parts)) : random.bytes(64);
              this.puts++;
              this.kept.set(toHex(link), concatBytes(...parts));
              events.onDone(link);
            });
          },
          abort: () => {
            isOver = true;
          },
        };
      },
      get: (link, from, to, events) => {
        let at = from;
        let isPaused = false;
        let isOver = false;
        const step = (): void => {
          if (isOver || isPaused) return;
          const object = this.isDown ? undefined : this.kept.get(toHex(link));
          if (object === undefined) {
            isOver = true;
            events.onError("unreachable", new FoldersError("disk", "The store is down."));
          } else if (at === to) {
            isOver = true;
            events.onDone();
          } else {
            const part = object.slice(at, Math.min(to, at + 50_000));
            at += part.length;
            this.servedBytes += part.length;
            events.onBytes(part);
            this.#due.push(step);
          }
        };
        this.#due.push(step);
        return {
          pause: () => {
            isPaused = true;
          },
          resume: () => {
            if (!isPaused) return;
            isPaused = false;
            this.#due.push(step);
          },
          abort: () => {
            isOver = true;
          },
        };
      },
    };
  }
}

/** A peer with folders on a disk that survives its crashes. */
export class Hamleteer {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  readonly disk: MemoryRecords = new MemoryRecords();
  folders: Folders | undefined;
  isReady = false;
  crashes = 0;
  changes = 0;

  constructor(name: string) {
    this.name = name;
    this.identity = testIdentity(suite, name);
    const bytes = encodePeerRecord(this.identity, { name, seqno: 1 });
    this.record = decodePeerRecord(suite, bytes);
  }

  /** The running room; a test that asks while it does not run is wrong. */
  get live(): Folders {
    if (this.folders === undefined || !this.isReady) throw new RangeError("It does not run.");
    return this.folders;
  }
}

/** Peers with folders, links between them that can be cut, and a clock moved by hand. */
export class Hamlet {
  readonly clock: ManualClock = new ManualClock();
  readonly random: Random;
  readonly net: SessionNet;
  readonly objects: CommonObjects = new CommonObjects();
  readonly all: Hamleteer[] = [];
  /** Whether all belong to contacts of each other. */
  areContacts = true;
  readonly #apart = new Set<string>();

  constructor(seed: number | string) {
    this.random = testRandom(seed);
    this.net = new SessionNet(this.random.fork("net"));
  }

  /** A new peer, running. */
  add(name: string): Hamleteer {
    const peer = new Hamleteer(name);
    this.all.push(peer);
    this.start(peer);
    while (!peer.isReady && this.step());
    return peer;
  }

  start(peer: Hamleteer): void {
    const { identity, name, crashes } = peer;
    const random = this.random.fork(`${name} ${crashes}`);
    const folders = new Folders({
      ...{ identity, suite, clock: this.clock, random, log: SILENT_LOG },
      records: peer.disk.open(),
      session: this.net.join(peer.record),
      objects: this.objects.open(random.fork("objects")),
      isTrusted: () => this.areContacts,
      nameOf: (signKey) =>
        this.all.find((each) => toHex(each.record.signKey) === toHex(signKey))?.name,
      events: { onFolderChanged: () => void peer.changes++ },
    });
    peer.folders = folders;
    folders.load((error) => {
      if (error !== null) throw error;
      peer.isReady = true;
      for (const other of this.all) this.#meet(peer, other);
    });
  }

  /** The process dies; up to `effects` operations still reach its disk. */
  crash(peer: Hamleteer, effects: number): void {
    peer.crashes++;
    peer.disk.crash(effects);
    peer.folders = undefined;
    peer.isReady = false;
    this.net.leave(peer.identity.id);
    for (const other of this.all) {
      if (other.isReady) other.folders?.peerUnreachable(peer.identity.id);
    }
  }

  restart(peer: Hamleteer): void {
    this.crash(peer, Number.MAX_SAFE_INTEGER);
    this.start(peer);
  }

  /** The network between two peers breaks. */
  part(one: Hamleteer, other: Hamleteer): void {
    this.#apart.add(pairName(one, other));
    this.net.cut(one.identity.id, other.identity.id);
    if (one.isReady) one.folders?.peerUnreachable(other.identity.id);
    if (other.isReady) other.folders?.peerUnreachable(one.identity.id);
  }

  /** The network between two peers works again. */
  join(one: Hamleteer, other: Hamleteer): void {
    this.#apart.delete(pairName(one, other));
    this.#meet(one, other);
  }

  isApart(one: Hamleteer, other: Hamleteer): boolean {
    return this.#apart.has(pairName(one, other));
  }

  /** One random step of a disk, a stream or the store; false where nothing is under way. */
  step(): boolean {
    const choices: (() => void)[] = [];
    for (const { disk } of this.all) if (disk.busy) choices.push(() => disk.step());
    if (this.net.busy) choices.push(() => this.net.step());
    if (this.objects.busy) choices.push(() => this.objects.step());
    choices[this.random.u32() % Math.max(1, choices.length)]?.();
    return choices.length > 0;
  }

  /** Lets time pass until the next deadline; false where nobody waits. */
  passTime(): boolean {
    let nextMs = Number.POSITIVE_INFINITY;
    const running = this.all.filter(({ isReady }) => isReady);
    for (const { live } of running) nextMs = Math.min(nextMs, live.nextDeadlineMs());
    if (nextMs === Number.POSITIVE_INFINITY) return false;
    this.clock.advance(Math.max(0, nextMs - this.clock.monotonicMs()));
    for (const { live } of running) live.tick();
    return true;
  }

  /** Runs until nothing is under way; then lets time pass, at most `naps` times. */
  settle(naps = 0): void {
    let steps = 0;
    for (let nap = 0; ; nap++) {
      while (this.step()) {
        if (++steps > 3_000_000) throw new RangeError("The hamlet never comes to rest.");
      }
      if (nap >= naps || !this.passTime()) return;
    }
  }

  /** Steps in the background, for tests with promises. The answer ends it. */
  run(): () => void {
    let isRunning = true;
    const turn = (): void => {
      if (!isRunning) return;
      for (let i = 0; i < 50; i++) if (!this.step()) break;
      setImmediate(turn);
    };
    turn();
    return () => {
      isRunning = false;
    };
  }

  async ready(peer: Hamleteer): Promise<void> {
    while (!peer.isReady) await new Promise((resolve) => setImmediate(resolve));
  }

  /** A new folder; its id. */
  create(peer: Hamleteer, name: string): string {
    let info: FolderInfo | undefined;
    peer.live.create(name, (error, value) => {
      if (error !== null) throw error;
      info = value;
    });
    while (info === undefined && this.step());
    return info?.id ?? "";
  }

  /** Lets `guest` in by a link of `host`. */
  invite(host: Hamleteer, guest: Hamleteer, id: string, mayWrite = true): void {
    const { read, write = read } = host.live.links(id);
    let isIn = false;
    guest.live.join(mayWrite ? write : read, undefined, (error) => {
      if (error !== null) throw error;
      isIn = true;
    });
    while (!isIn && this.step());
  }

  /** Writes a file and waits for nothing. */
  write(peer: Hamleteer, id: string, path: string, text: string): { error?: FileTreeError } {
    const result: { error?: FileTreeError } = {};
    const writer = peer.live.tree(id).write(
      path,
      {},
      {
        onDone: () => undefined,
        onError: (error) => {
          result.error = error;
        },
      },
    );
    writer.write(new TextEncoder().encode(text));
    writer.finish();
    return result;
  }

  #meet(one: Hamleteer, other: Hamleteer): void {
    if (one === other || !one.isReady || !other.isReady || this.isApart(one, other)) return;
    one.live.peerReachable(other.identity.id);
    other.live.peerReachable(one.identity.id);
  }
}

function pairName(one: Hamleteer, other: Hamleteer): string {
  return [one.name, other.name].sort().join(" ");
}
