import { utf8 } from "../base/bytes.ts";
import { MediaError } from "./errors.ts";
import { readablePage, xmlText } from "./html.ts";
import {
  DOCUMENT_BYTES_MAX,
  DOCUMENT_TEXT_BYTES_MAX,
  INFLATED_BYTES_MAX,
  SMALL_TEXT_BYTES_MAX,
} from "./limits.ts";
import { box } from "./mp4.ts";
import type { Mp4Still } from "./mp4-still.ts";
import { pdfFacts, pdfText } from "./pdf.ts";
import { cutPlan, type PlanRequest, previewRoom, secondRoom, withPreviews } from "./plan-parts.ts";
import { picturePreview } from "./plan-picture.ts";
import { cutBudgets } from "./profile.ts";
import { utf8Prefix } from "./sniff.ts";
import { cutText, sizeText, textOf, textPreview } from "./text.ts";
import type { LayerPlan } from "./types.ts";
import { videoLooks } from "./video-looks.ts";
import { type ArchiveMember, tarMembers, type ZipMember, zipContent, zipMembers } from "./zip.ts";

/** The least that a preview of words may take, in bytes. */
const WORDS_LEAST_BYTES = 1_024;

/** A text: its beginning and outline, then the text itself, its first part before the rest. */
export function planText(request: PlanRequest): LayerPlan {
  const { bytes, mediaType, aims } = request;
  if (bytes.length <= SMALL_TEXT_BYTES_MAX) {
    const layers = [{ level: aims.preview, role: "body", bytes } as const];
    return { mediaType, layers, transform: "none", note: "A small text is kept whole at the top." };
  }
  if (mediaType === "text/html") return planHtml(request);
  const preview = textPreview(textOf(bytes.subarray(0, DOCUMENT_BYTES_MAX)), previewRoom(request));
  const cuts = cutBudgets(aims, bytes.length, preview.length, bytes.length).map((budget) => {
    return utf8Prefix(bytes, budget).length;
  });
  return cutPlan(request, preview, { bytes, cuts, transform: "none" }, []);
}

/** A page: title and beginning of what there is to read, then all of it, then the page itself. */
function planHtml(request: PlanRequest): LayerPlan {
  const page = readablePage(textOf(request.bytes.subarray(0, DOCUMENT_BYTES_MAX)));
  return withWords(request, page, []);
}

/** Previews of words: their beginning, and as much of them as fits half-way up. */
function withWords(request: PlanRequest, words: string, notes: readonly string[]): LayerPlan {
  const room = Math.max(
    previewRoom(request),
    Math.min(WORDS_LEAST_BYTES, request.bytes.length / 50),
  );
  const first = utf8(cutText(words, room));
  const second = utf8(cutText(words, secondRoom(request, first.length)));
  const isMore = second.length > first.length;
  return withPreviews(request, [first, isMore ? second : undefined], notes.join(" ") || undefined);
}

/** A PDF: its first picture where it has one, and what is known of it in words. */
export function planPdf(request: PlanRequest): LayerPlan {
  const facts = pdfFacts(request.bytes);
  const room = previewRoom(request);
  const picture = facts.picture && tryPicture(facts.picture, room);
  const words = utf8(cutText(pdfText(facts, request.bytes.length), room));
  return withPreviews(request, picture ? [picture, words] : [words]);
}

/** A picture from within a file, made small; undefined where it cannot be read. */
function tryPicture(bytes: Uint8Array, room: number): Uint8Array | undefined {
  try {
    return picturePreview(bytes, room);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return undefined;
  }
}

/** Parts of office files that hold their words, and pictures of their first page. */
const OFFICE_TEXT =
  /^(word\/document\.xml|content\.xml|xl\/sharedStrings\.xml|ppt\/slides\/slide\d+\.xml)$/;
const OFFICE_PICTURE = /^(docProps\/thumbnail\.jpe?g|Thumbnails\/thumbnail\.png)$/;

/** An office file: the picture of its first page where it has one, and its words. */
export function planOffice(request: PlanRequest): LayerPlan {
  const { bytes } = request;
  const members = zipMembers(bytes);
  const picture = members.find(({ name }) => OFFICE_PICTURE.test(name));
  const parts = members.filter(({ name }) => OFFICE_TEXT.test(name));
  parts.sort((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  const words = cutWords(bytes, parts);
  if (!picture) return withWords(request, words === "" ? listing(members) : words, []);
  const small = tryPicture(zipContent(bytes, picture, INFLATED_BYTES_MAX), previewRoom(request));
  if (!small) return withWords(request, words, []);
  return withPreviews(request, [small, utf8(cutText(words, secondRoom(request, small.length)))]);
}

function cutWords(bytes: Uint8Array, parts: readonly ZipMember[]): string {
  let words = "";
  for (const part of parts) {
    const left = DOCUMENT_TEXT_BYTES_MAX - words.length;
    if (left <= 0) break;
    words += `${xmlText(textOf(zipContent(bytes, part, left)))}\n`;
  }
  return words.trim();
}

/** An archive: the list of what is in it. */
export function planArchive(request: PlanRequest): LayerPlan {
  const isTar = request.mediaType === "application/x-tar";
  const members = isTar ? tarMembers(request.bytes) : zipMembers(request.bytes);
  return withWords(request, listing(members), []);
}

function listing(members: readonly ArchiveMember[]): string {
  return members.map(({ name, sizeBytes }) => `${sizeText(sizeBytes)}\t${name}\n`).join("");
}

/** A video: its cover where it has one, and a picture of it. */
export function planVideo(request: PlanRequest): LayerPlan {
  const { bytes } = request;
  const moov = box(bytes, "moov");
  const looks = moov && videoLooks({ moov, ftyp: box(bytes, "ftyp") }, previewRoom(request));
  const first = looks?.cover ?? madeOf(looks?.still, bytes);
  const sharp = looks?.sharper(secondRoom(request, first?.length ?? 0));
  const second = madeOf(sharp, bytes);
  if (first ?? second) return withPreviews(request, [first, second]);
  return withPreviews(request, [], "No preview: no cover, and no picture that is small enough.");
}

function madeOf(still: Mp4Still | undefined, bytes: Uint8Array): Uint8Array | undefined {
  if (still === undefined) return undefined;
  const sample = bytes.subarray(still.at, still.at + still.sizeBytes);
  return sample.length === still.sizeBytes ? still.build(sample) : undefined;
}
