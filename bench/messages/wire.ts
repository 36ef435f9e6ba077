import { createSocket, type Socket } from "node:dgram";

/** A wire between two peers on this machine: UDP through this process, which loses and cuts. */
export class Wire {
  /** Where the dialling peer sends to. */
  readonly port: number;
  /** Share of packets that is lost while the wire is up. */
  loss = 0;
  isUp = true;
  readonly #near: Socket;
  readonly #far: Socket;

  private constructor(near: Socket, far: Socket, toPort: number, chance: () => number) {
    this.#near = near;
    this.#far = far;
    this.port = near.address().port;
    let dialler = 0;
    const passes = (): boolean => this.isUp && chance() >= this.loss;
    near.on("message", (packet, from) => {
      dialler = from.port;
      if (passes()) far.send(packet, toPort, "127.0.0.1");
    });
    far.on("message", (packet) => {
      if (dialler > 0 && passes()) near.send(packet, dialler, "127.0.0.1");
    });
    // The port of a killed peer is closed for a while.
    near.on("error", () => undefined);
    far.on("error", () => undefined);
  }

  /** @param chance a number of 0 … 1, asked for each packet */
  static async open(toPort: number, chance: () => number): Promise<Wire> {
    const [near, far] = await Promise.all([bound(), bound()]);
    return new Wire(near, far, toPort, chance);
  }

  /** Up, and nothing is lost any more. */
  heal(): void {
    this.isUp = true;
    this.loss = 0;
  }

  close(): void {
    this.#near.close();
    this.#far.close();
  }
}

function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((done) => socket.bind(0, "127.0.0.1", () => done(socket)));
}
