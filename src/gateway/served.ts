import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { DiskError, RecordStore } from "../ports/index.ts";
import { schema } from "../wire/index.ts";
import type { Access, Reach } from "./access.ts";
import type { Decision } from "./answering.ts";
import { GatewayError } from "./errors.ts";
import { type Form, Kept } from "./kept.ts";
import { LABEL_BYTES_MAX, SERVED_MAX, SERVED_TO_MAX } from "./limits.ts";
import { plainLine } from "./line.ts";
import type { Wanted } from "./opening.ts";
import type { Dialled, LocalNet, Protocol, Who } from "./types.ts";
import { isLabel, whoSchema } from "./who.ts";

const PORT_MAX = 65_535;

/** A local port that others may reach. */
export interface Served {
  readonly port: number;
  /** What it is called for others; undefined: by its port alone. */
  readonly name: string | undefined;
  /** Who may; besides, whoever a rule allows. */
  readonly to: readonly Who[];
}

/** Takes a connection for a program; answers at once or later. */
export type Taker = (from: PeerRecord, done: Dialled) => void;

/** What is wanted of this machine itself. */
type LocalWanted = Exclude<Wanted, { readonly t: "host" | "full" }>;

/** A program that takes connections itself, known by a name with a letter in it or by a port. */
interface Program {
  readonly to: readonly Who[];
  readonly take: Taker;
}

const storedSchema = schema.record({
  v: schema.literal(1),
  s: schema.list(
    schema.record({
      n: schema.optional(schema.text(LABEL_BYTES_MAX)),
      p: schema.integer(1, PORT_MAX),
      w: schema.list(whoSchema, SERVED_TO_MAX),
    }),
    SERVED_MAX,
  ),
});

const FORM: Form<readonly Served[]> = {
  key: "gateway/served",
  empty: [],
  schema: (value, path) =>
    storedSchema(value, path).s.map(({ n, p, w }) => ({ port: p, name: n, to: w })),
  encode: (served) => ({
    v: 1,
    s: served.map(({ port, name, to }) => ({ n: name, p: port, w: to })),
  }),
};

/**
 * The name of a service, checked.
 * @throws GatewayError("bad-name")
 */
export function checkServiceName(name: string): string {
  const folded = name.trim().toLowerCase();
  if (isLabel(folded) && folded !== "all" && /[a-z]/.test(folded)) return folded;
  throw new GatewayError(
    "bad-name",
    `'${name}' cannot name a service. Use letters, digits and hyphens, such as 'photos'.`,
  );
}

function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= PORT_MAX) return port;
  throw new GatewayError("bad-port", `A port is a number of 1 to ${PORT_MAX}.`);
}

/** What of this machine others may reach: ports served for good, and programs while they run. */
export class ServedPorts {
  readonly #kept: Kept<readonly Served[]>;
  readonly #programs = new Map<string, Program>();
  readonly #access: Access;
  readonly #net: LocalNet;
  readonly #isOwnDoor: (port: number) => boolean;

  /**
   * @param isOwnDoor whether a port is one that this gateway itself listens on
   * @param onChanged called after every change of what is served
   */
  constructor(
    records: RecordStore,
    access: Access,
    net: LocalNet,
    isOwnDoor: (port: number) => boolean,
    onChanged: () => void = () => undefined,
  ) {
    this.#kept = new Kept(records, FORM, onChanged);
    this.#access = access;
    this.#net = net;
    this.#isOwnDoor = isOwnDoor;
  }

  /** Reads what is served. */
  load(done: (error: DiskError | null) => void): void {
    this.#kept.load(done);
  }

  /** Everything that is served for good. */
  all(): readonly Served[] {
    return this.#kept.value;
  }

