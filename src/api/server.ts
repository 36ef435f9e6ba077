import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { TypedError } from "../base/errors.ts";
import { DiskError, type Log } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { readJson } from "./body.ts";
import { SECURITY_HEADERS, serveConsole } from "./console-files.ts";
import { ApiError, statusOf } from "./errors.ts";
import { checkOrigin, checkToken } from "./guard.ts";
import { CONNECTIONS_MAX, REQUEST_TIMEOUT_MS } from "./limits.ts";
import { matchPath, type Route } from "./route.ts";

/** What the local API server is made of. */
export interface ApiServerOptions {
  readonly routes: readonly Route[];
  readonly token: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Folder of the built console page. */
  readonly consoleDirectory: string;
  /** Paths that need no token. */
  readonly openPaths: readonly string[];
  readonly log: Log;
}

/** A running local API. */
export interface ApiServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts the API on loopback only.
 * @throws ApiError("conflict") when the port is taken
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const server = createServer({ maxHeaderSize: 16_384 }, (request, response) => {
    const { port } = server.address() as AddressInfo;
    void answer(request, response, { ...options, port });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.requestTimeout = 0; // an upload may take long; JSON bodies are bounded by size
  await listen(server, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE";
      const advice = taken
        ? `Port ${port} is in use. Choose another with --api-port, or leave it out to take a free one.`
        : `The console's port could not be opened: ${cause.message}.`;
      reject(new ApiError(taken ? "conflict" : "internal", advice, { cause }));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ApiServerOptions,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  try {
    await dispatch(request, response, options);
  } catch (error) {
    const refusal = asApiError(error, options.log);
    if (response.headersSent) {
      options.log.warn("an answer was cut short", { code: refusal.code, why: refusal.message });
    }
    refuse(response, refusal);
    if (!request.complete) request.destroy();
  }
}

async function dispatch(
  request: IncomingMessage,
  response: ServerResponse,
  options: ApiServerOptions,
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
  if (!options.openPaths.includes(url.pathname)) checkToken(request, url, options);
  const [route, path] = findRoute(options.routes, request.method ?? "", url.pathname);
  const body = route.body === undefined ? undefined : await readJson(request, route.body);
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
    return new URL(text, "http://127.0.0.1");
  } catch (cause) {
    throw new ApiError("bad-request", "The request's address is malformed.", { cause });
  }
}

function findRoute(
  routes: readonly Route[],
  method: string,
  pathname: string,
): [Route, Readonly<Record<string, string>>] {
  let otherMethod = false;
  for (const route of routes) {
    const path = matchPath(route.path, pathname);
    if (path === undefined) continue;
    if (route.method === method) return [route, path];
    otherMethod = true;
  }
  const why = otherMethod ? `${method} is not possible here.` : "There is no such call.";
  throw new ApiError("not-found", `${why} GET /v1/openapi.json lists all calls.`);
}

/** Foreign errors become one of ours; a defect shows in the log, not to the caller. */
export function asApiError(error: unknown, log: Log): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof WireError)
    return new ApiError("bad-request", error.message, { cause: error });
  if (error instanceof DiskError) {
    const code = error.code === "full" ? "disk-full" : "internal";
    return new ApiError(code, error.message, { cause: error });
  }
  if (error instanceof TypedError && error.name !== "AssertionError") {
    return new ApiError(roomErrorCode(error), error.message, { cause: error });
  }
  log.warn("api call failed", {
    error: error instanceof Error ? (error.stack ?? "") : String(error),
  });
  return new ApiError("internal", "This call failed by a defect of Peernet; the log says more.");
}

const NOT_FOUND = /unknown|not-found|missing/;
const UNAVAILABLE = /unreachable|not-enough|timeout|busy|full|closed/;
const CONFLICT = /already|taken|exists|ambiguous/;

function roomErrorCode(
  error: TypedError,
): "not-found" | "unavailable" | "conflict" | "bad-request" {
  if (NOT_FOUND.test(error.code)) return "not-found";
  if (UNAVAILABLE.test(error.code)) return "unavailable";
  return CONFLICT.test(error.code) ? "conflict" : "bad-request";
}

function refuse(response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = { error: { code: error.code, message: error.message } };
  response.writeHead(statusOf(error.code), {
    "content-type": "application/json",
    "cache-control": "no-store",
    connection: "close",
  });
  response.end(`${JSON.stringify(body)}\n`);
}
