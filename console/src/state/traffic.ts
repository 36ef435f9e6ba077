import { type Signal, signal } from "@preact/signals";
import type { TrafficBody } from "../../../src/api/client/index.ts";
import { TRAFFIC_EVERY_MS, TRAFFIC_GAP_MS, TRAFFIC_RATES_MAX } from "../limits.ts";
import { api } from "./api.ts";

/** What passed this peer's links lately, in bytes per second. */
export interface Rate {
  readonly received: number;
  readonly sent: number;
}

/** The last readings, and the rates between them, the newest last. */
export interface Traffic {
  readonly last: TrafficBody | undefined;
  readonly rates: readonly Rate[];
}

/** What is known, as long as the page is open. */
export const traffic: Signal<Traffic> = signal({ last: undefined, rates: [] });

/** What one more reading says; after a gap or a new start of the peer, rates begin anew. */
export function withReading({ last, rates }: Traffic, next: TrafficBody): Traffic {
  const passedMs = next.atMs - (last?.atMs ?? Number.NaN);
  const received = next.receivedBytes - (last?.receivedBytes ?? 0);
  const sent = next.sentBytes - (last?.sentBytes ?? 0);
  const isGap = !(passedMs > 0 && passedMs <= TRAFFIC_GAP_MS) || received < 0 || sent < 0;
  if (isGap) return { last: next, rates: [] };
  const rate = { received: (received * 1_000) / passedMs, sent: (sent * 1_000) / passedMs };
  return { last: next, rates: [...rates, rate].slice(-TRAFFIC_RATES_MAX) };
}

/** A line through values from left to right, as the path of an SVG; `most` is at its upper edge. */
export function lineOf(
  values: readonly number[],
  most: number,
  box: { readonly width: number; readonly height: number },
): string {
  const step = box.width / (TRAFFIC_RATES_MAX - 1);
  const left = box.width - step * (values.length - 1);
  const points = values.map((value, at) => {
    const y = most <= 0 ? box.height : box.height * (1 - value / most);
    return `${(left + at * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  return points.length === 0 ? "" : `M${points.join("L")}`;
}

/** Reads again and again until the returned function is called; not while nobody looks. */
export function watchTraffic(): () => void {
  const read = async (): Promise<void> => {
    if (document.hidden) return;
    try {
      traffic.value = withReading(traffic.peek(), await api().traffic());
    } catch {
      // The banner tells that the peer does not answer.
    }
  };
  void read();
  const timer = setInterval(() => void read(), TRAFFIC_EVERY_MS);
  return () => clearInterval(timer);
}
