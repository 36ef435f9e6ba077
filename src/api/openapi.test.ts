import { expect, test } from "vitest";
import { AssertionError } from "../base/errors.ts";
import { community } from "../money/index.ts";
import { DiskError } from "../ports/disk.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { StoreError } from "../store/index.ts";
import type { ApiContext } from "./context.ts";
import { ApiError, statusOf } from "./errors.ts";
import { OPEN_API_PATH } from "./open-api-path.ts";
import { asApiError, errorJson } from "./refusal.ts";
import { matchPath } from "./route.ts";
import { routesOf } from "./routes/all.ts";

// The table is made without a peer: only handlers touch it.
const routes = routesOf({ version: "1.2.3" } as unknown as ApiContext);

interface Page {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
}

async function page(): Promise<Page> {
  const found = routes.find((route) => route.path === OPEN_API_PATH);
  const call = { query: new URLSearchParams(), path: {}, body: undefined } as never;
  return (await found?.handle(call))?.json as Page;
}

test("the OpenAPI page lists every route with its parameters, and no other", async () => {
  const { paths, info } = await page();
  expect(info.version).toBe("1.2.3");
  const listed = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const known = routes.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(known).size).toBe(known.length);
  expect(listed.sort()).toEqual(known.filter((one) => !one.endsWith(OPEN_API_PATH)).sort());
  for (const route of routes) {
    if (route.path === OPEN_API_PATH) continue;
    const operation = paths[route.path]?.[route.method.toLowerCase()];
    expect(operation?.summary).toBe(route.summary);
    expect(operation?.requestBody !== undefined).toBe(route.body !== undefined);
    const names = operation?.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => `path ${match[1]}`);
    const inQuery = Object.keys(route.query ?? {}).map((name) => `query ${name}`);
    expect(names).toEqual([...inPath, ...inQuery]);
  }
});

test("the examples of the page are bodies that the routes take", () => {
  for (const { body, bodyExample } of routes) {
    if (body !== undefined) expect(() => body(bodyExample, "body")).not.toThrow();
  }
});

test("only the events and the bytes of objects take a token in the address", () => {
  const open = routes.filter((route) => route.tokenInQuery).map(({ path }) => path);
  expect(open.sort()).toEqual(["/v1/events", "/v1/objects/{link}"]);
});

test("paths match part by part, decoded once", () => {
  expect(matchPath("/v1/objects/{link}", "/v1/objects/a%2Fb%25")).toEqual({ link: "a/b%" });
  expect(matchPath("/v1/objects/{link}", "/v1/objects/")).toBeUndefined();
  expect(matchPath("/v1/objects/{link}", "/v1/objects/%ff")).toBeUndefined();
  expect(matchPath("/v1/objects/{link}", "/v1/objects/a/b")).toBeUndefined();
  expect(matchPath("/v1/status", "/v1/status")).toEqual({});
});

test("errors of the rooms get the status that fits", () => {
  const statusFor = (error: unknown): number => statusOf(asApiError(error, SILENT_LOG).code);
  expect(statusFor(new ApiError("too-slow", "x"))).toBe(408);
  expect(statusFor(new DiskError("full", "x"))).toBe(507);
  expect(statusFor(new DiskError("io", "x"))).toBe(500);
  for (const [code, status] of [
    ["disk-full", 507],
    ["disk", 500],
    ["not-enough-fragments", 503],
    ["busy", 503],
    ["bad-link", 400],
    ["bad-range", 416],
    ["bad-layers", 400],
    ["too-large", 413],
  ] as const) {
    expect([code, statusFor(new StoreError(code, "x"))]).toEqual([code, status]);
  }
  const facts = { most: "5.00", levy: "", unit: "hour" };
  const refusal = new community.CommunityRefusal("limit", "x", { code: "limit", facts });
  expect(asApiError(refusal, SILENT_LOG).reason).toEqual({ code: "limit", facts });
  expect(JSON.parse(errorJson(asApiError(refusal, SILENT_LOG)))).toEqual({
    error: { code: "conflict", message: "x", reason: { code: "limit", facts } },
  });
  const secret = new AssertionError("where the treasure is");
  const told = asApiError(secret, SILENT_LOG);
  expect([told.code, told.message.includes("treasure")]).toEqual(["internal", false]);
  expect(asApiError(new TypeError("treasure"), SILENT_LOG).message).not.toContain("treasure");
});
