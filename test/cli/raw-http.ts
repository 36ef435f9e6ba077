import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

/** What came back over a raw connection. */
export interface RawAnswer {
  /** 0 where no answer came. */
  readonly status: number;
  readonly headers: string;
  readonly body: string;
  /** Whether the other side ended the connection. */
  readonly ended: boolean;
}

/** How bytes are sent. */
interface SendOptions {
  readonly gapMs?: number;
  readonly limitMs?: number;
  /** Inside of TLS, whoever answers. */
  readonly isTls?: boolean;
  readonly host?: string;
}

/**
 * Sends bytes as they are and reads until the other side ends the connection, or until `limitMs`.
 * @param pieces sent one after another with `gapMs` between them
 */
export function sendRaw(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  options: SendOptions = {},
): Promise<RawAnswer> {
  const { gapMs = 0, limitMs = 10_000, host = "127.0.0.1" } = options;
  return new Promise((resolve) => {
    const socket =
      options.isTls === true
        ? connectTls({ port, host, rejectUnauthorized: false })
        : connect(port, host);
    const timers: NodeJS.Timeout[] = [];
    let text = "";
    let ended = false;
    const finish = (): void => {
      for (const timer of timers) clearTimeout(timer);
      socket.destroy();
      resolve(parse(text, ended));
    };
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => {
      text += part;
    });
    socket.on("error", () => undefined);
    socket.on("end", () => {
      ended = true;
    });
    socket.on("close", () => {
      ended = true;
      finish();
    });
    for (const [index, piece] of pieces.entries()) {
      const send = (): void => {
        if (socket.writable) socket.write(piece);
      };
      if (gapMs === 0) send();
      else timers.push(setTimeout(send, index * gapMs));
    }
    timers.push(setTimeout(finish, limitMs));
  });
}

function parse(text: string, ended: boolean): RawAnswer {
  const border = text.indexOf("\r\n\r\n");
  const headers = border < 0 ? text : text.slice(0, border);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
  return { status, headers, body: border < 0 ? "" : text.slice(border + 4), ended };
}
