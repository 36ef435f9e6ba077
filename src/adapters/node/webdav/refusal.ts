import type { IncomingMessage, ServerResponse } from "node:http";
import { DiskError, type Log } from "../../../ports/index.ts";
import { DavError } from "./errors.ts";
import { answerText } from "./exchange.ts";
import { DAV_REFUSED_SENDING_MS } from "./limits.ts";
import { davDocument, davElement, xmlText } from "./xml-writer.ts";

/** Foreign errors become one of ours; a defect shows in the log, not to the program. */
export function asDavError(error: unknown, log: Log): DavError {
  if (error instanceof DavError) return error;
  if (error instanceof DiskError) {
    const code = error.code === "full" ? "full" : "internal";
    return new DavError(code, error.message, "", "", { cause: error });
  }
  log.warn("webdav request failed", {
    error: error instanceof Error ? (error.stack ?? "") : String(error),
  });
  return new DavError("internal", "This failed by a defect of Peernet; the log says more.");
}

/**
 * Answers with an error. Where the program is still sending, what comes is taken and forgotten for
 * a moment: closing at once would reset the connection and lose the answer (RFC 9112 section 9.6).
 */
export function refuse(request: IncomingMessage, response: ServerResponse, error: DavError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers = {
    ...(error.code === "unauthorized"
      ? { "www-authenticate": 'Basic realm="Peernet", charset="UTF-8"' }
      : {}),
    ...(error.code === "unavailable" ? { "retry-after": "1" } : {}),
  };
  if (!request.complete) {
    response.setHeader("connection", "close");
    drain(request, response);
  }
  const [type, text] =
    error.condition === ""
      ? ["text/plain; charset=utf-8", `${error.message}\n`]
      : conditionOf(error);
  answerText({ request, response }, error.status, type, text, headers);
}

function conditionOf({ condition, href }: DavError): [type: string, text: string] {
  const content = href === "" ? "" : davElement("href", xmlText(href));
  const text = davDocument("error", davElement(condition, content));
  return ["application/xml; charset=utf-8", text];
}

function drain(request: IncomingMessage, response: ServerResponse): void {
  const timer = setTimeout(() => request.destroy(), DAV_REFUSED_SENDING_MS);
  response.once("close", () => clearTimeout(timer));
  request
    .removeAllListeners("data")
    .once("error", () => undefined)
    .resume();
}
