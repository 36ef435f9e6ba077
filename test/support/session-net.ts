import { concatBytes } from "../../src/base/bytes.ts";
import type { PeerId, PeerRecord } from "../../src/identity/index.ts";
import type { Random } from "../../src/ports/index.ts";
import type {
  DatagramHandler,
  SessionPort,
  Stream,
  StreamAcceptor,
  StreamCloseReason,
  StreamEvents,
} from "../../src/session/index.ts";

interface End {
  readonly owner: Incarnation;
  readonly stream: Stream;
  events: StreamEvents | undefined;
  /** Deliveries to this end, in order. */
  inbox: (() => void)[];
  /** On a calm net: the delivery that came last, and what it brings. */
  joined?: { readonly deliver: () => void; readonly parts: Uint8Array[] };
  open: boolean;
}

/** What is written while other bytes wait to be read comes with them in one piece, as from a stream. */
function join(end: End, bytes: Uint8Array): void {
  const { inbox, joined } = end;
  if (joined !== undefined && inbox.at(-1) === joined.deliver) {
    joined.parts.push(bytes);
    return;
  }
  const parts = [bytes];
  const deliver = (): void => end.events?.onData(concatBytes(...parts));
  end.joined = { deliver, parts };
  inbox.push(deliver);
}

interface Incarnation {
  readonly id: PeerId;
  readonly record: PeerRecord;
  readonly services: Map<string, StreamAcceptor>;
  readonly datagrams: Map<string, DatagramHandler>;
  alive: boolean;
}

/** Sessions between peers in one process: bytes move one chunk per `step`, streams can be cut. */
export class SessionNet {
  /** The services of the streams that were opened so far. */
  readonly opened: string[] = [];
  readonly #random: Random;
  readonly #peers = new Map<PeerId, Incarnation>();
  readonly #pairs: [End, End][] = [];
  /** Streams that were cut while open. */
  cutStreams = 0;
  /** Streams that an acceptor refused. */
  refusedStreams = 0;
  /** Bytes that were written to streams. */
  writtenBytes = 0;
  /** Peers that run in another thread, and what takes there what is written to them; for a calm net. */
  elsewhere: ((peer: PeerId) => boolean) | undefined;
  carry: (stream: number, bytes: Uint8Array) => void = () => {};
  /** Hears all that is written to streams, whole as it was written. */
  overhear: ((service: string, bytes: Uint8Array) => void) | undefined;
  /** Whether the next datagram gets lost on its way. */
  losesDatagram: () => boolean = () => false;
  #nextId = 1;
  /** Whether streams that are opened are lost, though routing knows a way. */
  isSilent = false;
  readonly #isCalm: boolean;

  /** @param isCalm what is written arrives in one piece, and there is always room: for measurements */
  constructor(random: Random, isCalm = false) {
    this.#random = random;
    this.#isCalm = isCalm;
  }

  /** A running peer's port; the peer's older incarnation, if any, is dead from now on. */
  join(record: PeerRecord): SessionPort {
    this.leave(record.id);
    const me: Incarnation = {
      id: record.id,
      record,
      services: new Map(),
      datagrams: new Map(),
      alive: true,
    };
    this.#peers.set(record.id, me);
    return {
      openStream: (to, service, events, early) => {
        this.opened.push(service);
        const stream = this.#openStream(me, to, service, events);
        if (early !== undefined) stream?.write(early.bytes);
        if (early?.ends === true) stream?.end();
        return stream;
      },
      sendDatagram: (to, service, bytes) => this.#sendDatagram(me, to, service, bytes),
      hasDatagramRoom: () => true,
      serve: (service, acceptor) => me.services.set(service, acceptor),
      serveDatagrams: (service, handler) => me.datagrams.set(service, handler),
      roundTripMs: () => undefined,
    };
  }

