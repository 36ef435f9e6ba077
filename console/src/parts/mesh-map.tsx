import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Graph } from "../layout/graph.ts";
import { MAP_DRAWN_ALONE_MAX } from "../limits.ts";
import { wordsOf } from "../state/errors.ts";
import { Failed, Loading } from "./states.tsx";

/** What both kinds of map are given. */
export interface MeshMapProps {
  readonly graph: Graph;
  readonly selected: string | undefined;
  readonly onSelect: (id: string | undefined) => void;
}

/** The map in the way that suits its size; its code comes only when it is looked at. */
export function MeshMap(props: MeshMapProps): JSX.Element {
  const isBig = props.graph.nodes.length > MAP_DRAWN_ALONE_MAX;
  const [Canvas, error] = useLoaded(isBig);
  if (Canvas !== undefined) return <Canvas {...props} />;
  // A peer that was upgraded under the open page has other files now.
  if (error !== undefined) return <Failed error={error} retry={() => location.reload()} />;
  return <Loading />;
}

type Canvas = ComponentType<MeshMapProps>;

function useLoaded(isBig: boolean): readonly [Canvas | undefined, string | undefined] {
  const [error, setError] = useState<string | undefined>(undefined);
  const [loaded, setLoaded] = useState<{ readonly isBig: boolean; readonly of: Canvas }>();
  useEffect(() => {
    let isOver = false;
    const load = isBig
      ? import("./big-map.tsx").then(({ BigMapCanvas }) => BigMapCanvas)
      : import("./map-canvas.tsx").then(({ MapCanvas }) => MapCanvas);
    load.then(
      (of) => {
        if (!isOver) setLoaded({ isBig, of });
      },
      (cause: unknown) => {
        if (!isOver) setError(wordsOf(cause));
      },
    );
    return () => {
      isOver = true;
    };
  }, [isBig]);
  return [loaded?.isBig === isBig ? loaded.of : undefined, error];
}
