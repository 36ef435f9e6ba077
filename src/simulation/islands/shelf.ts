import { concatBytes, equalBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { planLayers } from "../../media/index.ts";
import { rootOf } from "../../store/index.ts";
import { FRAGMENT_PREFIX } from "../../store/records.ts";
import { recordsOn } from "../asking.ts";
import { fetchObject, putObject } from "../object-traffic.ts";
import type { SimPeer } from "../sim-peer.ts";
import type { World } from "../world.ts";

/** A file to be put as an object. */
export interface ShelfFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An object whose owner was told that all of it is safe. */
export interface ShelfObject {
  readonly by: SimPeer;
  readonly link: string;
  readonly bytes: Uint8Array;
  /** Bytes of its coarsest layer: what a preview shows. */
  readonly coarse: Uint8Array;
  /** When that was, in virtual milliseconds. */
  readonly atMs: number;
}

/** How many of so many looks succeeded. */
export interface Looks {
  readonly tried: number;
  readonly seen: number;
}

/** Longest wait for a round of reads, in virtual milliseconds. */
const READ_MS_MAX = 300_000;

/** How an object is to be read. */
type Look = (by: SimPeer, object: ShelfObject, done: (isSeen: boolean) => void) => void;

/** Objects put at default placement in gentle layers, and what everybody sees of them. */
export class Shelf {
  readonly objects: ShelfObject[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  put(by: SimPeer, { name, bytes }: ShelfFile): void {
    const [first] = planLayers(bytes, name, "gentle").layers;
    const { bytes: coarse } = must(first, "plans have a layer");
    const onStored = (link: string): void => {
      this.objects.push({ by, link, bytes, coarse, atMs: this.#world.nowMs });
    };
    putObject(by, { name, bytes, profile: "gentle" }, onStored, (error) => {
      throw error;
    });
  }

  /** Whether every object's fragments are where they should be, as their owners know. */
  isSpread(): boolean {
    return this.objects.every(
      ({ by, link }) => by.act(({ store }) => store.object(link)?.health.waiting) === 0,
    );
  }

  /** Everybody looks at every object, of which the coarsest layer is enough. */
  previews(readers: readonly SimPeer[], objects: readonly ShelfObject[]): Looks {
    return this.#round(readers, objects, preview);
  }

  /** Everybody reads every object whole. */
  whole(readers: readonly SimPeer[], objects: readonly ShelfObject[]): Looks {
    return this.#round(readers, objects, (by, object, done) => {
      fetchObject(by, object.link, ({ error, bytes }) =>
        done(error === undefined && equalBytes(bytes, object.bytes)),
      );
    });
  }

  /** Different fragments of an object that these peers have on their disks. */
  fragments(peers: readonly SimPeer[], { link }: ShelfObject): number {
    const prefix = `${FRAGMENT_PREFIX}${rootOf(link)}/`;
    const found = peers.flatMap((peer) => recordsOn(this.#world, peer, prefix));
    return new Set(found.map(({ key }) => key)).size;
  }

  #round(readers: readonly SimPeer[], objects: readonly ShelfObject[], look: Look): Looks {
    const tried = readers.length * objects.length;
    let over = 0;
    let seen = 0;
    for (const object of objects) {
      const until = over + readers.length;
      for (const by of readers) {
        look(by, object, (isSeen) => {
          over++;
          if (isSeen) seen++;
        });
      }
      this.#world.runUntil(() => over === until, READ_MS_MAX, 50);
    }
    return { tried, seen };
  }
}

function preview(by: SimPeer, object: ShelfObject, done: (isSeen: boolean) => void): void {
  const parts: Uint8Array[] = [];
  by.act(({ store }) =>
    store.get(
      object.link,
      {
        onBytes: (bytes) => void parts.push(bytes.slice()),
        onDone: () => done(equalBytes(concatBytes(...parts), object.coarse)),
        onError: () => done(false),
      },
      { preview: true, layersMax: 1 },
    ),
  );
}
