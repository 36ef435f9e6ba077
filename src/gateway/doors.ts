import type { DiskError, Log, RecordStore } from "../ports/index.ts";
import { schema } from "../wire/index.ts";
import { GatewayError } from "./errors.ts";
import { type Form, Kept } from "./kept.ts";
import { FORWARDS_MAX, LABEL_BYTES_MAX } from "./limits.ts";
import type { LocalNet, Near } from "./types.ts";

const PORT_MAX = 65_535;
const WHO_BYTES_MAX = 300;

/** What a forwarded local port leads to. */
export type ForwardTo =
  | { readonly t: "port"; readonly port: number }
  | { readonly t: "service"; readonly name: string };

/** A port of this machine that leads to another peer. */
export interface Forward {
  /** Port on loopback. */
  readonly port: number;
  /** The person's id, or a peer's address. */
  readonly who: string;
  readonly to: ForwardTo;
}

/** Which local ports should be open. */
interface DoorSettings {
  readonly forwards: readonly Forward[];
  /** Port of the proxy; undefined while it is off. */
  readonly proxyPort: number | undefined;
}

/** Whether a local port is open, and why not. */
export interface DoorState {
  readonly isOpen: boolean;
  /** Empty where nothing stands in the way. */
  readonly trouble: string;
}

const storedSchema = schema.record({
  v: schema.literal(1),
  f: schema.list(
    schema.record({
      p: schema.integer(1, PORT_MAX),
      t: schema.union({
        port: schema.record({ t: schema.literal("port"), port: schema.integer(1, PORT_MAX) }),
        service: schema.record({
          t: schema.literal("service"),
          name: schema.text(LABEL_BYTES_MAX),
        }),
      }),
      w: schema.text(WHO_BYTES_MAX),
    }),
    FORWARDS_MAX,
  ),
  p: schema.optional(schema.integer(1, PORT_MAX)),
});

const FORM: Form<DoorSettings> = {
  key: "gateway/doors",
  empty: { forwards: [], proxyPort: undefined },
  schema: (value, path) => {
    const { f, p } = storedSchema(value, path);
    return { forwards: f.map((one) => ({ port: one.p, who: one.w, to: one.t })), proxyPort: p };
  },
  encode: ({ forwards, proxyPort }) => ({
    v: 1,
    f: forwards.map(({ port, who, to }) => ({ p: port, t: to, w: who })),
    p: proxyPort,
  }),
};

/** What comes in through the doors. */
export interface DoorEvents {
  onForward(forward: Forward, near: Near): void;
  onProxy(near: Near): void;
}

/** The local ports that lead into the mesh. A door is open before it is kept for the next start. */
export class Doors {
  readonly #kept: Kept<DoorSettings>;
  readonly #net: LocalNet;
  readonly #events: DoorEvents;
  readonly #log: Log;
  /** Open ports, and what went wrong with the others. */
  readonly #states = new Map<number, DoorState>();

  constructor(records: RecordStore, net: LocalNet, events: DoorEvents, log: Log) {
    this.#kept = new Kept(records, FORM);
    this.#net = net;
    this.#events = events;
    this.#log = log;
  }

