import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { FileTree } from "../../../ports/file-tree.ts";
import type { Log, RecordStore } from "../../../ports/index.ts";
import { AdapterError, systemCode } from "../errors.ts";
import { checkHeaderCount, checkIf, ifLists } from "./conditions.ts";
import { DeadProperties } from "./dead-properties.ts";
import { DavError } from "./errors.ts";
import { addressOf, answerEmpty, type Exchange, type MountState } from "./exchange.ts";
import { get } from "./get.ts";
import { admittedPrefix, checkOrigin, hostsOf } from "./guard.ts";
import { submittedTokens } from "./if-header.ts";
import {
  DAV_CONNECTIONS_MAX,
  DAV_DOWNLOADS_MAX,
  DAV_HEAD_TIMEOUT_MS,
  DAV_HEADER_BYTES_MAX,
  DAV_HEADERS_MAX,
  DAV_REQUESTS_MAX,
  DAV_SILENCE_MS,
  DAV_UPLOADS_MAX,
} from "./limits.ts";
import { lock, unlock } from "./locking.ts";
import { LockTable } from "./locks.ts";
import { parseDavPath } from "./paths.ts";
import { findProperties } from "./propfind.ts";
import { patchProperties } from "./proppatch.ts";
import { put } from "./put.ts";
import { asDavError, refuse } from "./refusal.ts";
import { copy, makeFolder, move, remove } from "./structure.ts";
import { TreeCalls } from "./tree-calls.ts";
import { Turns } from "./turns.ts";

/** What a WebDAV mount is made of. */
export interface DavServerOptions {
  readonly tree: FileTree;
  /** What people call it. */
  readonly name: string;
  /** Lets whoever knows it read and write: a part of the mount's address. */
  readonly token: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where properties that programs give to files are kept under `id`; without it, in memory. */
  readonly records?: RecordStore;
  readonly id: string;
  /** Called after every call into the tree, so that new deadlines are noticed. */
  readonly poke: () => void;
  readonly log: Log;
  /** Time for a request's head, and again for its XML body; default DAV_HEAD_TIMEOUT_MS. */
  readonly headTimeoutMs?: number;
  /** Silence after which a connection is cut; default DAV_SILENCE_MS. */
  readonly silenceMs?: number;
}

/** A running WebDAV mount. */
export interface DavServer {
  readonly port: number;
  /** Address of its root, with the token. */
  readonly url: string;
  close(): Promise<void>;
}

const METHODS: Readonly<Record<string, (exchange: Exchange) => Promise<void>>> = {
  GET: get,
  HEAD: get,
  PUT: put,
  DELETE: remove,
  MKCOL: makeFolder,
  COPY: copy,
  MOVE: move,
  PROPFIND: findProperties,
  PROPPATCH: patchProperties,
  LOCK: lock,
  UNLOCK: unlock,
};

const ALLOW = `OPTIONS, ${Object.keys(METHODS).join(", ")}`;

/** What a file says of itself must neither run in a browser nor tell its address to others. */
const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; img-src 'self'; media-src 'self'; sandbox",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
};

/**
 * Serves a file tree as WebDAV (RFC 4918, classes 1 and 2) on loopback only.
 * @throws AdapterError("port-in-use" | "no-permission" | "io"), DiskError
 */
