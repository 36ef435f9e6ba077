import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Schema } from "../wire/schema.ts";
import { ApiError } from "./errors.ts";
import { STREAM_PROTOCOL } from "./limits.ts";

/** What a handler gets: everything checked, parsed and bounded. */
export interface Call<Body> {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Values of the `{name}` parts of the path, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
}

/** A call that becomes a plain stream. */
export interface StreamCall {
  readonly query: URLSearchParams;
  readonly socket: Socket;
  /** What came behind the head of the request. */
  readonly head: Uint8Array;
}

/** An answer with a JSON body, or none where `json` is undefined. */
export interface Answer {
  readonly status: number;
  readonly json?: unknown;
}

/** One route of the API; the OpenAPI page is made from these fields. */
export interface Route<Body = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path with `{name}` parts, such as `/v1/objects/{link}`. */
  readonly path: string;
  readonly summary: string;
  /** Names of query members, with what they mean. */
  readonly query?: Readonly<Record<string, string>>;
  /** Checks the JSON body; absent where the route takes none (or raw bytes). */
  readonly body?: Schema<Body>;
  /** An example of the body for the OpenAPI page. */
  readonly bodyExample?: unknown;
  /** Whether a browser that cannot send headers here may show the token as `?token=`. */
  readonly tokenInQuery?: true;
  /** Name of the answer's type in contract.ts. */
  readonly answers: string;
  /**
   * Takes the call over as a stream; a promise that fails before the caller has heard of the
   * agreement refuses it. Absent for all other routes.
   */
  readonly upgrade?: (call: StreamCall) => Promise<void>;
  /** Answers, or streams to `call.response` itself and answers undefined. */
  handle(call: Call<Body>): Promise<Answer | undefined> | Answer | undefined;
}

/** Binds the body's type of a route to its handler. */
export function route<Body = undefined>(definition: Route<Body>): Route {
  return definition as unknown as Route; // the server calls `body` before `handle`
}

/** A route whose calls become streams: it answers nothing else. */
export function streamRoute(
  definition: Pick<Route, "path" | "summary" | "query"> & Required<Pick<Route, "upgrade">>,
): Route {
  return {
    ...definition,
    method: "POST",
    answers: "bytes",
    handle: () => {
      throw new ApiError(
        "bad-request",
        `This call becomes a stream: send 'Connection: Upgrade' and 'Upgrade: ${STREAM_PROTOCOL}'.`,
      );
    },
  };
}

/** Parts of a path that matches a pattern, or undefined. */
export function matchPath(
  pattern: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
  // A call is compared with each route in turn, and most differ before the first part with a name.
  const literal = pattern.indexOf("{");
  if (literal < 0) return pattern === path ? {} : undefined;
  if (!path.startsWith(pattern.slice(0, literal))) return undefined;
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith("{")) {
      const decoded = decodePart(value);
      if (decoded === undefined || decoded === "") return undefined;
      found[part.slice(1, -1)] = decoded;
    } else if (part !== value) return undefined;
  }
  return found;
}

function decodePart(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
