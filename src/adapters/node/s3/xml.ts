const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

/** The text of the first element of this name, or undefined where there is none. */
export function xmlText(xml: string, name: string): string | undefined {
  const found = new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
  return found?.replace(/&(lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** What is inside all elements of this name, which must not be nested. */
export function xmlParts(xml: string, name: string): string[] {
  const parts: string[] = [];
  for (let at = 0; ; ) {
    const from = xml.indexOf(`<${name}>`, at);
    const to = xml.indexOf(`</${name}>`, from);
    if (from < 0 || to < 0) return parts;
    parts.push(xml.slice(from + name.length + 2, to));
    at = to + name.length + 3;
  }
}

/** One page of a list of objects. */
export interface S3Page {
  readonly objects: readonly { readonly key: string; readonly sizeBytes: number }[];
  /** What asks for the next page; undefined where this was the last. */
  readonly next: string | undefined;
}

/** Reads the answer to ListObjectsV2 with `encoding-type=url`; undefined where it is none. */
export function parsePage(xml: string): S3Page | undefined {
  if (!/<ListBucketResult[ >]/.test(xml) || !xml.includes("</ListBucketResult>")) return undefined;
  const isEncoded = xmlText(xml, "EncodingType") === "url";
  const objects: { key: string; sizeBytes: number }[] = [];
  for (const part of xmlParts(xml, "Contents")) {
    const text = xmlText(part, "Key");
    const sizeBytes = Number(xmlText(part, "Size") ?? Number.NaN);
    if (text === undefined || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return undefined;
    const key = isEncoded ? decoded(text) : text;
    if (key === undefined) return undefined;
    objects.push({ key, sizeBytes });
  }
  const isTruncated = xmlText(xml, "IsTruncated") === "true";
  const next = isTruncated ? xmlText(xml, "NextContinuationToken") : undefined;
  return isTruncated && !next ? undefined : { objects, next };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
