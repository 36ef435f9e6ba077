import type { PeersBody, StatusBody } from "../../src/api/client/index.ts";
import { type Host, Lab, waitUntil } from "../../test/netns/lab.ts";

/** Links of a lab as pairs of hosts. */
export type Links = readonly (readonly [number, number])[];

/** Two ways from 0 to 3. */
export const DIAMOND: Links = [
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 3],
];

/** Node processes started at once: more only make each other late. */
const STARTED_AT_ONCE = 4;

/** A row of hosts, each linked to the next. */
export function chainOf(count: number): Links {
  return Array.from({ length: count - 1 }, (_, index) => [index, index + 1] as const);
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The value that a share of the values does not exceed (nearest rank), or null of none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** Runs a measurement in a lab with these links and removes the lab whatever happens. */
export async function inLab<T>(
  count: number,
  links: Links,
  measure: (lab: Lab) => Promise<T>,
  hasIpv4 = false,
): Promise<T> {
  const lab = new Lab(count);
  try {
    for (const [index, [a, b]] of links.entries()) {
      lab.link(a, b, hasIpv4 ? `10.99.${index}` : undefined);
    }
    return await measure(lab);
  } finally {
    await lab.remove();
  }
}

/** Starts all peers, a few at a time. */
export async function startAll(lab: Lab): Promise<void> {
  for (let first = 0; first < lab.hosts.length; first += STARTED_AT_ONCE) {
    const group = lab.hosts.slice(first, first + STARTED_AT_ONCE);
    await Promise.all(group.map((host) => host.start()));
  }
}

/** GET /v1/status of a host's peer. */
export async function statusOf(host: Host): Promise<StatusBody> {
  return (await host.call("GET", "/v1/status")).json as StatusBody;
}

/** GET /v1/peers of a host's peer. */
export async function peersOf(host: Host): Promise<PeersBody> {
  return (await host.call("GET", "/v1/peers")).json as PeersBody;
}

/** Waits until every host reaches all others; false: not within the limit. */
export async function allReachable(lab: Lab, limitMs: number): Promise<boolean> {
  const others = lab.hosts.length - 1;
  for (const host of lab.hosts) {
    const isThere = async (): Promise<boolean> => (await statusOf(host)).reachableCount === others;
    if ((await waitUntil(isThere, limitMs, 250)) === undefined) return false;
  }
  return true;
}

/** Whether a peer has `count` neighbours, none of them silent. */
export async function hasNeighbours(host: Host, count: number): Promise<boolean> {
  const { neighbours } = await peersOf(host);
  return neighbours.length === count && neighbours.every((neighbour) => !neighbour.suspect);
}
