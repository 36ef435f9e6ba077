import type { KeepingPeerBody } from "../../../src/api/client/index.ts";
import { count } from "./format.ts";

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
  const asked = proved + wrong + lost + silent + refused;
  if (asked === 0) return "not checked yet";
  const bad = wrong + lost;
  const kept = `proved ${proved} of ${count(asked, "time")} that it keeps what it should`;
  return bad === 0 ? kept : `${kept}, failed ${bad}`;
}
