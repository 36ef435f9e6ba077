const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes of a text such as "20 GB" (decimal units), or undefined where it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?) ?([KMGT]?B)$/i.exec(text.trim());
  if (match === null) return undefined;
  const bytes = Math.round(
    Number(match[1]) * (UNITS[(match[2] ?? "").toUpperCase()] ?? Number.NaN),
  );
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
