import type { IncomingMessage } from "node:http";
import { DavError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { XML_BYTES_MAX } from "./limits.ts";
import { parseXml, type XmlElement } from "./xml-reader.ts";
import { DAV } from "./xml-writer.ts";

/**
 * The XML body of a request; undefined where it has none.
 * @throws DavError("bad-request" | "too-large" | "too-slow")
 */
export async function readXml(exchange: Exchange): Promise<XmlElement | undefined> {
  exchange.proceed();
  const bytes = await readBytes(exchange.request, exchange.mount.bodyTimeoutMs);
  return bytes.length === 0 ? undefined : parseXml(bytes);
}

/** Whether a request says that it has a body. */
export function hasBody({ request }: Pick<Exchange, "request">): boolean {
  const { headers } = request;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Reads with listeners: leaving an async iterator early would end the connection unanswered. */
function readBytes(request: IncomingMessage, timeoutMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let length = 0;
    const stop = (): void => {
      clearTimeout(timer);
      request.off("data", take).off("end", finish).off("close", breakOff);
    };
    const refuse = (error: DavError): void => {
      stop();
      reject(error);
    };
    const take = (part: Uint8Array): void => {
      length += part.length;
      parts.push(part);
      if (length > XML_BYTES_MAX) {
        refuse(new DavError("too-large", `The XML body is above ${XML_BYTES_MAX} bytes.`));
      }
    };
    const finish = (): void => {
      stop();
      resolve(Buffer.concat(parts));
    };
    const breakOff = (): void =>
      refuse(new DavError("bad-request", "The body ended before its end."));
    const timer = setTimeout(
      () => refuse(new DavError("too-slow", `The body was not there after ${timeoutMs} ms.`)),
      timeoutMs,
    );
    request.on("data", take).on("end", finish).on("close", breakOff);
  });
}

/** Whether it is that element of the DAV: namespace. */
export function isDav(element: XmlElement, name: string): boolean {
  return element.namespace === DAV && element.name === name;
}

/** Elements directly in an element. */
export function elementsIn(element: XmlElement): readonly XmlElement[] {
  return element.children.filter((child): child is XmlElement => typeof child !== "string");
}

/** The first element of that name in the DAV: namespace directly in another. */
export function davChild(element: XmlElement, name: string): XmlElement | undefined {
  return elementsIn(element).find((child) => isDav(child, name));
}
