import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { ApiErrorBody } from "../api/client/index.ts";
import { ClientError } from "../api/client/index.ts";

/** A call whose bodies are streams: what is written goes out, what is read comes in. */
export interface ApiStream {
  readonly out: ClientRequest;
  readonly in: IncomingMessage;
}

/**
 * Makes a call of `/v1/streams…` and waits until the connection stands.
 * @throws ClientError with the peer's words
 */
export function openApiStream(
  api: { readonly url: string; readonly token: string },
  path: string,
): Promise<ApiStream> {
  return new Promise((resolve, reject) => {
    const out = request(`${api.url}${path}`, {
      method: "POST",
      // Without it the end of the answer would end the request as well.
      agent: new Agent({ keepAlive: true }),
      headers: { authorization: `Bearer ${api.token}` },
    });
    out.on("error", (cause) => {
      reject(new ClientError("unavailable", "The peer broke the connection off.", { cause }));
    });
    out.once("response", (answer) => {
      if (answer.statusCode === 200) resolve({ out, in: answer });
      else
        void refusalOf(answer)
          .then(reject)
          .finally(() => out.destroy());
    });
    out.flushHeaders();
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
