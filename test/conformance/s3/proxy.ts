import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";

/** What the proxy does with a request instead of passing it on unharmed. */
export type Mischief =
  /** Answers 503 SlowDown. */
  | "busy"
  /** Passes it on, then breaks the connection before the answer. */
  | "mute"
  /** Passes it on and answers with bytes of the right length, some of them wrong. */
  | "garble"
  /** Answers 200 with a page that has nothing to do with S3. */
  | "nonsense"
  /** Never answers. */
  | "stall"
  | "pass";

/** A proxy before an S3 server that does to each request what it is told. */
export class FaultProxy {
  /** Asked once for each request. */
  decide: (method: string, path: string) => Mischief = () => "pass";
  /** What was done so far. */
  readonly counts: Record<Mischief, number> = {
    ...{ busy: 0, mute: 0, garble: 0, nonsense: 0, stall: 0, pass: 0 },
  };
  readonly #server: Server;
  readonly #targetPort: () => number;

  constructor(targetPort: () => number) {
    this.#targetPort = targetPort;
    this.#server = createServer((incoming, answer) => this.#handle(incoming, answer));
  }

  get endpoint(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await new Promise((done) => this.#server.once("listening", done));
  }

  async dispose(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #handle(incoming: IncomingMessage, answer: ServerResponse): void {
    const mischief = this.decide(incoming.method ?? "", incoming.url ?? "");
    this.counts[mischief]++;
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      if (mischief === "stall") return;
      if (mischief === "busy") {
        answer.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
      } else if (mischief === "nonsense") answer.writeHead(200).end("<html>Welcome</html>");
      else this.#forward(incoming, Buffer.concat(parts), answer, mischief);
    });
  }

  #forward(
    incoming: IncomingMessage,
    body: Buffer,
    answer: ServerResponse,
    mischief: Mischief,
  ): void {
    const { method, url, headers } = incoming;
    // The Host header stays the proxy's: the signature covers it.
    const where = { host: "127.0.0.1", port: this.#targetPort(), path: url, agent: false };
    const onward = request({ ...where, method, headers }, (found) => {
      const parts: Buffer[] = [];
      found.on("data", (part: Buffer) => parts.push(part));
      found.on("error", () => answer.destroy());
      found.on("end", () => {
        if (mischief === "mute") {
          answer.destroy();
          return;
        }
        const whole = Buffer.concat(parts);
        if (mischief === "garble" && whole.length > 0)
          whole[whole.length >> 1] = 255 - (whole[whole.length >> 1] ?? 0);
        answer.writeHead(found.statusCode ?? 500, found.headers).end(whole);
      });
    });
    onward.on("error", () => answer.destroy());
    onward.end(body);
  }
}
