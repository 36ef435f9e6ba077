import { setImmediate as turn } from "node:timers/promises";
import type { ComponentLogger, Logger, MultiaddrConnection, Upgrader } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { ConnectionStream } from "../node/embed/duplex.ts";
import { PeernetConnection } from "./connection.ts";

const nothing = (): void => undefined;
const silent: Logger = Object.assign(() => undefined, {
  error: nothing,
  trace: nothing,
  enabled: false,
  newScope: () => silent,
});

/** A logger of libp2p's form that says nothing. */
export const SILENT_LOGGER: ComponentLogger = { forComponent: () => silent };

/** Address of the peer that the tests are about. */
export const ANNA = "fd00::a";
/** Address of another one. */
export const BEN = "fd00::b";

/** What the mesh has been told of a connection, in order; the content as text. */
export class Told {
  readonly all: string[] = [];
  readonly stream: ConnectionStream = new ConnectionStream(nothing);

  constructor() {
    this.stream.near.attach({
      onData: (bytes) => this.all.push(new TextDecoder().decode(bytes)),
      onEnd: () => this.all.push("end"),
      onClose: () => this.all.push("close"),
    });
  }
}

/**
 * libp2p's side of a connection, and what comes and goes at the mesh's side.
 * @param options isHeard: whether libp2p takes what arrives
 */
export function setUpConnection({ isHeard = true }: { readonly isHeard?: boolean } = {}): Told & {
  readonly connection: PeernetConnection;
  readonly heard: string[];
} {
  const told = new Told();
  const connection = new PeernetConnection({
    stream: told.stream,
    remoteAddr: multiaddr(`/ip6/${BEN}/tcp/4001`),
    direction: "outbound",
    log: silent,
  });
  const heard: string[] = [];
  if (isHeard) {
    connection.addEventListener("message", ({ data }) => {
      heard.push(new TextDecoder().decode(data.subarray()));
    });
  }
  connection.addEventListener("close", ({ error }) => heard.push(error?.name ?? "closed"));
  return Object.assign(told, { connection, heard });
}

/** An upgrader that notes what it is given; `refusal` is thrown instead of an answer. */
export class TestUpgrader {
  readonly taken: MultiaddrConnection[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  refusal: Error | undefined;

  /** As libp2p's type, of which a transport uses these two calls. */
  get asUpgrader(): Upgrader {
    const take = async (
      connection: MultiaddrConnection,
      options: { readonly signal?: AbortSignal },
    ): Promise<MultiaddrConnection> => {
      this.taken.push(connection);
      this.signals.push(options.signal);
      if (this.refusal !== undefined) throw this.refusal;
      return connection;
    };
    return { upgradeInbound: take, upgradeOutbound: take } as unknown as Upgrader;
  }
}

/** Lets everything happen that can happen now. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await turn();
}
