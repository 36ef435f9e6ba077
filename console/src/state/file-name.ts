/**
 * The file name of a Content-Disposition header (RFC 6266), `filename*` (RFC 8187) before
 * `filename`; without folders and characters that file systems dislike.
 */
export function fileNameOf(header: string | null, fallback: string): string {
  const name = extended(header ?? "") ?? plain(header ?? "") ?? fallback;
  const last = name.split(/[/\\]/).at(-1) ?? "";
  const safe = last
    .replace(/[\p{Cc}<>:"|?*\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu, "")
    .replace(/^[. ]+|[. ]+$/g, "");
  return [...safe].slice(0, 120).join("") || fallback;
}

function extended(header: string): string | undefined {
  const found = /filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (found === undefined) return undefined;
  try {
    return decodeURIComponent(found);
  } catch {
    return undefined;
  }
}

function plain(header: string): string | undefined {
  const quoted = /filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, "$1");
  return /filename\s*=\s*([^";\s]+)/i.exec(header)?.[1];
}
