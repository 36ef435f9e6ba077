import {
  MEDIA_TYPE_HEADER,
  type ObjectBody,
  PREVIEW_HEADER,
} from "../../src/api/contract-store.ts";
import { ApiError } from "../../src/api/errors.ts";
import type { EventHub } from "../../src/api/event-hub.ts";
import { type Route, route } from "../../src/api/route.ts";
import { schema } from "../../src/wire/index.ts";
import { objectOf, type World } from "./fake-data.ts";
import { previewOf } from "./fake-preview.ts";

const emptyBody = schema.record({});

/** The fake peer's drive. */
export function driveRoutes(world: World, hub: EventHub): readonly Route[] {
  return [
    route({
      method: "PUT",
      path: "/v1/objects",
      summary: "Put",
      answers: "ObjectBody",
      handle: async ({ request, query }) => {
        let sizeBytes = 0;
        for await (const chunk of request) sizeBytes += (chunk as Uint8Array).length;
        const index = world.objects.length;
        world.puts.push(Object.fromEntries(query));
        const made: ObjectBody = {
          ...objectOf(index, query.get("name") ?? "", 40, 40),
          sizeBytes,
          createdAtMs: Date.now(),
        };
        world.objects = [...world.objects, made];
        return { status: 201, json: made };
      },
    }),
    route({
      method: "GET",
      path: "/v1/objects/{link}",
      summary: "Get",
      answers: "bytes",
      handle: ({ path, response }) => {
        const found = world.objects.find(({ link }) => link === path["link"]);
        const name = found?.name ?? "found.txt";
        const bytes = Buffer.from("what was stored");
        response.writeHead(200, {
          "content-type": "application/octet-stream",
          "content-length": bytes.length,
          [MEDIA_TYPE_HEADER]: found?.mediaType ?? "",
          "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
        });
        response.end(bytes);
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/objects/{link}/preview",
      summary: "Look",
      query: { layers: "at most so many", survivors: "as if only so many fragments were left" },
      answers: "bytes",
      handle: async ({ path, query, response }) => {
        world.looks.push(Object.fromEntries(query));
        await world.lookGate?.(query);
        const found = world.objects.find(({ link }) => link === path["link"]);
        if (found === undefined) throw new ApiError("not-found", "There is no such object.");
        const layers = Number(query.get("layers") ?? "8");
        const preview = previewOf(found, layers, Number(query.get("survivors") ?? found.n));
        response.writeHead(200, {
          "content-type": preview.mediaType,
          "content-length": preview.bytes.length,
          [PREVIEW_HEADER]: `${preview.shown}/${preview.total}`,
        });
        response.end(preview.bytes);
        return undefined;
      },
    }),
    route({
      method: "POST",
      path: "/v1/objects/{link}/repair",
      summary: "Repair",
      body: emptyBody,
      answers: "ObjectBody",
      handle: ({ path }) => {
        const link = path["link"] ?? "";
        const found = world.objects.find((object) => object.link === link);
        if (found === undefined) throw new ApiError("not-found", "There is no such object.");
        hub.emit("progress", { job: "r", kind: "repair", link, done: 3, total: 12 });
        return { status: 202, json: found };
      },
    }),
  ];
}
