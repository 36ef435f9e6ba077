import type { KeepingPeerBody } from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";

const GIGABYTE = 1e9;

/** Bytes of a number of gigabytes as people type it, with a point or a comma; undefined: it is none. */
export function parseGigabytes(text: string): number | undefined {
  const clean = text
    .trim()
    .replace(",", ".")
    .replace(/\s*gb$/i, "");
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(clean)) return undefined;
  const bytes = Math.round(Number(clean) * GIGABYTE);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Bytes as a number of gigabytes to be changed by hand: 10, 0.5. */
export function formatGigabytes(bytes: number): string {
  return String(Number((bytes / GIGABYTE).toFixed(3)));
}

/** How a peer stood its audits, in words. */
export function conductWords({ audits }: Pick<KeepingPeerBody, "audits">): string {
  const { proved, wrong, lost, silent, refused } = audits;
  const { look } = say();
  const asked = proved + wrong + lost + silent + refused;
  if (asked === 0) return look.unchecked;
  const bad = wrong + lost;
  const kept = look.proved(proved, asked);
  return bad === 0 ? kept : look.failed(kept, bad);
}
