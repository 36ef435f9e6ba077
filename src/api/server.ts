import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Log } from "../ports/index.ts";
import { readJson } from "./body.ts";
import { SECURITY_HEADERS, serveConsole } from "./console-files.ts";
import { type Door, loopbackDoor } from "./door.ts";
import { ApiError } from "./errors.ts";
import { checkOrigin, checkToken } from "./guard.ts";
import {
  CONNECTIONS_MAX,
  IDLE_CONNECTION_MS,
  LAN_CONNECTIONS_MAX,
  LAN_HANDSHAKE_MS,
  REQUEST_TIMEOUT_MS,
  STREAM_PROTOCOL,
} from "./limits.ts";
import { answerRawRequests, endWith } from "./raw-refusals.ts";
import { asApiError, refuse } from "./refusal.ts";
import { matchPath, type Route } from "./route.ts";

/** What the local API server is made of. */
export interface ApiServerOptions {
  readonly routes: readonly Route[];
  readonly token: string;
  /** Whether another token is good as well, on this machine. */
  readonly admits?: Door["admits"];
  /** 0 takes any free port. */
  readonly port: number;
  /** Folder of the built console page. */
  readonly consoleDirectory: string;
  /** Paths that need no token. */
  readonly openPaths: readonly string[];
  readonly log: Log;
  /** Time for a request's head, and again for its JSON body; default REQUEST_TIMEOUT_MS. */
  readonly requestTimeoutMs?: number;
  /** Answers the local network instead of this machine. */
  readonly lan?: LanListening | undefined;
}

/** How a server answers the local network: by TLS, and only whom `door` lets in. */
export interface LanListening {
  readonly door: Door;
  readonly key: string;
  readonly certificate: string;
  /** Whether a connection between these two addresses is let in at all. */
  readonly isNear: (local: string, remote: string) => boolean;
}

/** What a request is judged by. */
type Judging = ApiServerOptions & { readonly port: number; readonly door: Door };

/** A running local API. */
export interface ApiServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts the API, on loopback only unless `lan` says otherwise.
 * @throws ApiError("conflict") when the port is taken
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const headersTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const connectionsCheckingInterval = Math.ceil(headersTimeout / 4);
  const settings = {
    maxHeaderSize: 16_384,
    headersTimeout,
    connectionsCheckingInterval,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    requireHostHeader: false, // the guard refuses it in our own words
  };
  const door = options.lan?.door ?? loopbackDoor(options.token, options.admits);
  const judging = (): Judging => {
    const { port } = server.address() as AddressInfo;
    return { ...options, port, door };
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response, judging());
  };
  const server = serverOf(settings, options.lan, onRequest);
  server.on("checkExpectation", onRequest); // what it expects is ignored, as RFC 9110 allows
  answerRawRequests(server);
  const upgrades = takeUpgrades(server, judging);
  server.maxConnections = options.lan === undefined ? CONNECTIONS_MAX : LAN_CONNECTIONS_MAX;
  server.requestTimeout = 0; // an upload may take long; JSON bodies are bounded by size
  if (options.lan === undefined) await listen(server, options.port, "127.0.0.1", "--api-port");
  else await listenEverywhere(server, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgrades) socket.destroy();
      }),
  };
}

function serverOf(
  settings: ServerOptions & { readonly headersTimeout: number },
  lan: LanListening | undefined,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  if (lan === undefined) return createServer(settings, onRequest);
  const { key, certificate: cert } = lan;
  const handshakeTimeout = Math.min(LAN_HANDSHAKE_MS, settings.headersTimeout);
  const tls = { key, cert, minVersion: "TLSv1.2", handshakeTimeout } as const;
  const server = createTlsServer({ ...settings, ...tls }, onRequest);
  // Node leaves it to whoever listens to end what never became a TLS connection: nothing can be told to it.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("connection", (socket: Socket) => {
    const { localAddress = "", remoteAddress = "" } = socket;
    if (!lan.isNear(localAddress, remoteAddress)) socket.destroy();
  });
  return server;
}

