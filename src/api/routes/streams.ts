import { checkServiceName, type Gateway, parseReach, parseWho } from "../../gateway/index.ts";
import { schema } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { type Route, route, type StreamCall, streamRoute } from "../route.ts";
import { upgradedNear } from "../upgraded-near.ts";
import { deviceOf } from "./device.ts";
import { measureSpeed } from "./speed.ts";

const speedBody = schema.record({
  to: schema.text(300),
  seconds: schema.optional(schema.integer(1, 10)),
});

/** Connects the call with a port or a service of another peer. */
function connect(context: ApiContext, { query, socket, head }: StreamCall): Promise<void> {
  const wanted = parseReach(query.get("service") ?? "");
  if (wanted.t === "all") throw new ApiError("bad-request", "Name one port or service.");
  const near = upgradedNear(socket, head, context.nearOf(socket));
  return new Promise((resolve, reject) => {
    const giveUp = context.peer.gateway.connect(
      query.get("to") ?? "",
      wanted,
      (words, refusal, tunnel) => {
        if (tunnel === undefined) {
          reject(new ApiError(refusal === "denied" ? "forbidden" : "unavailable", words));
          return;
        }
        tunnel.join(near);
        resolve();
      },
    );
    socket.once("close", () => {
      giveUp();
      context.poke();
      resolve();
    });
    context.poke();
  });
}

/** Lets the call wait for one connection of another peer. */
function listen(context: ApiContext, { query, socket, head }: StreamCall): void {
  const { served, people, groups }: Gateway = context.peer.gateway;
  const to = query.getAll("to").map((text) => parseWho(text, people, groups));
  const name = checkServiceName(query.get("service") ?? "");
  const near = upgradedNear(socket, head, context.nearOf(socket));
  const stop = served.listen(name, to, (_from, done) => {
    stop();
    done(null, near);
  });
  socket.once("close", stop);
}

/** Routes whose bodies are streams of bytes in both directions. */
export function streamRoutes(context: ApiContext): readonly Route[] {
  return [
    streamRoute({
      path: "/v1/streams",
      summary: "Becomes a connection with a port or a service of somebody",
      query: { to: "contact or address", service: "port or name of a service" },
      upgrade: async (call) => connect(context, call),
    }),
    streamRoute({
      path: "/v1/streams/listen",
      summary: "Waits for one connection of somebody else under a name, and becomes it",
      query: { service: "the name", to: "contact or group, repeated" },
      upgrade: async (call) => listen(context, call),
    }),
    route({
      method: "POST",
      path: "/v1/speed",
      summary: "Fills the way to somebody for a few seconds in each direction",
      body: speedBody,
      bodyExample: { to: "anna", seconds: 3 },
      answers: "SpeedBody",
      handle: async ({ body }) => {
        const to = deviceOf(context.peer, body.to);
        return { status: 200, json: await measureSpeed(context, to, body.seconds ?? 3) };
      },
    }),
  ];
}
