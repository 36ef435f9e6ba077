import type { MessagePort } from "node:worker_threads";
import type { PeerId, PeerRecord } from "../../src/identity/index.ts";
import type {
  SessionPort,
  Stream,
  StreamAcceptor,
  StreamCloseReason,
  StreamEvents,
} from "../../src/session/index.ts";

/** What happens to a stream, told to the other thread. */
type Told =
  | readonly ["open", stream: number, service: string]
  | readonly ["data", stream: number, bytes: Uint8Array]
  | readonly ["end", stream: number]
  | readonly ["close", stream: number, reason: StreamCloseReason];

interface End {
  events: StreamEvents | undefined;
  isEnded: boolean;
}

/** Streams to one peer in another thread. All that is told in one turn goes there at once. */
export class ThreadNet {
  /** Called after each turn in which something was taken or told. */
  onTurn: () => void = () => undefined;
  readonly sessions: SessionPort;
  readonly #port: MessagePort;
  readonly #other: PeerRecord;
  readonly #services = new Map<string, StreamAcceptor>();
  readonly #ends = new Map<number, End>();
  #telling: Told[] = [];
  #next: number;

  /** @param isFirst one side of the two, so that both number their streams differently */
  constructor(port: MessagePort, other: PeerRecord, isFirst: boolean) {
    this.#port = port;
    this.#other = other;
    this.#next = isFirst ? 1 : 2;
    port.on("message", (told: readonly Told[]) => {
      for (const one of told) this.#take(one);
      this.onTurn();
    });
    this.sessions = {
      openStream: (to, service, events) => this.#open(to, service, events),
      sendDatagram: () => false,
      hasDatagramRoom: () => false,
      serve: (service, acceptor) => void this.#services.set(service, acceptor),
      serveDatagrams: () => undefined,
      roundTripMs: () => undefined,
    };
  }

  #open(to: PeerId, service: string, events: StreamEvents): Stream | undefined {
    if (to !== this.#other.id) return undefined;
    const id = this.#next;
    this.#next += 2;
    this.#tell(["open", id, service]);
    return this.#end(id, service, { events, isEnded: false });
  }

  #end(id: number, service: string, end: End): Stream {
    this.#ends.set(id, end);
    return {
      ...{ id, peer: this.#other.id, service, unacknowledgedBytes: 0 },
      write: (bytes) => {
        this.#tell(["data", id, Uint8Array.from(bytes)]);
        return true;
      },
      end: () => {
        end.isEnded = true;
        this.#tell(["end", id]);
      },
      reset: () => {
        this.#tell(["close", id, "reset"]);
        this.#close(id, "reset");
      },
      consume: () => undefined,
    };
  }

  #tell(one: Told): void {
    this.#telling.push(one);
    if (this.#telling.length > 1) return;
    setImmediate(() => {
      this.#port.postMessage(this.#telling.splice(0));
      this.onTurn();
    });
  }

  #take(told: Told): void {
    if (told[0] === "open") {
      const [, id, service] = told;
      const end: End = { events: undefined, isEnded: false };
      end.events = this.#services.get(service)?.(this.#end(id, service, end), this.#other);
      if (end.events !== undefined) return;
      this.#tell(["close", id, "refused"]);
      this.#ends.delete(id);
      return;
    }
    const end = this.#ends.get(told[1]);
    if (told[0] === "data") end?.events?.onData(told[2]);
    if (told[0] === "end") this.#takeEnd(told[1], end);
    if (told[0] === "close") this.#close(told[1], told[2]);
  }

  #takeEnd(id: number, end: End | undefined): void {
    end?.events?.onEnd();
    if (end?.isEnded !== true) return;
    this.#tell(["close", id, "done"]);
    this.#close(id, "done");
  }

  #close(id: number, reason: StreamCloseReason): void {
    const end = this.#ends.get(id);
    this.#ends.delete(id);
    setImmediate(() => end?.events?.onClose(reason));
  }
}
