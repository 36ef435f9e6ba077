import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** Nothing from outside, no frames, no inline scripts: what the console needs and no more. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
    "media-src blob:; " +
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Serves the built console page; false where there is no such file. */
export async function serveConsole(
  directory: string,
  path: string,
  response: ServerResponse,
): Promise<boolean> {
  const name = path === "/" ? "index.html" : normalize(path).replace(/^[/\\]+/, "");
  if (name.startsWith(".") || name.includes("\0") || name.includes(`${sep}.`)) return false;
  const type = TYPES[extname(name)];
  if (type === undefined) return false;
  try {
    const content = await readFile(join(directory, name));
    const cache = name.startsWith("assets") ? "max-age=31536000, immutable" : "no-cache";
    response.writeHead(200, {
      "content-type": type,
      "content-length": content.length,
      "cache-control": cache,
    });
    response.end(content);
    return true;
  } catch {
    return false;
  }
}
