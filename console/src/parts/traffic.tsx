import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { formatBytes } from "../state/format.ts";
import { lineOf, traffic, watchTraffic } from "../state/traffic.ts";
import { say } from "../words/language.ts";

const BOX = { width: 280, height: 44 };

/** What passes the links of this peer, now and in the last minutes. */
export function TrafficCard(): JSX.Element {
  const { map } = say();
  useEffect(watchTraffic, []);
  const { rates } = traffic.value;
  const now = rates.at(-1);
  const most = Math.max(0, ...rates.map(({ received, sent }) => Math.max(received, sent)));
  const words = (bytes: number): string => map.perSecond(formatBytes(Math.round(bytes)));
  return (
    <section class="traffic" aria-label={map.traffic}>
      <h2>{map.traffic}</h2>
      <p class="quiet" hidden={now !== undefined}>
        {say().common.loading}
      </p>
      <p class="quiet" hidden={now === undefined}>
        <span>
          <i class="dash in" aria-hidden="true" /> {map.received(words(now?.received ?? 0))}
        </span>
        <span>
          <i class="dash out" aria-hidden="true" /> {map.sent(words(now?.sent ?? 0))}
        </span>
      </p>
      <svg
        viewBox={`0 0 ${BOX.width} ${BOX.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={map.trafficMost(words(most))}
      >
        <path
          class="in"
          d={lineOf(
            rates.map(({ received }) => received),
            most,
            BOX,
          )}
        />
        <path
          class="out"
          d={lineOf(
            rates.map(({ sent }) => sent),
            most,
            BOX,
          )}
        />
      </svg>
    </section>
  );
}
