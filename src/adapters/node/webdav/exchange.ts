import type { IncomingMessage, ServerResponse } from "node:http";
import type { DeadProperties } from "./dead-properties.ts";
import type { LockTable } from "./locks.ts";
import { hrefOf } from "./paths.ts";
import type { TreeCalls } from "./tree-calls.ts";
import type { Turns } from "./turns.ts";

/** What the requests to one mount share. */
export interface MountState {
  /** What people call it. */
  readonly name: string;
  readonly calls: TreeCalls;
  readonly locks: LockTable;
  readonly properties: DeadProperties;
  readonly uploads: Turns;
  readonly downloads: Turns;
  /** Time for an XML body, in milliseconds. */
  readonly bodyTimeoutMs: number;
}

/** One request that has shown that it may come in. */
export interface Exchange {
  readonly mount: MountState;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Names joined by `/`. */
  readonly path: string;
  readonly hasSlash: boolean;
  /** What addresses of this mount begin with, such as "/<token>". */
  readonly prefix: string;
  /** Hosts with port under which the mount answers. */
  readonly hosts: readonly string[];
  /** Tokens of locks that the If header submits. */
  readonly tokens: ReadonlySet<string>;
  /** Tells a client that waits for it to send the body. */
  readonly proceed: () => void;
}

/** A header that may stand once; "" where it does not stand. */
export function headerOf({ request }: Pick<Exchange, "request">, name: string): string {
  return request.headersDistinct[name]?.join(",") ?? "";
}

/** The address of a path within the same mount. */
export function addressOf(exchange: Exchange, path: string, isFolder: boolean): string {
  return hrefOf(exchange.prefix, path, isFolder);
}

/** Answers with a status, headers and no body. */
export function answerEmpty(
  { response }: Exchange,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const hasNoLength = status === 204 || status === 304;
  response.writeHead(status, hasNoLength ? headers : { ...headers, "content-length": "0" });
  response.end();
}

/** Answers with a text. */
export function answerText(
  { response, request }: Pick<Exchange, "request" | "response">,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(text, "utf8");
  const length = { "content-type": type, "content-length": `${bytes.length}` };
  response.writeHead(status, { ...headers, ...length });
  response.end(request.method === "HEAD" ? undefined : bytes);
}
