import type { PeerId, PeerRecord } from "../../../src/identity/index.ts";
import type { RecordStore, RecordWrite } from "../../../src/ports/index.ts";
import type {
  SessionPort,
  Stream,
  StreamAcceptor,
  StreamCloseReason,
  StreamEvents,
} from "../../../src/session/index.ts";

/** Work that is due, in order: disks and streams of all peers in one process. */
export class Turns {
  readonly #due: (() => void)[] = [];
  readonly #wake: ((run: () => void) => void) | undefined;

  /** @param wake sees to it that the work is done soon; without it whoever made this calls `run` */
  constructor(wake?: (run: () => void) => void) {
    this.#wake = wake;
  }

  later(call: () => void): void {
    this.#due.push(call);
    if (this.#due.length === 1) this.#wake?.(() => this.run());
  }

  /** Runs until nothing is due. */
  run(): void {
    for (let at = 0; at < this.#due.length; at++) this.#due[at]?.();
    this.#due.length = 0;
  }
}

/** A disk in memory that answers on its own turn; keys are few, so a scan looks at all of them. */
export class QuickRecords implements RecordStore {
  readonly kept: Map<string, Uint8Array> = new Map();
  readonly #turns: Turns;
  /** Keys by the part before the last slash, so that scans of one key are cheap. */
  constructor(turns: Turns) {
    this.#turns = turns;
  }

  write(batch: readonly RecordWrite[], done: (error: null) => void): void {
    for (const { key, value } of batch) {
      if (value === null) this.kept.delete(key);
      else this.kept.set(key, Uint8Array.from(value));
    }
    this.#turns.later(() => done(null));
  }

  scan(
    prefix: string,
    done: (error: null, found: readonly { key: string; value: Uint8Array }[]) => void,
  ): void {
    const exact = this.kept.get(prefix);
    const found =
      exact === undefined
        ? [...this.kept]
            .filter(([key]) => key.startsWith(prefix))
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, value]) => ({ key, value }))
        : [{ key: prefix, value: exact }];
    this.#turns.later(() => done(null, found));
  }
}

interface End {
  events: StreamEvents | undefined;
  isOpen: boolean;
  hasEnded: boolean;
}

/** Streams between peers that are within reach of each other. */
export class QuickNet {
  readonly #turns: Turns;
  readonly #peers = new Map<PeerId, Map<string, StreamAcceptor>>();
  readonly #records = new Map<PeerId, PeerRecord>();
  #near = new Set<string>();
  #open: (() => void)[] = [];
  /** Sees every chunk that is written. */
  onWrite: (service: string, bytes: Uint8Array) => void = () => undefined;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  join(record: PeerRecord): SessionPort {
    const services = new Map<string, StreamAcceptor>();
    this.#peers.set(record.id, services);
    this.#records.set(record.id, record);
    return {
      openStream: (to, service, events) => this.#openStream(record.id, to, service, events),
      sendDatagram: () => false,
      hasDatagramRoom: () => false,
      serve: (service, acceptor) => void services.set(service, acceptor),
      serveDatagrams: () => undefined,
      roundTripMs: () => undefined,
    };
  }

  /** Two peers are within reach of each other. */
  meet(a: PeerId, b: PeerId): void {
    this.#near.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  /** Nobody is within reach any more; streams end. */
  part(): void {
    this.#near = new Set();
    for (const close of this.#open.splice(0)) close();
  }

  #openStream(from: PeerId, to: PeerId, service: string, events: StreamEvents): Stream | undefined {
    const acceptor = this.#peers.get(to)?.get(service);
    const record = this.#records.get(from);
    if (!this.#near.has(`${from} ${to}`) || acceptor === undefined || record === undefined) {
      return undefined;
    }
    const mine: End = { events, isOpen: true, hasEnded: false };
    const theirs: End = { events: undefined, isOpen: true, hasEnded: false };
    const close = (reason: StreamCloseReason): void => {
      for (const end of [mine, theirs]) {
        if (!end.isOpen) continue;
        end.isOpen = false;
        this.#turns.later(() => end.events?.onClose(reason));
      }
    };
    const sideOf = (end: End, other: End, peer: PeerId): Stream => ({
      ...{ id: 1, peer, service, unacknowledgedBytes: 0 },
      write: (bytes) => {
        const copy = Uint8Array.from(bytes);
        if (end.isOpen) this.onWrite(service, copy);
        this.#turns.later(() => other.isOpen && other.events?.onData(copy));
        return true;
      },
      end: () => {
        end.hasEnded = true;
        this.#turns.later(() => other.isOpen && other.events?.onEnd());
        if (other.hasEnded) this.#turns.later(() => close("done"));
      },
      reset: () => close("reset"),
      consume: () => undefined,
    });
    theirs.events = acceptor(sideOf(theirs, mine, from), record);
    if (theirs.events === undefined) close("refused");
    this.#open.push(() => close("session-lost"));
    return sideOf(mine, theirs, to);
  }
}
