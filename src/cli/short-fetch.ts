import { Agent, request } from "node:http";

/** How calls of the local API are made. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const AGENT = new Agent({ keepAlive: true });

/**
 * `fetch` for calls whose bodies are bytes in memory and whose answers are short: by node:http, since
 * `fetch` copies the body three times on its way. All others are left to it.
 */
export const shortFetch: Fetch = (url, init) => {
  const { body, signal } = init;
  const isOurs = body instanceof Uint8Array && (signal === undefined || signal === null);
  return isOurs && url.startsWith("http:") ? call(url, init, body) : fetch(url, init);
};

function call(url: string, init: RequestInit, body: Uint8Array): Promise<Response> {
  const { method = "POST" } = init;
  const headers = {
    ...Object.fromEntries(new Headers(init.headers)),
    "content-length": body.length,
  };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: AGENT });
    let hasAnswer = false;
    asked.on("error", (error: NodeJS.ErrnoException) => {
      // The peer ends connections that nobody used for a while: one may end as it is used again.
      const isStale = asked.reusedSocket && !hasAnswer && error.code === "ECONNRESET";
      if (isStale) call(url, init, body).then(resolve, reject);
      else reject(error);
    });
    asked.once("response", (answer) => {
      hasAnswer = true;
      const parts: Uint8Array[] = [];
      answer.on("data", (part: Uint8Array) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const status = answer.statusCode ?? 500;
        resolve(new Response(parts.length === 0 ? null : Buffer.concat(parts), { status }));
      });
    });
    asked.end(body);
  });
}