/** At all addresses: those of a local network come and go. `isNear` judges each connection. */
async function listenEverywhere(server: Server, port: number): Promise<void> {
  try {
    await listen(server, port, "::", "--port");
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    // A system without IPv6.
    if (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL") throw error;
    await listen(server, port, "0.0.0.0", "--port");
  }
}

function listen(
  server: Server,
  port: number,
  host: string,
  option: "--api-port" | "--port",
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE";
      const advice = taken
        ? `Port ${port} is in use. Choose another with ${option}, or leave it out to take a free one.`
        : `The console's port could not be opened: ${cause.message}.`;
      reject(new ApiError(taken ? "conflict" : "internal", advice, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: Judging,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  try {
    await dispatch(request, response, options);
  } catch (error) {
    const refusal = asApiError(error, options.log);
    if (response.headersSent) {
      options.log.warn("an answer was cut short", { code: refusal.code, why: refusal.message });
    }
    refuse(request, response, refusal);
  }
}

/** Calls that become streams; the set that is returned holds their sockets while they are open. */
function takeUpgrades(server: Server, judging: () => Judging): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on("upgrade", (request, duplex, head) => {
    const socket = duplex as Socket;
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    const options = judging();
    upgrade(request, socket, head, options).catch((error: unknown) => {
      endWith(socket, asApiError(error, options.log));
    });
  });
  return open;
}

async function upgrade(
  request: IncomingMessage,
  socket: Socket,
  head: Uint8Array,
  options: Judging,
): Promise<void> {
  checkOrigin(request, options);
  const url = parseUrl(request.url ?? "/");
  const { route, isOtherMethod } = findRoute(options.routes, request.method ?? "", url.pathname);
  checkToken(request, null, options);
  if (route === undefined) throw noSuchCall(request.method ?? "", isOtherMethod);
  const isMeant = request.headers.upgrade?.toLowerCase() === STREAM_PROTOCOL;
  if (route.upgrade === undefined || !isMeant) {
    throw new ApiError("bad-request", "This call becomes nothing else. Leave 'Upgrade' out.");
  }
  await route.upgrade({ query: url.searchParams, socket, head });
}

async function dispatch(
  request: IncomingMessage,
  response: ServerResponse,
  options: Judging,
): Promise<void> {
  checkOrigin(request, options);
  const url = parseUrl(request.url ?? "/");
  if (!url.pathname.startsWith("/v1/")) {
    if (request.method !== "GET" && request.method !== "HEAD") {
      throw new ApiError("not-found", "There is nothing here.");
    }
    if (await serveConsole(options.consoleDirectory, url.pathname, response)) return;
    throw new ApiError("not-found", "There is no such page.");
  }
  const found = findRoute(options.routes, request.method ?? "", url.pathname);
  if (!options.openPaths.includes(url.pathname)) {
    const mayBeInQuery = found.route?.tokenInQuery === true && options.door.takesTokenInQuery;
    const inQuery = mayBeInQuery ? url.searchParams.get("token") : null;
    checkToken(request, inQuery, options);
  }
  const { route, path } = found;
  if (route === undefined) throw noSuchCall(request.method ?? "", found.isOtherMethod);
  const timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const body =
    route.body === undefined ? undefined : await readJson(request, route.body, timeoutMs);
  const result = await route.handle({ request, response, path, query: url.searchParams, body });
  if (result === undefined) return;
  response.writeHead(result.status, {
    "content-type": "application/json",
    "cache-control": "no-store",
  });
  response.end(result.json === undefined ? undefined : `${JSON.stringify(result.json)}\n`);
}

function parseUrl(text: string): URL {
  try {
    // Put together by hand: resolved as a reference, "//name/x" would lead to another host's "/x".
    return new URL(text.startsWith("/") ? `http://127.0.0.1${text}` : text);
  } catch (cause) {
    throw new ApiError("bad-request", "The request's address is malformed.", { cause });
  }
}

/** The route that answers, or whether the path has another method. */
interface FoundRoute {
  readonly route: Route | undefined;
  readonly path: Readonly<Record<string, string>>;
  readonly isOtherMethod: boolean;
}

function findRoute(routes: readonly Route[], method: string, pathname: string): FoundRoute {
  let isOtherMethod = false;
  for (const route of routes) {
    const path = matchPath(route.path, pathname);
    if (path === undefined) continue;
    if (route.method === method) return { route, path, isOtherMethod };
    isOtherMethod = true;
  }
  return { route: undefined, path: {}, isOtherMethod };
}

function noSuchCall(method: string, isOtherMethod: boolean): ApiError {
  const advice = "GET /v1/openapi.json lists all calls.";
  return isOtherMethod
    ? new ApiError("bad-method", `${method} is not possible here. ${advice}`)
    : new ApiError("not-found", `There is no such call. ${advice}`);
}
