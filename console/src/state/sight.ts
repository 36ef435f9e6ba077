import { PREVIEW_HEADER } from "../../../src/api/client/index.ts";
import { LOOK_BYTES_MAX, LOOK_PAGE_BYTES_MAX, LOOK_TEXT_CHARS_MAX } from "../limits.ts";
import { say } from "../words/language.ts";
import { api } from "./api.ts";
import { ConsoleError } from "./errors.ts";
import type { SightKind } from "./layer-words.ts";
import { type Listing, parseListing } from "./listing.ts";
import type { LookWish, Sight } from "./look.ts";
import { safePage } from "./safe-page.ts";

/** What the eye gets, ready to be put on the page. */
export type Shown =
  /** Decoded, so that it appears whole. */
  | { readonly kind: "picture"; readonly element: HTMLImageElement }
  /** Its first picture decoded; one of a single picture is what shows a video before it is whole. */
  | { readonly kind: "video"; readonly element: HTMLVideoElement }
  | { readonly kind: "text"; readonly text: string; readonly isCut: boolean }
  | { readonly kind: "listing"; readonly listing: Listing }
  /** Source of a page without anything active in it. */
  | { readonly kind: "page"; readonly source: string };

/** A preview of an object, ready to be shown. */
export type ObjectSight = Sight & Shown;

const PICTURES = /^image\/(jpeg|png|gif|webp|avif|bmp|svg\+xml)$/;

const VIDEOS = /^video\/(mp4|webm|ogg|quicktime)$/;

/** How a media type is shown; undefined where it is not for the eye. */
export function kindOf(contentType: string): SightKind | undefined {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (PICTURES.test(type)) return "picture";
  if (VIDEOS.test(type)) return "video";
  if (type === "text/html" || type === "application/xhtml+xml") return "page";
  return type.startsWith("text/") || type === "application/json" ? "text" : undefined;
}

/** What PREVIEW_HEADER says, such as `2/3`; one layer of one where it says nothing usable. */
export function layersOf(header: string | null): Pick<Sight, "shown" | "total"> {
  const [, shown = "1", total = "1"] = /^(\d{1,3})\/(\d{1,3})$/.exec(header ?? "") ?? [];
  const all = Math.max(1, Number(total));
  return { shown: Math.min(all, Math.max(1, Number(shown))), total: all };
}

/**
 * Asks the peer what an object shows, and makes it ready.
 * @throws ClientError where the peer refuses, ConsoleError("not-shown") where a page cannot show it
 */
export async function sightOf(
  link: string,
  wish: LookWish,
  signal: AbortSignal,
): Promise<ObjectSight> {
  const response = await api().previewObject(link, wish, signal);
  const type = response.headers.get("content-type") ?? "";
  const layers = layersOf(response.headers.get(PREVIEW_HEADER));
  const kind = kindOf(type);
  if (kind === undefined) {
    await response.body?.cancel();
    throw new ConsoleError("not-shown", say().look.unshown);
  }
  const isSeen = kind === "picture" || kind === "video";
  const blob = await bounded(response, isSeen ? type : "text/plain");
  const known = { ...layers, print: `${type} ${blob.size}` };
  if (isSeen) return { ...known, ...(await seen(blob, kind)) };
  const shown = kind === "page" ? await pageOf(blob) : await textOf(blob);
  return { ...known, ...shown, release: () => undefined };
}

/** The body, as long as it is one that a page should load. */
async function bounded(response: Response, type: string): Promise<Blob> {
  let sizeBytes = 0;
  const limit = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      sizeBytes += chunk.length;
      if (sizeBytes <= LOOK_BYTES_MAX) controller.enqueue(chunk);
      else controller.error(new ConsoleError("not-shown", say().look.tooLarge));
    },
  });
  const body = response.body?.pipeThrough(limit) ?? null;
  return await new Response(body, { headers: { "content-type": type } }).blob();
}

type Seen = Extract<Shown, { element: HTMLElement }> & Pick<Sight, "release">;

async function seen(blob: Blob, kind: "picture" | "video"): Promise<Seen> {
  const url = URL.createObjectURL(blob);
  const release = (): void => URL.revokeObjectURL(url);
  try {
    if (kind === "video") return { kind, element: await videoOf(url), release };
    const element = new Image();
    element.src = url;
    await element.decode();
    return { kind, element, release };
  } catch (cause) {
    release();
    throw new ConsoleError("not-shown", say().look.undecoded, { cause });
  }
}

/** A player that has decoded the first picture; it plays when somebody asks for it. */
async function videoOf(url: string): Promise<HTMLVideoElement> {
  const element = document.createElement("video");
  Object.assign(element, { src: url, controls: true, muted: true, playsInline: true });
  element.preload = "auto";
  await new Promise((resolve, reject) => {
    element.onloadeddata = resolve;
    element.onerror = () => reject(element.error);
  });
  return element;
}

async function pageOf(blob: Blob): Promise<Shown> {
  return { kind: "page", source: safePage(await blob.slice(0, LOOK_PAGE_BYTES_MAX).text()) };
}

/** A text, or the listing of a folder, which comes as a text too. */
async function textOf(blob: Blob): Promise<Shown> {
  // A character has at most four bytes in UTF-8.
  const text = await blob.slice(0, LOOK_TEXT_CHARS_MAX * 4).text();
  const listing = parseListing(text);
  if (listing !== undefined) return { kind: "listing", listing };
  const isCut = text.length > LOOK_TEXT_CHARS_MAX || blob.size > LOOK_TEXT_CHARS_MAX * 4;
  return { kind: "text", text: text.slice(0, LOOK_TEXT_CHARS_MAX), isCut };
}
