import { type ClientRequest, type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import {
  type DavServer,
  type DavServerOptions,
  startDavServer,
} from "../../src/adapters/node/webdav/server.ts";
import type { FileTree } from "../../src/ports/file-tree.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { MemoryFileTree } from "../../src/testing/index.ts";

/** The token of mounts under test. */
export const TOKEN = "0123456789abcdef";

/** What a mount answered. */
export interface DavAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Whether 100 Continue came before it. */
  readonly continued: boolean;
}

/** What is sent besides method and path. */
export interface DavCall {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
}

/** A mount over a tree, in memory unless another is given, and a client that sends what it is told. */
export class DavRig {
  readonly tree: FileTree;
  readonly server: DavServer;

  private constructor(tree: FileTree, server: DavServer) {
    this.tree = tree;
    this.server = server;
  }

  static async start(
    tree: FileTree = new MemoryFileTree((action) => setImmediate(action), Date.now),
    options: Partial<DavServerOptions> = {},
  ): Promise<DavRig> {
    const usual = { name: "Test", token: TOKEN, port: 0, id: "t", poke: () => undefined };
    const server = await startDavServer({ tree, ...usual, log: SILENT_LOG, ...options });
    return new DavRig(tree, server);
  }

  /** Address of a path of the mount. */
  url(path: string): string {
    return `${this.server.url}${path}`;
  }

  /** @param path within the mount, encoded; one with a leading slash is the whole path of the request */
  call(method: string, path: string, call: DavCall = {}): Promise<DavAnswer> {
    return answerOf(this.begin(method, path, call.headers), call.body);
  }

  /** A request whose body is still to be sent. */
  begin(method: string, path: string, headers: DavCall["headers"] = {}): ClientRequest {
    const at = path.startsWith("/") ? path : `/${TOKEN}/${path}`;
    const { port } = this.server;
    return request({
      host: "127.0.0.1",
      port,
      method,
      path: at,
      headers: { ...headers },
      agent: false,
    });
  }

  /** Sends bytes and gives what came until the other side ended. */
  raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.server.port, "127.0.0.1", () => socket.write(text));
      let heard = "";
      socket.setEncoding("latin1").on("data", (part: string) => {
        heard += part;
      });
      socket.on("error", reject).on("close", () => resolve(heard));
    });
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

/** Ends a request with its body and gives the answer. */
export function answerOf(sent: ClientRequest, body?: DavCall["body"]): Promise<DavAnswer> {
  return new Promise((resolve, reject) => {
    let continued = false;
    sent.once("continue", () => {
      continued = true;
    });
    sent.once("error", reject);
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.once("error", reject);
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, continued });
      });
    });
    sent.end(body);
  });
}

/** The body of a LOCK. */
export function lockBody(scope: "exclusive" | "shared" = "exclusive", owner = "me"): string {
  return `<lockinfo xmlns="DAV:"><lockscope><${scope}/></lockscope><locktype><write/></locktype><owner>${owner}</owner></lockinfo>`;
}

/** The body of a PROPPATCH that sets properties of the namespace "u:". */
export function patchBody(properties: Readonly<Record<string, string>>): string {
  const set = Object.entries(properties).map(([name, value]) => `<u:${name}>${value}</u:${name}>`);
  return `<d:propertyupdate xmlns:d="DAV:" xmlns:u="u:"><d:set><d:prop>${set.join("")}</d:prop></d:set></d:propertyupdate>`;
}
