import * as schema from "../../wire/schema.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { PAIR_PATH } from "../lan/access.ts";
import type { LanConsole } from "../lan/lan.ts";
import { LAN_NAME_BYTES_MAX } from "../limits.ts";
import { type Route, route } from "../route.ts";

const PORT_MAX = 65_535;
const CODE_BYTES_MAX = 64;

const setBody = schema.record({
  isOpen: schema.boolean,
  port: schema.optional(schema.integer(1, PORT_MAX)),
});
const pairBody = schema.record({
  code: schema.text(CODE_BYTES_MAX),
  name: schema.text(LAN_NAME_BYTES_MAX),
});
const hereBody = schema.record({ name: schema.text(LAN_NAME_BYTES_MAX) });

/** Routes about browsers of the local network. */
export function lanRoutes(context: ApiContext): readonly Route[] {
  const lan = (): LanConsole => {
    if (context.lan !== undefined) return context.lan;
    throw new ApiError("unavailable", "This peer runs inside another program and has no console.");
  };
  return [
    route({
      method: "GET",
      path: "/v1/lan",
      summary: "Whether browsers on the local network are answered, and which are paired",
      answers: "LanBody",
      handle: () => ({ status: 200, json: lan().body() }),
    }),
    route({
      method: "PUT",
      path: "/v1/lan",
      summary: "Open the console to paired browsers on the local network, or close it",
      body: setBody,
      bodyExample: { isOpen: true },
      answers: "LanBody",
      handle: async ({ body: { isOpen, port } }) => {
        return { status: 200, json: await lan().set(isOpen, port ?? 0) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/lan/links",
      summary: "A link that pairs one browser on the local network, good for ten minutes",
      answers: "LanLinksBody",
      handle: () => ({ status: 201, json: lan().links() }),
    }),
    route({
      method: "POST",
      path: PAIR_PATH,
      summary: "Pair this browser by the code of such a link; from the local network without token",
      body: pairBody,
      bodyExample: { code: "c2l4dGVlbiBieXRlcyEhIQ", name: "Anna's phone" },
      answers: "LanPairedBody",
      handle: async ({ body: { code, name } }) => {
        return { status: 201, json: await lan().pair(code, name) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/lan/here",
      summary: "A token of its own for a browser on this machine, good beyond this run of the peer",
      body: hereBody,
      bodyExample: { name: "Peernet app" },
      answers: "LanPairedBody",
      handle: async ({ body: { name } }) => ({ status: 201, json: await lan().addHere(name) }),
    }),
    route({
      method: "DELETE",
      path: "/v1/lan/browsers/{id}",
      summary: "A paired browser is let in no more, and its connections end",
      answers: "LanBody",
      handle: async ({ path }) => ({ status: 200, json: await lan().remove(path["id"] ?? "") }),
    }),
  ];
}