export async function startDavServer(options: DavServerOptions): Promise<DavServer> {
  const mount = await stateOf(options);
  const headersTimeout = options.headTimeoutMs ?? DAV_HEAD_TIMEOUT_MS;
  const server = createServer({
    maxHeaderSize: DAV_HEADER_BYTES_MAX,
    headersTimeout,
    connectionsCheckingInterval: Math.ceil(headersTimeout / 4),
    requireHostHeader: false, // the guard refuses it in our own words
  });
  let openCount = 0;
  const lastAnswers = new WeakMap<Socket, Promise<void>>();
  const onRequest =
    (isWaiting: boolean) => (request: IncomingMessage, response: ServerResponse) => {
      openCount += 1;
      response.once("close", () => {
        openCount -= 1;
      });
      const { port } = server.address() as AddressInfo;
      const isCrowded = openCount > DAV_REQUESTS_MAX;
      const arrival = { ...options, port, mount, isWaiting, isCrowded };
      // Requests sent one behind the other on a connection count on it (RFC 9112 section 9.3.2).
      const before = lastAnswers.get(request.socket) ?? Promise.resolve();
      lastAnswers.set(
        request.socket,
        before.then(() => answer(request, response, arrival)),
      );
    };
  server.on("request", onRequest(false));
  server.on("checkContinue", onRequest(true));
  server.on("checkExpectation", onRequest(false)); // what it expects is ignored, as RFC 9110 allows
  server.on("clientError", refuseRaw);
  server.maxConnections = DAV_CONNECTIONS_MAX;
  server.maxHeadersCount = DAV_HEADERS_MAX * 2; // what is above would be cut off unseen
  server.requestTimeout = 0; // an upload may take long, as long as something moves
  server.timeout = options.silenceMs ?? DAV_SILENCE_MS;
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/${options.token}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function stateOf(options: DavServerOptions): Promise<MountState> {
  return {
    name: options.name,
    calls: new TreeCalls(options.tree, options.poke),
    locks: new LockTable(
      () => performance.now(),
      () => `urn:uuid:${randomUUID()}`,
    ),
    properties: await DeadProperties.open(options.records, options.id),
    uploads: new Turns(DAV_UPLOADS_MAX),
    downloads: new Turns(DAV_DOWNLOADS_MAX),
    bodyTimeoutMs: options.headTimeoutMs ?? DAV_HEAD_TIMEOUT_MS,
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const code = systemCode(cause);
      const isTaken = code === "EADDRINUSE";
      const advice = isTaken
        ? `Port ${port} is used by another program. Choose another with --port, or leave it out to take a free one.`
        : `The port of the mount could not be opened: ${cause.message}.`;
      const kind = isTaken ? "port-in-use" : code === "EACCES" ? "no-permission" : "io";
      reject(new AdapterError(kind, advice, { cause }));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
}

interface Arrival extends DavServerOptions {
  readonly mount: MountState;
  /** Whether the client waits for 100 Continue. */
  readonly isWaiting: boolean;
  readonly isCrowded: boolean;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  arrival: Arrival,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  response.on("error", () => undefined);
  let place: Pick<Exchange, "mount" | "prefix"> | undefined;
  try {
    checkHeaderCount(request);
    const hosts = hostsOf(arrival.port);
    checkOrigin(request, hosts);
    if (arrival.isCrowded) {
      throw new DavError("unavailable", `More than ${DAV_REQUESTS_MAX} requests at once.`);
    }
    if (request.method === "OPTIONS") return answerOptions(request, response);
    const encodedPath = pathIn(request.url ?? "");
    const prefix = admittedPrefix(request, encodedPath, arrival.token);
    place = { mount: arrival.mount, prefix };
    const handle = Object.hasOwn(METHODS, request.method ?? "") && METHODS[request.method ?? ""];
    if (!handle) {
      response.setHeader("allow", ALLOW);
      throw new DavError("bad-method", `${request.method} is not possible here.`);
    }
    const lists = ifLists(request);
    const exchange: Exchange = {
      ...{ mount: arrival.mount, request, response, prefix, hosts },
      ...parseDavPath(encodedPath.slice(prefix.length) || "/"),
      tokens: submittedTokens(lists),
      proceed: () => {
        if (arrival.isWaiting) response.writeContinue();
      },
    };
    await checkIf(exchange, lists);
    await handle(exchange);
  } catch (error) {
    refuse(request, response, withAddress(asDavError(error, arrival.log), place));
  }
}

/** Locks know paths; programs want addresses. */
function withAddress(
  error: DavError,
  place: Pick<Exchange, "mount" | "prefix"> | undefined,
): DavError {
  if (error.code !== "locked" || place === undefined) return error;
  const href = addressOf(place as Exchange, error.href, false);
  return new DavError(error.code, error.message, error.condition, href);
}

/** Some programs ask what the server can before they know where the mount is. */
function answerOptions(request: IncomingMessage, response: ServerResponse): void {
  const headers = { dav: "1, 2", "ms-author-via": "DAV", allow: ALLOW };
  answerEmpty({ request, response } as Exchange, 200, headers);
}

function pathIn(url: string): string {
  if (!url.startsWith("/") || url.includes("#")) {
    throw new DavError("bad-request", "The address is malformed.");
  }
  return url.split("?", 1)[0] ?? "";
}

/** Answers what Node's parser does not hand on as a request. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const isOverflow = error.code === "HPE_HEADER_OVERFLOW";
  const isSlow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const status = isOverflow
    ? "431 Request Header Fields Too Large"
    : isSlow
      ? "408 Request Timeout"
      : "400 Bad Request";
  socket.on("error", () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
}
