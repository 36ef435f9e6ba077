import { createServer, type Server, type Socket } from "node:net";
import type { Endpoint } from "../../ports/index.ts";
import { type HostPort, parseEndpoint } from "./addresses.ts";
import { AdapterError, errorText, systemCode } from "./errors.ts";
import { TCP_LISTEN_MAX } from "./limits.ts";

/** A listener and where it really listens. */
export interface Listener {
  readonly server: Server;
  readonly at: HostPort;
}

/** Codes by which a system says that it has no such address or family. */
const ABSENT = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL", "EPROTONOSUPPORT", "EINVAL"]);

function listen(at: HostPort, accept: (socket: Socket) => void): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = createServer(accept);
    server.once("error", reject);
    server.listen({ host: at.host, port: at.port, ipv6Only: at.family === 6 }, () => {
      server.off("error", reject);
      // Failing to accept one connection (no descriptors left) must not end the listener.
      server.on("error", () => undefined);
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : at.port;
      resolve({ server, at: { ...at, port } });
    });
  });
}

function refusal(endpoint: Endpoint, port: number, error: unknown): AdapterError {
  const code = systemCode(error);
  if (code === "EADDRINUSE") {
    return new AdapterError(
      "port-in-use",
      `${endpoint} is taken by another program. Stop that program, or change "listen" to another port (port 0 picks a free one).`,
      { cause: error },
    );
  }
  if (code === "EACCES" || code === "EPERM") {
    return new AdapterError(
      "no-permission",
      `This system does not let Peernet listen at ${endpoint}. ${port < 1024 ? "Choose a port from 1024 on." : "Allow it in the firewall's settings."}`,
      { cause: error },
    );
  }
  return new AdapterError("io", `Listening at ${endpoint} failed: ${errorText(error)}.`, {
    cause: error,
  });
}

function parse(endpoint: Endpoint): HostPort {
  const at = parseEndpoint("tcp", endpoint);
  if (at !== undefined && at.family !== 0) return at;
  throw new AdapterError(
    "bad-endpoint",
    `"${endpoint}" is no place to listen at. Write it like "tcp://0.0.0.0:4711" or "tcp://[::]:4711".`,
  );
}

/**
 * Opens all listeners or none. A place whose address family this machine lacks is left out with
 * a warning.
 * @throws AdapterError port-in-use, no-permission, bad-endpoint or io
 */
export async function openListeners(
  endpoints: readonly Endpoint[],
  accept: (socket: Socket) => void,
  onWarning: (sentence: string) => void,
): Promise<Listener[]> {
  if (endpoints.length > TCP_LISTEN_MAX) {
    throw new AdapterError("bad-endpoint", `Listen at ${TCP_LISTEN_MAX} places at most.`);
  }
  const places = endpoints.map((endpoint) => ({ endpoint, at: parse(endpoint) }));
  const open: Listener[] = [];
  for (const { endpoint, at } of places) {
    try {
      open.push(await listen(at, accept));
    } catch (error) {
      if (ABSENT.has(systemCode(error))) {
        onWarning(`Not listening at ${endpoint}: this machine has no such address.`);
        continue;
      }
      for (const { server } of open) server.close();
      throw refusal(endpoint, at.port, error);
    }
  }
  return open;
}
