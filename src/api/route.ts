import type { IncomingMessage, ServerResponse } from "node:http";
import type { Schema } from "../wire/schema.ts";

/** What a handler gets: everything checked, parsed and bounded. */
export interface Call<Body> {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Values of the `{name}` parts of the path, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
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
  /** Answers, or streams to `call.response` itself and answers undefined. */
  handle(call: Call<Body>): Promise<Answer | undefined> | Answer | undefined;
}

/** Binds the body's type of a route to its handler. */
export function route<Body = undefined>(definition: Route<Body>): Route {
  return definition as unknown as Route; // the server calls `body` before `handle`
}

/** Parts of a path that matches a pattern, or undefined. */
export function matchPath(
  pattern: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
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
