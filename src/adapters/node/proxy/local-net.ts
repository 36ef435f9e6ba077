import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import {
  type Dialled,
  GatewayError,
  type LocalNet,
  type Near,
  type Place,
} from "../../../gateway/index.ts";
import { systemCode } from "../errors.ts";
import { dialPlace } from "./dial.ts";
import { CLOSE_MS, PROGRAMS_MAX } from "./limits.ts";
import { NearSocket } from "./near-socket.ts";

/** This machine's network for the gateway: ports on loopback, and dialling, by node:net. */
export class NodeLocalNet implements LocalNet {
  readonly #poke: () => void;
  readonly #servers = new Map<number, Server>();
  readonly #nears = new Map<Socket, NearSocket>();
  readonly #own: (() => readonly number[])[] = [];
  #isClosed = false;

  /** @param poke called after every event: the peer may have something to send now */
  constructor(poke: () => void) {
    this.#poke = poke;
  }

  /** @param ports on which this peer listens besides, asked anew each time */
  keepOut(ports: () => readonly number[]): void {
    this.#own.push(ports);
  }

  isOwn(port: number): boolean {
    return this.#own.some((ports) => ports().includes(port));
  }

  dial(place: Place, done: Dialled): () => void {
    return dialPlace(place, (refusal, socket) => {
      if (socket !== undefined && this.#isClosed) {
        socket.destroy();
        return;
      }
      done(refusal, socket && this.#nearOf(socket));
      this.#poke();
    });
  }

  listen(
    port: number,
    accept: (near: Near) => void,
    done: (error: GatewayError | null, port: number) => void,
  ): void {
    const options = { allowHalfOpen: true, pauseOnConnect: true };
    const server = createServer(options, (socket) => {
      accept(this.#nearOf(socket));
      this.#poke();
    });
    server.maxConnections = PROGRAMS_MAX;
    const onError = (cause: Error): void => {
      done(whyNotOpen(port, cause), port);
      this.#poke();
    };
    server.once("error", onError);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", onError).on("error", () => undefined);
      const opened = (server.address() as AddressInfo).port;
      if (this.#isClosed) server.close();
      else this.#servers.set(opened, server);
      done(null, opened);
      this.#poke();
    });
  }

  unlisten(port: number): void {
    this.#servers.get(port)?.close();
    this.#servers.delete(port);
  }

  /** Closes all ports, lets connections end, and breaks off those that do not. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const port of [...this.#servers.keys()]) this.unlisten(port);
    for (const near of this.#nears.values()) near.end();
    const sockets = [...this.#nears.keys()];
    const gone = sockets.map((socket) => new Promise((done) => socket.once("close", done)));
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, CLOSE_MS);
    await Promise.all(gone);
    clearTimeout(timer);
  }

  #nearOf(socket: Socket): Near {
    const near = new NearSocket(socket, this.#poke);
    this.#nears.set(socket, near);
    socket.once("close", () => this.#nears.delete(socket));
    return near;
  }
}

function whyNotOpen(port: number, cause: Error): GatewayError {
  const code = systemCode(cause);
  if (code === "EADDRINUSE") {
    const words = `Port ${port} is used by another program. Choose another port; the proxy takes one with --port.`;
    return new GatewayError("port-taken", words, { cause });
  }
  if (code === "EACCES") {
    const words = `Port ${port} may be opened by administrators only. Choose one above 1023.`;
    return new GatewayError("no-permission", words, { cause });
  }
  return new GatewayError("refused", `Port ${port} could not be opened: ${cause.message}.`, {
    cause,
  });
}
