import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { utf8 } from "../base/bytes.ts";
import { ApiError, statusOf } from "./errors.ts";
import { errorJson } from "./refusal.ts";

/** Answers what Node's parser does not hand on as a request, in JSON like everything else. */
export function answerRawRequests(server: Server): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on("request", (request, response) => {
    answers.set(request.socket, response);
    response.on("close", () => answers.delete(request.socket));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // Bytes of ours would land in the middle of an answer that is under way.
    const isAnswered = answers.get(socket)?.headersSent === true;
    if (error.code === "ECONNRESET" || !socket.writable || isAnswered) socket.destroy();
    else endWith(socket, reasonOf(error));
  });
  server.on("connect", (_request: IncomingMessage, socket) =>
    endWith(socket, new ApiError("bad-method", "This is no proxy.")),
  );
}

function reasonOf(error: NodeJS.ErrnoException): ApiError {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new ApiError("too-slow", "The head of the request did not come in time.");
  }
  if (error.code === "HPE_HEADER_OVERFLOW") {
    return new ApiError("too-large", "The head of the request is too large.");
  }
  return new ApiError("bad-request", "This is no HTTP request that can be understood.");
}

/** Answers on a bare socket and ends it. */
export function endWith(socket: Duplex, error: ApiError): void {
  const status = statusOf(error.code);
  const text = errorJson(error);
  socket.on("error", () => undefined);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\ncontent-type: application/json\r\n` +
      `content-length: ${utf8(text).length}\r\nconnection: close\r\n\r\n${text}`,
  );
}
