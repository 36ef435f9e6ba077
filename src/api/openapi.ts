import type { Route } from "./route.ts";

/** The API as an OpenAPI 3.1 document, made from the route table. */
export function openApiOf(routes: readonly Route[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const operations = paths[route.path] ?? {};
    operations[route.method.toLowerCase()] = operationOf(route);
    paths[route.path] = operations;
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Peernet local API",
      version,
      description: "Loopback only. Every call carries the bearer token of the peer's api.json.",
    },
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    security: [{ token: [] }],
    paths,
  };
}

function operationOf(route: Route): unknown {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => ({
    name: match[1],
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(route.query ?? {}).map(([name, description]) => ({
    name,
    in: "query",
    description,
    schema: { type: "string" },
  }));
  return {
    summary: route.summary,
    parameters: [...inPath, ...inQuery],
    ...(route.bodyExample === undefined
      ? {}
      : { requestBody: { content: { "application/json": { example: route.bodyExample } } } }),
    responses: {
      default: {
        description: `${route.answers}; errors are ApiErrorBody (see src/api/contract.ts)`,
      },
    },
  };
}