  /** The peer's process dies; the others lose their streams to it. */
  leave(id: PeerId): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    peer.alive = false;
    this.#peers.delete(id);
    this.#closeWhere(([a, b]) => a.owner === peer || b.owner === peer);
  }

  /** Cuts every stream between two peers. */
  cut(one: PeerId, other: PeerId): void {
    this.#closeWhere(
      ([a, b]) =>
        (a.owner.id === one && b.owner.id === other) ||
        (a.owner.id === other && b.owner.id === one),
    );
  }

  /** Whether anything is under way. */
  get busy(): boolean {
    return this.#pairs.some((pair) => pair.some((end) => this.#ready(end)));
  }

  /** Delivers one chunk or event of a random stream. */
  step(): void {
    const ready = this.#pairs.flat().filter((end) => this.#ready(end));
    const end = ready[this.#random.u32() % Math.max(1, ready.length)];
    // A calm net brings all that waits, as a stream would.
    const due = end?.inbox.splice(0, this.#isCalm ? end.inbox.length : 1) ?? [];
    for (const one of due) one();
    for (let at = this.#pairs.length - 1; at >= 0; at--) {
      const pair = this.#pairs[at] ?? [];
      if (pair.every((side) => !side.open && !this.#ready(side))) this.#pairs.splice(at, 1);
    }
  }

  /** What was carried here from another thread, by the stream it was written to. */
  arrive(stream: number, bytes: Uint8Array): void {
    const end = this.#pairs.flat().find((one) => one.stream.id === stream);
    end?.inbox.push(() => end.events?.onData(bytes));
  }

  /** Datagrams arrive at once or never. */
  #sendDatagram(me: Incarnation, to: PeerId, service: string, bytes: Uint8Array): boolean {
    if (!me.alive || this.losesDatagram()) return me.alive;
    this.#peers.get(to)?.datagrams.get(service)?.(me.record, bytes.slice());
    return true;
  }

  #ready(end: End): boolean {
    return end.inbox.length > 0 && end.owner.alive;
  }

  #openStream(
    me: Incarnation,
    to: PeerId,
    service: string,
    events: StreamEvents,
  ): Stream | undefined {
    const target = this.isSilent ? undefined : this.#peers.get(to);
    const mine = this.#end(me, to, service, events, () => theirs);
    const owner = target ?? { ...me, id: to, alive: false };
    const theirs = this.#end(owner, me.id, service, undefined, () => mine);
    this.#pairs.push([mine, theirs]);
    if (target === undefined) {
      this.#close(mine, "session-lost");
      this.#close(theirs, "session-lost");
      return mine.stream;
    }
    theirs.inbox.push(() => {
      theirs.events = target.services.get(service)?.(theirs.stream, me.record);
      if (theirs.events !== undefined) return;
      this.refusedStreams++;
      theirs.open = false;
      theirs.inbox = [];
      this.#close(mine, "refused");
    });
    return mine.stream;
  }

  #end(
    owner: Incarnation,
    peer: PeerId,
    service: string,
    events: StreamEvents | undefined,
    other: () => End,
  ): End {
    let finished = false;
    const stream: Stream = {
      id: this.#nextId++,
      peer,
      service,
      unacknowledgedBytes: 0,
      write: (bytes) => {
        if (!end.open || finished || !owner.alive) return true;
        this.writtenBytes += bytes.length;
        this.overhear?.(service, bytes);
        if (this.#isCalm) {
          const whole = bytes.slice();
          if (this.elsewhere?.(peer) === true) {
            this.carry(other().stream.id, whole);
            return true;
          }
          join(other(), whole);
          return true;
        }
        for (let at = 0; at < bytes.length; ) {
          const length = 1 + (this.#random.u32() % (bytes.length - at));
          const chunk = bytes.slice(at, at + length);
          other().inbox.push(() => other().events?.onData(chunk));
          at += length;
        }
        if (this.#random.u32() % 4 > 0) return true;
        end.inbox.push(() => end.events?.onDrain());
        return false;
      },
      end: () => {
        if (!end.open || finished || !owner.alive) return;
        finished = true;
        other().inbox.push(() => {
          other().events?.onEnd();
          if (finished && (other().stream as { done?: boolean }).done) {
            this.#close(end, "done");
            this.#close(other(), "done");
          }
        });
        (stream as { done?: boolean }).done = true;
      },
      reset: () => {
        if (!owner.alive) return;
        this.#close(end, "reset");
        this.#close(other(), "reset");
      },
      consume: () => {},
    };
    const end: End = { owner, stream, events, inbox: [], open: true };
    return end;
  }

  #closeWhere(match: (pair: [End, End]) => boolean): void {
    for (const pair of this.#pairs) {
      if (!match(pair)) continue;
      if (pair.some(({ open }) => open)) this.cutStreams++;
      for (const end of pair) this.#close(end, "session-lost");
    }
  }

  /** What was under way to this end is lost; the closing itself is told at a later step. */
  #close(end: End, reason: StreamCloseReason): void {
    if (!end.open) return;
    end.open = false;
    const data = reason === "done" ? end.inbox : [];
    end.inbox = [...data, () => end.events?.onClose(reason)];
  }
}
