import type { StoredObject } from "../../store/index.ts";
import type { ApiContext } from "../context.ts";
import type { ObjectBody, ObjectHealth } from "../contract-store.ts";
import { ApiError } from "../errors.ts";
import { type Route, route } from "../route.ts";
import { ask } from "../wait.ts";
import { previewObject } from "./object-preview.ts";
import { readObject } from "./object-read.ts";
import { writeObject, writeWishOf } from "./object-write.ts";

function objectBody(object: StoredObject): ObjectBody {
  const { link, cid, name, mediaType, sizeBytes, createdAtMs, k, n, nMax, health } = object;
  return { link, cid, name, mediaType, sizeBytes, createdAtMs, k, n, nMax, health };
}

function storedObject(context: ApiContext, link: string): ObjectBody {
  const found = context.peer.store.object(link);
  if (found === undefined) throw new ApiError("not-found", "This object is not one of yours.");
  return objectBody(found);
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
      query: {
        name: "what to call it",
        type: "its media type",
        layers:
          "gentle, rich, steep or flat, or layers such as preview@3:1200,body@10:40000,body@20",
        code: "home, default or wide: how many fragments, and how many of them it takes",
      },
      answers: "ObjectBody",
      handle: async ({ request, query }) => {
        const link = await writeObject(context, request, writeWishOf(query));
        return { status: 201, json: storedObject(context, link) };
      },
    }),
    route({
      method: "GET",
      path: "/v1/objects/{link}",
      summary: "The object's bytes, or a range of them, rebuilt from fragments",
      tokenInQuery: true,
      answers: "bytes",
      handle: ({ path, request, response }) =>
        readObject(context, path["link"] ?? "", request, response),
    }),
    route({
      method: "GET",
      path: "/v1/objects/{link}/preview",
      summary: "What the layers that can be had of an object show",
      query: {
        layers: "at most so many layers",
        survivors:
          "as if only so many of its fragments were left: the same ones each time, and more of them for a larger number",
      },
      answers: "bytes",
      handle: ({ path, query, response }) =>
        previewObject(context, path["link"] ?? "", query, response),
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
