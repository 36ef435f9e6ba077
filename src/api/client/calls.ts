type Init = RequestInit & { readonly duplex?: "half" };

/** Makes a call and answers its response. @throws ClientError */
export type ApiFetch = (method: string, path: string, init: Init) => Promise<Response>;

/** Makes a call with a JSON body, where there is one, and answers its response. @throws ClientError */
export type JsonSend = (method: string, path: string, body?: unknown) => Promise<Response>;

/** The same, and answers the JSON of the response. @throws ClientError */
export type JsonCall = <T>(method: string, path: string, body?: unknown) => Promise<T>;

/** Calls that say what they want in JSON. */
export function jsonSend(fetch: ApiFetch): JsonSend {
  return (method, path, body) =>
    fetch(
      method,
      path,
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } },
    );
}

/** Calls that say what they want in JSON, and are answered in it. */
export function jsonCall(fetch: ApiFetch): JsonCall {
  const send = jsonSend(fetch);
  return async <T>(method: string, path: string, body?: unknown) =>
    (await (await send(method, path, body)).json()) as T;
}
