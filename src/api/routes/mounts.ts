import { schema } from "../../wire/index.ts";
import type { ApiContext, MountSwitch } from "../context.ts";
import { ApiError } from "../errors.ts";
import { type Route, route } from "../route.ts";

const FOLDER_BYTES_MAX = 300;
const PORT_MAX = 65_535;

const mountBody = schema.record({
  folder: schema.text(FOLDER_BYTES_MAX),
  port: schema.optional(schema.integer(0, PORT_MAX)),
});

/** Routes about folders that programs of this machine see as WebDAV. */
export function mountRoutes(context: ApiContext): readonly Route[] {
  const mounts = (): MountSwitch => {
    if (context.mounts !== undefined) return context.mounts;
    throw new ApiError("unavailable", "This process mounts no folders.");
  };
  return [
    route({
      method: "GET",
      path: "/v1/mounts",
      summary: "Folders that programs of this machine see as WebDAV",
      answers: "MountsBody",
      handle: () => ({ status: 200, json: { mounts: mounts().list() } }),
    }),
    route({
      method: "POST",
      path: "/v1/mounts",
      summary:
        "Let programs of this machine read and write a folder as WebDAV, also after a restart",
      body: mountBody,
      bodyExample: { folder: "Photos", port: 0 },
      answers: "MountBody",
      handle: async ({ body }) => ({
        status: 200,
        json: await mounts().mount(body.folder, body.port ?? 0),
      }),
    }),
    route({
      method: "DELETE",
      path: "/v1/mounts/{folder}",
      summary: "End a mount",
      answers: "nothing",
      handle: async ({ path }) => {
        await mounts().unmount(path["folder"] ?? "");
        return { status: 204 };
      },
    }),
  ];
}
