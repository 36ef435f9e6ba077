/**
 * Keeps the files of this page, and nothing else, so that it opens while the peer is stopped. What
 * the peer answers (paths under `v1/`) never comes through here.
 */

/** What a service worker has, as far as this one needs it (W3C Service Workers). */
interface Worker {
  addEventListener(name: "install" | "activate", hear: (event: Waiting) => void): void;
  addEventListener(name: "fetch", hear: (event: Fetching) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly registration: { readonly scope: string };
}

interface Waiting {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetching {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const worker = globalThis as unknown as Worker;

/** Put in by the build: a name for this version, then every file of it. */
const [version = "", ...files] = "__FILES__".split(" ");
const PREFIX = "peernet-page-";
const CACHE = `${PREFIX}${version}`;

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const path = pathOf(request.url);
  if (path === undefined) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (files.includes(path)) event.respondWith(file(request));
});

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(["./", ...files].map((path) => new Request(path, { cache: "reload" })));
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  }
  await worker.clients.claim();
}

/** Where a file lies below this page; undefined for what is no file of it. */
function pathOf(url: string): string | undefined {
  const { scope } = worker.registration;
  if (!url.startsWith(scope)) return undefined;
  const path = url.slice(scope.length).split(/[?#]/)[0] ?? "";
  return path.startsWith("v1/") ? undefined : path;
}

/** The page as the peer has it now; as it was kept where the peer does not answer. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match("./", { cacheName: CACHE });
    if (kept === undefined) throw error;
    return kept;
  }
}

/** Names of files change with what is in them, so one that is kept is the one that is meant. */
async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? (await fetch(request));
}

export {};
