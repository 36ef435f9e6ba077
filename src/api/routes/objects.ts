import type { IncomingMessage, ServerResponse } from "node:http";
import type { StoredObject } from "../../store/index.ts";
import { formatObjectLink, parseObjectLink } from "../../store/index.ts";
import type { ApiContext } from "../context.ts";
import type { ObjectBody, ObjectHealth } from "../contract.ts";
import { ApiError } from "../errors.ts";
import { type Route, route } from "../route.ts";
import { ask } from "../wait.ts";

const NAME_CHARACTERS_MAX = 200;

function objectBody(object: StoredObject): ObjectBody {
  const { link, name, sizeBytes, createdAtMs, k, n, health } = object;
  return { link, name, sizeBytes, createdAtMs, k, n, health };
}

function storedObject(context: ApiContext, link: string): ObjectBody {
  const found = context.peer.store.object(link);
  if (found === undefined) throw new ApiError("not-found", "This object is not one of yours.");
  return objectBody(found);
}

/** Streams a request's body into the store, as fast as it is taken. */
async function put(
  context: ApiContext,
  request: IncomingMessage,
  name: string,
): Promise<ObjectBody> {
  if (name.length === 0 || name.length > NAME_CHARACTERS_MAX) {
    throw new ApiError(
      "bad-request",
      `Give the object a name of 1 to ${NAME_CHARACTERS_MAX} characters.`,
    );
  }
  const link = await new Promise<string>((resolve, reject) => {
    const job = context.peer.store.beginPut(
      { name },
      {
        onDone: resolve,
        onError: reject,
        onDrain: () => request.resume(),
      },
    );
    const turn = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        job.abort();
        reject(error);
      }
      context.poke();
    };
    request.on("data", (chunk: Uint8Array) => {
      turn(() => {
        if (!job.write(chunk)) request.pause();
      });
    });
    request.on("end", () => turn(() => job.finish()));
    request.on("close", () => {
      if (request.complete) return;
      job.abort();
      reject(new ApiError("bad-request", "The upload ended before its end."));
    });
  });
  return storedObject(context, link);
}

/** Streams an object into a response, as fast as the reader takes it. */
async function get(
  context: ApiContext,
  link: string,
  response: ServerResponse,
): Promise<undefined> {
  const target = formatObjectLink(parseObjectLink(link));
  await new Promise<void>((resolve, reject) => {
    // Sent with the first bytes only: what fails before can still be told.
    let head: Record<string, string | number> = {};
    const begin = (): void => {
      if (!response.headersSent) response.writeHead(200, head);
    };
    const job = context.peer.store.get(target, {
      onMeta: (meta) => {
        head = {
          "content-type": "application/octet-stream",
          "content-length": meta.sizeBytes,
          "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(meta.name)}`,
          "cache-control": "no-store",
        };
      },
      onBytes: (bytes) => {
        begin();
        if (!response.write(bytes.slice())) job.pause();
      },
      onDone: () => {
        begin();
        response.end();
        resolve();
      },
      onError: reject,
    });
    response.on("drain", () => {
      job.resume();
      context.poke();
    });
    response.on("close", () => {
      if (response.writableFinished) return;
      job.abort();
      resolve();
    });
    context.poke();
  });
  return undefined;
}

/** Routes about stored objects. */
export function objectRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/objects",
      summary: "The objects you have stored",
      answers: "ObjectsBody",
      handle: () => ({ status: 200, json: { objects: peer.store.list().map(objectBody) } }),
    }),
    route({
      method: "PUT",
      path: "/v1/objects",
      summary: "Store the request's body; answers when all of it is safe on this disk",
      query: { name: "what to call it" },
      answers: "ObjectBody",
      handle: async ({ request, query }) => ({
        status: 201,
        json: await put(context, request, query.get("name") ?? ""),
      }),
    }),
    route({
      method: "GET",
      path: "/v1/objects/{link}",
      summary: "The object's bytes, rebuilt from fragments",
      tokenInQuery: true,
      answers: "bytes",
      handle: ({ path, response }) => get(context, path["link"] ?? "", response),
    }),
    route({
      method: "GET",
      path: "/v1/objects/{link}/health",
      summary: "Where the object's fragments are, asking the peers anew",
      answers: "ObjectHealth",
      handle: async ({ path }) => {
        const health = await ask<ObjectHealth>((resolve) => {
          peer.store.health(path["link"] ?? "", resolve);
          context.poke();
        });
        return { status: 200, json: health };
      },
    }),
    route({
      method: "POST",
      path: "/v1/objects/{link}/repair",
      summary: "Make missing fragments again",
      answers: "ObjectBody",
      handle: async ({ path }) => {
        const link = path["link"] ?? "";
        await ask<readonly number[]>((resolve, reject) => {
          peer.store.repair(link, { onDone: resolve, onError: reject });
          context.poke();
        });
        return { status: 200, json: storedObject(context, link) };
      },
    }),
  ];
}
