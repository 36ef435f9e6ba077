import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { AdapterError } from "../errors.ts";
import { S3_REQUESTS_MAX, S3_SILENCE_MS } from "./limits.ts";

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A request as it goes over the wire. */
export interface HttpCall {
  readonly method: string;
  /** Path and query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly Uint8Array[];
  /** Bytes of the longest answer that is taken. */
  readonly answerBytesMax: number;
}

/** Requests to one endpoint over connections that are kept. */
export class HttpCaller {
  readonly #endpoint: URL;
  readonly #agent: HttpAgent;
  readonly #silenceMs: number;

  constructor(endpoint: string, silenceMs: number = S3_SILENCE_MS) {
    this.#endpoint = new URL(endpoint);
    this.#silenceMs = silenceMs;
    const settings = { keepAlive: true, maxSockets: S3_REQUESTS_MAX };
    const isSecure = this.#endpoint.protocol === "https:";
    this.#agent = isSecure ? new HttpsAgent(settings) : new HttpAgent(settings);
  }

  /** Host and port as the Host header has them. */
  get host(): string {
    return this.#endpoint.host;
  }

  /** Sends a request. Rejects with the system's error, or AdapterError("io") after too long a silence. */
  call(call: HttpCall): Promise<HttpAnswer> {
    const { protocol, hostname, port } = this.#endpoint;
    const send = protocol === "https:" ? httpsRequest : httpRequest;
    let length = 0;
    for (const part of call.body) length += part.length;
    return new Promise((resolve, reject) => {
      const headers = { ...call.headers, "content-length": String(length) };
      const host = hostname.replace(/^\[|\]$/g, "");
      const where = { host, ...(port === "" ? {} : { port: Number(port) }), agent: this.#agent };
      const { method, path } = call;
      const request = send({ ...where, method, path, headers, timeout: this.#silenceMs });
      request.on("timeout", () => {
        request.destroy(new AdapterError("io", `no answer for ${this.#silenceMs / 1000} s`));
      });
      request.on("error", reject);
      request.on("response", (answer) => {
        collect(answer, call.answerBytesMax).then(
          (body) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }),
          (error: unknown) => {
            request.destroy();
            reject(error);
          },
        );
      });
      for (const part of call.body) request.write(part);
      request.end();
    });
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#agent.destroy();
  }
}

async function collect(answer: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > bytesMax)
      throw new AdapterError("io", "the answer is longer than what was asked for");
    parts.push(part);
  }
  if (!answer.complete) throw new AdapterError("io", "the answer broke off");
  return Buffer.concat(parts);
}
