import { type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { type ApiErrorBody, ClientError } from "../api/client/index.ts";

/** What the call says in its Upgrade header. */
const PROTOCOL = "peernet-stream";

/**
 * Makes a call of `/v1/streams…` and waits until the connection stands: the socket carries the
 * bytes of both directions from then on, each with an end of its own.
 * @throws ClientError with the peer's words
 */
export function openApiStream(
  api: { readonly url: string; readonly token: string },
  path: string,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    const call = request(`${api.url}${path}`, {
      method: "POST",
      createConnection: () => connect({ host: hostname, port: Number(port), allowHalfOpen: true }),
      headers: {
        authorization: `Bearer ${api.token}`,
        connection: "Upgrade",
        upgrade: PROTOCOL,
      },
    });
    call.on("error", (cause) => {
      reject(new ClientError("unavailable", "The peer broke the connection off.", { cause }));
    });
    call.once("response", (answer) => {
      void refusalOf(answer)
        .then(reject)
        .finally(() => call.destroy());
    });
    call.once("upgrade", (_answer, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket as Socket);
    });
    call.end();
  });
}

async function refusalOf(answer: IncomingMessage): Promise<ClientError> {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += String(chunk);
  try {
    const { error } = JSON.parse(text) as ApiErrorBody;
    return new ClientError(error.code, error.message);
  } catch {
    return new ClientError("internal", `The peer answered with status ${answer.statusCode}.`);
  }
}