  /** Reads the settings and opens what should be open; a port that is taken is no error here. */
  load(done: (error: DiskError | null) => void): void {
    this.#kept.load((error) => {
      done(error);
      if (error !== null) return;
      const { forwards, proxyPort } = this.#kept.value;
      const note = (refusal: GatewayError | null): void => {
        if (refusal !== null) this.#log.warn("a local port stays closed", { why: refusal.message });
      };
      for (const forward of forwards) this.#open(forward.port, this.#taker(forward), note);
      if (proxyPort !== undefined) {
        this.#open(proxyPort, (near) => this.#events.onProxy(near), note);
      }
    });
  }

  forwards(): readonly Forward[] {
    return this.#kept.value.forwards;
  }

  proxyPort(): number | undefined {
    return this.#kept.value.proxyPort;
  }

  /** Whether this gateway listens on a port. */
  isOpen(port: number): boolean {
    return this.#states.get(port)?.isOpen ?? false;
  }

  stateOf(port: number): DoorState {
    return this.#states.get(port) ?? { isOpen: false, trouble: "" };
  }

  /**
   * Forwards a local port, 0 for any free one. Errors: "already-forwarded", "port-taken",
   * "no-permission", "too-many", "busy", "disk-full", "disk".
   */
  forward(
    wanted: Forward,
    done: (error: GatewayError | null, forward: Forward | undefined) => void,
  ): void {
    const taken = this.#whyTaken(wanted.port, wanted);
    if (taken !== undefined) {
      done(taken, undefined);
      return;
    }
    let forward = wanted;
    const accept = (near: Near): void => this.#events.onForward(forward, near);
    this.#open(wanted.port, accept, (error, port) => {
      forward = { ...wanted, port };
      if (error === null) this.#keepForward(forward, done);
      else done(error, undefined);
    });
  }

  /** Stops forwarding a port. Errors: "no-such-door" … */
  unforward(port: number, done: (error: GatewayError | null) => void): void {
    this.#kept.change(
      (now) => {
        const forwards = now.forwards.filter((one) => one.port !== port);
        if (forwards.length < now.forwards.length) return { ...now, forwards };
        throw new GatewayError(
          "no-such-door",
          `Port ${port} is not forwarded. 'peernet forward --list' shows what is.`,
        );
      },
      (error) => {
        if (error === null) this.#close(port);
        done(error);
      },
    );
  }

  /** Opens the proxy. Errors as of `forward`; the port is told where it went well. */
  openProxy(
    port: number,
    done: (error: GatewayError | null, port: number | undefined) => void,
  ): void {
    const now = this.proxyPort();
    if (now !== undefined && this.isOpen(now) && (port === now || port === 0)) {
      done(null, now);
      return;
    }
    const taken = this.#whyTaken(port);
    if (taken !== undefined) {
      done(taken, undefined);
      return;
    }
    const accept = (near: Near): void => this.#events.onProxy(near);
    this.#open(port, accept, (error, opened) => {
      if (error !== null) {
        done(error, undefined);
        return;
      }
      this.#kept.change(
        (settings) => ({ ...settings, proxyPort: opened }),
        (refusal) => {
          if (refusal !== null) this.#close(opened);
          else if (now !== undefined && now !== opened) this.#close(now);
          done(refusal, refusal === null ? opened : undefined);
        },
      );
    });
  }

  /** Closes the proxy; open connections live on. */
  closeProxy(done: (error: GatewayError | null) => void): void {
    const port = this.proxyPort();
    this.#kept.change(
      (now) => ({ ...now, proxyPort: undefined }),
      (error) => {
        if (error === null && port !== undefined) this.#close(port);
        done(error);
      },
    );
  }

  #taker(forward: Forward): (near: Near) => void {
    return (near) => this.#events.onForward(forward, near);
  }

  #whyTaken(port: number, wanted?: Forward): GatewayError | undefined {
    if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) {
      return new GatewayError("bad-port", `A port is a number of 0 to ${PORT_MAX}.`);
    }
    if (port === 0 || !this.isOpen(port)) return undefined;
    const found = this.forwards().find((forward) => forward.port === port);
    return new GatewayError("already-forwarded", takenWords(port, found, wanted));
  }

  #keepForward(
    forward: Forward,
    done: (error: GatewayError | null, forward: Forward | undefined) => void,
  ): void {
    this.#kept.change(
      (now) => {
        const others = now.forwards.filter(({ port }) => port !== forward.port);
        if (others.length < FORWARDS_MAX) return { ...now, forwards: [...others, forward] };
        throw new GatewayError(
          "too-many",
          `${FORWARDS_MAX} ports are forwarded already. Stop one: peernet forward PORT --stop`,
        );
      },
      (error) => {
        if (error !== null) this.#close(forward.port);
        done(error, error === null ? forward : undefined);
      },
    );
  }

  #open(
    port: number,
    accept: (near: Near) => void,
    done: (error: GatewayError | null, port: number) => void,
  ): void {
    this.#net.listen(port, accept, (error, opened) => {
      if (error === null) this.#states.set(opened, { isOpen: true, trouble: "" });
      else if (port !== 0) this.#states.set(port, { isOpen: false, trouble: error.message });
      done(error, opened);
    });
  }

  #close(port: number): void {
    this.#states.delete(port);
    this.#net.unlisten(port);
  }
}

/** @param found what the port is forwarded to; it is the proxy's without one */
function takenWords(port: number, found: Forward | undefined, wanted: Forward | undefined): string {
  if (found === undefined) {
    return `Port ${port} is the proxy's. Choose another one, or close the proxy: peernet proxy --off`;
  }
  if (wanted !== undefined && found.who === wanted.who && isSame(found.to, wanted.to)) {
    return `Port ${port} leads there already: nothing is left to do.`;
  }
  return `Port ${port} leads elsewhere already; 'peernet forward --list' shows where. Choose another one, or stop that: peernet forward ${port} --stop`;
}

function isSame(one: ForwardTo, other: ForwardTo): boolean {
  if (one.t === "port") return other.t === "port" && one.port === other.port;
  return other.t === "service" && one.name === other.name;
}
