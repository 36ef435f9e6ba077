import { useCallback, useEffect, useState } from "preact/hooks";
import { wordsOf } from "./errors.ts";
import type { Loaded } from "./resource.ts";

/** One answer that a component asks for itself, and a way to put a newer one in its place. */
export interface Asked<T> extends Loaded<T> {
  readonly retry: () => void;
  readonly put: (data: T) => void;
}

/**
 * Asks the peer once a component is on the page, and again when a key changes.
 * @param everyMs asks again that often; never without it
 */
export function useAsk<T>(
  fetch: () => Promise<T>,
  keys: readonly unknown[],
  everyMs?: number,
): Asked<T> {
  const [state, setState] = useState<Loaded<T>>({ data: undefined, error: undefined });
  const load = useCallback(() => {
    let isOver = false;
    fetch().then(
      (data) => {
        if (!isOver) setState({ data, error: undefined });
      },
      (cause: unknown) => {
        if (!isOver) setState((before) => ({ data: before.data, error: wordsOf(cause) }));
      },
    );
    return () => {
      isOver = true;
    };
  }, keys);
  useEffect(() => {
    const end = load();
    if (everyMs === undefined) return end;
    const poll = setInterval(() => {
      if (!document.hidden) load();
    }, everyMs);
    return () => {
      end();
      clearInterval(poll);
    };
  }, [load]);
  const put = (data: T): void => setState({ data, error: undefined });
  return { ...state, put, retry: () => void load() };
}
