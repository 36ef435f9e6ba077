import {
  type AccessRule,
  type Forward,
  formatReach,
  type Gateway,
  meantByWords,
  nameOfWho,
  parseReach,
  parseWho,
  type Served,
} from "../../gateway/index.ts";
import { formatAddress, parseAddress } from "../../identity/index.ts";
import { schema } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import type { ForwardBody, GatewayBody, RuleBody, ServedBody } from "../contract-gateway.ts";
import { ApiError } from "../errors.ts";
import { type Route, route } from "../route.ts";
import { ask, settle, settleDone } from "../wait.ts";
import { uplinkBodyOf } from "./uplink.ts";

const WHO_BYTES_MAX = 300;
const PORT_MAX = 65_535;
const who = schema.text(WHO_BYTES_MAX);

const accessBody = schema.record({
  verdict: schema.oneOf("allow", "deny"),
  who,
  reach: schema.text(64),
  protocol: schema.optional(schema.oneOf("tcp", "udp", "any")),
  remove: schema.optional(schema.boolean),
});
const servedBody = schema.record({
  port: schema.integer(1, PORT_MAX),
  name: schema.optional(schema.text(64)),
  to: schema.list(who, 32),
});
const forwardBody = schema.record({
  port: schema.integer(0, PORT_MAX),
  who,
  to: schema.text(64),
});
const proxyBody = schema.record({ port: schema.optional(schema.integer(0, PORT_MAX)) });

/** Port of the proxy where nobody says otherwise: that of SOCKS. */
const PROXY_PORT_USUAL = 1_080;

function ruleBodyOf({ people }: Gateway, rule: AccessRule): RuleBody {
  return {
    verdict: rule.verdict,
    who: nameOfWho(rule.who, people),
    kind: rule.who.t,
    protocol: rule.protocol,
    reach: formatReach(rule.reach),
  };
}

function servedBodyOf({ people }: Gateway, { port, name, to }: Served): ServedBody {
  return { port, name: name ?? null, to: to.map((one) => nameOfWho(one, people)) };
}

function forwardBodyOf(gateway: Gateway, forward: Forward): ForwardBody {
  const { port, who: id, to } = forward;
  const name = gateway.people.nameOf(id) ?? formatAddress(id);
  return { port, who: name, to: formatReach(to), ...gateway.doors.stateOf(port) };
}

function gatewayBodyOf(context: ApiContext): GatewayBody {
  const { gateway } = context.peer;
  const { doors } = gateway;
  const proxyPort = doors.proxyPort();
  const closed = { isOpen: false, trouble: "" };
  return {
    rules: gateway.access.rules().map((rule) => ruleBodyOf(gateway, rule)),
    served: gateway.served.all().map((one) => servedBodyOf(gateway, one)),
    programs: gateway.served.programs(),
    forwards: doors.forwards().map((forward) => forwardBodyOf(gateway, forward)),
    proxy: {
      port: proxyPort ?? null,
      ...(proxyPort === undefined ? closed : doors.stateOf(proxyPort)),
    },
    uplink: uplinkBodyOf(context),
    connectionCount: gateway.connectionCount,
    refusals: gateway.refusals.all(),
  };
}

/** Routes about what others may reach here. */
export function accessRoutes(context: ApiContext): readonly Route[] {
  const gateway = (): Gateway => context.peer.gateway;
  return [
    route({
      method: "GET",
      path: "/v1/gateway",
      summary: "What others may reach here, and where this machine's ports lead",
      answers: "GatewayBody",
      handle: () => ({ status: 200, json: gatewayBodyOf(context) }),
    }),
    route({
      method: "POST",
      path: "/v1/access",
      summary: "Let a contact or a group reach a port or a service of this machine, or forbid it",
      body: accessBody,
      bodyExample: { verdict: "allow", who: "anna", reach: "80", protocol: "tcp" },
      answers: "RuleBody",
      handle: async ({ body }) => {
        const { access, people, groups } = gateway();
        const rule: AccessRule = {
          verdict: body.verdict,
          who: parseWho(body.who, people, groups),
          protocol: body.protocol ?? "any",
          reach: parseReach(body.reach),
        };
        await ask<void>((resolve, reject) => {
          const done = settleDone(resolve, reject);
          if (body.remove === true) access.remove(rule, done);
          else access.add(rule, done);
        });
        context.poke();
        return { status: 200, json: ruleBodyOf(gateway(), rule) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/served",
      summary: "Let contacts and groups reach a local port, also after a restart",
      body: servedBody,
      bodyExample: { port: 3000, name: "photos", to: ["anna"] },
      answers: "ServedBody",
      handle: async ({ body }) => {
        const { served, people, groups } = gateway();
        const to = body.to.map((text) => parseWho(text, people, groups));
        const one: Served = { port: body.port, name: body.name, to };
        await ask<void>((resolve, reject) => served.serve(one, settleDone(resolve, reject)));
        return { status: 201, json: servedBodyOf(gateway(), one) };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/served/{which}",
      summary: "Serve a port no longer",
      answers: "nothing",
      handle: async ({ path }) => {
        await ask<void>((resolve, reject) =>
          gateway().served.stop(path["which"] ?? "", settleDone(resolve, reject)),
        );
        context.poke();
        return { status: 204 };
      },
    }),
  ];
}

/** Routes about local ports that lead to others. */
export function doorRoutes(context: ApiContext): readonly Route[] {
  const gateway = (): Gateway => context.peer.gateway;
  return [
    route({
      method: "POST",
      path: "/v1/forwards",
      summary: "Forward a port of 127.0.0.1 to a port or a service of somebody",
      body: forwardBody,
      bodyExample: { port: 8080, who: "anna", to: "80" },
      answers: "ForwardBody",
      handle: async ({ body }) => {
        const reach = parseReach(body.to);
        if (reach.t === "all") throw new ApiError("bad-request", "Name one port or service.");
        const { people } = gateway();
        const member = meantByWords(people, body.who);
        const id =
          parseAddress(body.who) ??
          member?.person ??
          member?.devices[0] ??
          people.resolve(body.who);
        const forward = await ask<Forward>((resolve, reject) =>
          gateway().doors.forward({ port: body.port, who: id, to: reach }, settle(resolve, reject)),
        );
        return { status: 201, json: forwardBodyOf(gateway(), forward) };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/forwards/{port}",
      summary: "Forward a port no longer",
      answers: "nothing",
      handle: async ({ path }) => {
        await ask<void>((resolve, reject) =>
          gateway().doors.unforward(Number(path["port"]), settleDone(resolve, reject)),
        );
        return { status: 204 };
      },
    }),
    route({
      method: "POST",
      path: "/v1/proxy",
      summary: "Open a SOCKS 5 and HTTP CONNECT proxy on 127.0.0.1, also after a restart",
      body: proxyBody,
      bodyExample: { port: 1080 },
      answers: "ProxyBody",
      handle: async ({ body }) => {
        const port = await ask<number>((resolve, reject) =>
          gateway().doors.openProxy(body.port ?? PROXY_PORT_USUAL, settle(resolve, reject)),
        );
        return { status: 200, json: { port, ...gateway().doors.stateOf(port) } };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/proxy",
      summary: "Close the proxy",
      answers: "nothing",
      handle: async () => {
        await ask<void>((resolve, reject) =>
          gateway().doors.closeProxy(settleDone(resolve, reject)),
        );
        return { status: 204 };
      },
    }),
  ];
}