  /** Names and ports that programs listen under now. */
  programs(): readonly string[] {
    return [...this.#programs.keys()];
  }

  /**
   * Serves a local port, also after a restart; again for the same port replaces it. Errors:
   * "bad-port", "bad-name", "already-served", "too-many", "busy", "disk-full", "disk".
   */
  serve(served: Served, done: (error: GatewayError | null) => void): void {
    this.#kept.change((now) => {
      const checked = this.#check(served);
      const others = now.filter(({ port }) => port !== checked.port);
      if (checked.name !== undefined && this.#isNameTaken(checked.name, others)) {
        throw new GatewayError(
          "already-served",
          `Something is served as '${checked.name}' already. Choose another name with --as.`,
        );
      }
      if (others.length >= SERVED_MAX) {
        throw new GatewayError(
          "too-many",
          `${SERVED_MAX} ports are served already. Stop one: peernet serve PORT --stop`,
        );
      }
      return [...others, checked];
    }, done);
  }

  /** Stops serving a port, by number or name. Errors: "no-such-door" … */
  stop(which: string, done: (error: GatewayError | null) => void): void {
    this.#kept.change((now) => {
      const left = now.filter(({ port, name }) => String(port) !== which && name !== which);
      if (left.length < now.length) return left;
      throw new GatewayError(
        "no-such-door",
        `'${which}' is not served. 'peernet serve --list' shows what is.`,
      );
    }, done);
  }

  /**
   * Lets a program take connections until the function that is returned is called.
   * @param where the name of a service, or a port, which no program of this machine sees
   * @throws GatewayError("bad-name" | "bad-port" | "already-served" | "too-many")
   */
  listen(where: string | number, to: readonly Who[], take: Taker): () => void {
    const checked = typeof where === "number" ? String(checkPort(where)) : checkServiceName(where);
    if (this.#isNameTaken(checked, this.#kept.value)) {
      throw new GatewayError("already-served", `Something is served as '${checked}' already.`);
    }
    if (this.#programs.size >= SERVED_MAX) {
      throw new GatewayError("too-many", `${SERVED_MAX} programs listen already.`);
    }
    const program: Program = { to, take };
    this.#programs.set(checked, program);
    return () => {
      if (this.#programs.get(checked) === program) this.#programs.delete(checked);
    };
  }

  /** What is done about a peer that wants a port or a service. */
  decide(from: PeerRecord, wanted: LocalWanted): Decision {
    const program = this.#programs.get(wanted.t === "service" ? wanted.name : String(wanted.port));
    if (program !== undefined) {
      const mayStay = (): boolean => this.#access.judge(from.id, "tcp", [wanted], program.to);
      if (!mayStay()) return { refusal: "denied" };
      return { dial: (done) => giveTo(program, from, done), join: plainLine, mayStay };
    }
    const mayStay = (): boolean => this.#mayReach(from, wanted);
    if (!mayStay()) return { refusal: "denied" };
    const port = wanted.t === "port" ? wanted.port : this.#find(wanted)?.port;
    if (port === undefined) return { refusal: "no-such-service" };
    if (this.#isOwnDoor(port)) return { refusal: "denied" };
    return { dial: (done) => this.#net.dial({ t: "local", port }, done), join: plainLine, mayStay };
  }

  /** Whether a peer may reach a port directly, as over a virtual interface: under whatever name. */
  mayEnter(from: PeerId, protocol: Protocol, port: number): boolean {
    if (this.#isOwnDoor(port)) return false;
    const names = this.#kept.value.filter((served) => served.port === port && protocol === "tcp");
    const reach: Reach[] = [{ t: "port", port }];
    for (const { name } of names) if (name !== undefined) reach.push({ t: "service", name });
    return this.#access.judge(
      from,
      protocol,
      reach,
      names.flatMap(({ to }) => to),
    );
  }

  #find(wanted: LocalWanted): Served | undefined {
    return this.#kept.value.find(({ port, name }) =>
      wanted.t === "port" ? port === wanted.port : name === wanted.name,
    );
  }

  #mayReach(from: PeerRecord, wanted: LocalWanted): boolean {
    const served = this.#find(wanted);
    const reach: Reach[] = [wanted];
    if (served !== undefined && wanted.t === "service")
      reach.push({ t: "port", port: served.port });
    if (served?.name !== undefined && wanted.t === "port") {
      reach.push({ t: "service", name: served.name });
    }
    return this.#access.judge(from.id, "tcp", reach, served?.to ?? []);
  }

  #check(served: Served): Served {
    const { port, name, to } = served;
    checkPort(port);
    if (to.length > SERVED_TO_MAX) {
      throw new GatewayError("too-many", `A port is served to at most ${SERVED_TO_MAX} at a time.`);
    }
    return { port, name: name === undefined ? undefined : checkServiceName(name), to };
  }

  #isNameTaken(name: string, among: readonly Served[]): boolean {
    if (this.#programs.has(name)) return true;
    return among.some((one) => one.name === name || String(one.port) === name);
  }
}

function giveTo(program: Program, from: PeerRecord, done: Dialled): () => void {
  program.take(from, done);
  return () => undefined;
}
