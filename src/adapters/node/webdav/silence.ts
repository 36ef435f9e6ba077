import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

interface Pending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Cuts connections on which a client is silent: sends nothing of its upload, takes nothing of its
 * download, asks nothing. Where a request waits for its turn or for the tree, its client may wait, too.
 */
export class SilenceWatch {
  readonly #last = new WeakMap<Socket, Pending>();

  /** @param silenceMs how long nothing may move, in milliseconds */
  constructor(server: Server, silenceMs: number) {
    server.timeout = silenceMs;
    server.on("timeout", (socket) => {
      const pending = this.#last.get(socket);
      // A socket tells of its silence once, until something moves or it is set again.
      if (pending !== undefined && isOurTurn(pending)) socket.setTimeout(silenceMs);
      else socket.destroy();
    });
  }

  /** A request is being answered. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#last.set(request.socket, { request, response });
  }
}

/** Whether it is this side that has something to do before anything can move. */
function isOurTurn({ request, response }: Pending): boolean {
  if (response.writableEnded || response.destroyed || response.writableNeedDrain) return false;
  return request.complete || request.readableFlowing !== true;
}
