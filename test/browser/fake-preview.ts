import { crc32, deflateSync } from "node:zlib";
import { FOLDER_MEDIA_TYPE, type ObjectBody } from "../../src/api/contract-store.ts";
import { ApiError } from "../../src/api/errors.ts";
import { box } from "../../src/media/mp4.ts";
import { mp4Still } from "../../src/media/mp4-still.ts";
import { testVideo } from "../../src/media/video.fixture.ts";
import { HOSTILE } from "./fake-data.ts";

/** What an object shows. */
interface FakePreview {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly shown: number;
  readonly total: number;
}

/** A page that tries everything that a page may try. */
export const HOSTILE_PAGE: string = `<!doctype html><html lang="en"><head>
<title>Harbour news</title><base href="https://example.com/">
<meta http-equiv="refresh" content="0;url=https://example.com/gone">
<style>body { background: url(https://example.com/style.png) }</style>
<link rel="stylesheet" href="https://example.com/a.css">
<script>globalThis.broken = true; parent.broken = true</script></head>
<body onload="parent.broken = true" background="https://example.com/b.png">
<h1>The ferry runs again</h1><p style="position:fixed">From <b>Monday</b> on, every hour.</p>
<img src="https://example.com/x.png" onerror="parent.broken = true" alt="The ferry">
<img src="/v1/status"><a href="javascript:parent.broken=true" target="_top">Timetable</a>
<iframe src="https://example.com/frame"></iframe><object data="https://example.com/o"></object>
<svg><script>parent.broken = true</script><image href="https://example.com/y.png"/></svg>
<form action="https://example.com/post"><input name="a"><button>Send</button></form>
<math><mtext><table><mglyph><style><!--</style><img src=x onerror="parent.broken = true">
</body></html>`;

/** Sides of the squares that a photo is made of, layer by layer, in pixels. */
const GRAINS = [32, 8, 1];
const WIDTH = 320;
const HEIGHT = 200;

/**
 * The preview of an object as the real peer would make it, when only `survivors` fragments are left.
 * @throws ApiError "unavailable" or "bad-request"
 */
export function previewOf(object: ObjectBody, layers: number, survivors: number): FakePreview {
  const { health, mediaType } = object;
  const total = health.layers.length;
  const alive = Math.min(survivors, health.alive);
  if (mediaType.startsWith("audio/")) {
    throw new ApiError("bad-request", "There is nothing to show of a sound. Download it.");
  }
  const readable = health.layers.filter(({ k }) => alive >= k).length;
  const shown = Math.min(layers, readable);
  if (shown === 0) {
    throw new ApiError("unavailable", `Only ${alive} fragments answer, the first layer takes 3.`);
  }
  const depth = { shown, total };
  if (mediaType === "text/html") {
    return { ...depth, mediaType: "text/html", bytes: Buffer.from(HOSTILE_PAGE) };
  }
  if (mediaType === "text/plain") {
    const text = `First lines <b>as they are</b>${shown < total ? "" : ", and all the others"}`;
    return { ...depth, mediaType: "text/plain; charset=utf-8", bytes: Buffer.from(text) };
  }
  if (mediaType === FOLDER_MEDIA_TYPE) {
    const files = [HOSTILE.script, "deep/notes.txt", HOSTILE.bidi].map((path, at) => ({
      ...{ path, sizeBytes: 1_200 * at, modifiedAtMs: 0 },
    }));
    const listing = {
      v: 1,
      kind: "folder",
      name: object.name,
      fileCount: 7,
      totalBytes: 9_000,
      files,
    };
    return { ...depth, mediaType: "application/json", bytes: Buffer.from(JSON.stringify(listing)) };
  }
  if (mediaType === "video/mp4") {
    return {
      ...depth,
      mediaType,
      bytes: Buffer.from(shown < total ? stillOf(testVideo()) : testVideo()),
    };
  }
  if (mediaType === "application/pdf") {
    const bytes = Buffer.from("Apple cake\nPlum jam");
    return { shown: 1, total, mediaType: "text/plain; charset=utf-8", bytes };
  }
  return { ...depth, mediaType: "image/png", bytes: photo(GRAINS[shown - 1] ?? 1) };
}

/** What shows a video before all of it is there. */
function stillOf(video: Uint8Array): Uint8Array {
  const [moov, ftyp] = [box(video, "moov"), box(video, "ftyp")];
  const still = moov && ftyp && mp4Still(moov, ftyp, video.length);
  if (!still) throw new ApiError("bad-request", "There is nothing to show of this video.");
  return still.build(video.subarray(still.at, still.at + still.sizeBytes));
}

/** A harbour at dusk as a PNG, drawn in squares of `grain` pixels. */
function photo(grain: number): Buffer {
  const rows = Buffer.alloc(HEIGHT * (1 + WIDTH * 3));
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const [red, green, blue] = colourAt(x - (x % grain), y - (y % grain));
      rows.set([red, green, blue], y * (1 + WIDTH * 3) + 1 + x * 3);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(WIDTH, 0);
  head.writeUInt32BE(HEIGHT, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function colourAt(x: number, y: number): readonly [number, number, number] {
  const isSun = (x - 210) ** 2 + (y - 78) ** 2 < 900;
  if (isSun) return [255, 214, 120];
  const isMast = y > 40 && y < 120 && (x % 64 === 20 || x % 64 === 21);
  const isHull = y >= 112 && y < 128 && x % 64 > 4 && x % 64 < 44;
  if (isMast || isHull) return [38, 44, 58];
  if (y < 120) return [90 + y, 110 + (y >> 1), 190 - y];
  const wave = Math.sin(x / 9 + y) > 0.4 ? 26 : 0;
  return [40 + wave, 80 + wave, 120 + wave];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  frame.set(body, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}
