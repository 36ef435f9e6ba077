import { createSocket } from "node:dgram";
import { systemCode } from "../errors.ts";

/** The port of DNS. */
export const DNS_PORT = 53;

/** A DNS server of this machine for this machine. */
export interface NameServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What a name server is made of. */
export interface NameServerOptions {
  /** The address to listen at, and the only one that is answered: programs of this machine have it. */
  readonly address: string;
  readonly port: number;
  /** Answers a message, or does not. */
  readonly answer: (message: Uint8Array) => Uint8Array | undefined;
}

/** Listens for DNS queries by UDP; resolves with the system's error code where it cannot. */
export function listenForNames(options: NameServerOptions): Promise<NameServer | string> {
  const { address, port, answer } = options;
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  const server = (): NameServer => ({
    port: socket.address().port,
    close: () => new Promise((closed) => socket.close(() => closed())),
  });
  socket.on("message", (message, from) => {
    // Names of contacts are nobody else's business: peers in the mesh have other addresses.
    if (from.address !== address) return;
    const reply = answer(message);
    if (reply !== undefined) socket.send(reply, from.port, from.address, () => undefined);
  });
  return new Promise((resolve) => {
    socket.once("error", (error) => {
      socket.close();
      resolve(systemCode(error) || error.message);
    });
    socket.bind(port, address, () => {
      socket.removeAllListeners("error").on("error", () => undefined);
      resolve(server());
    });
  });
}
