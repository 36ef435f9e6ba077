import { concatBytes, equalBytes } from "../../base/bytes.ts";
import { must, type TypedError } from "../../base/errors.ts";
import type { FileTreeError, TreeEntry } from "../../ports/index.ts";
import { ask } from "../asking.ts";
import { SimulationError } from "../errors.ts";
import type { SimPeer } from "../sim-peer.ts";
import type { World } from "../world.ts";

/** A version of a file whose writer was told that it is safe. */
export interface KeptWrite {
  readonly by: SimPeer;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The name of the version. */
  readonly etag: string;
}

/** What became of the writes of a folder. */
export interface FolderCheck {
  readonly acknowledged: number;
  /** Of those, replaced or removed by somebody who had seen just that version. */
  readonly replaced: number;
  /** Of the others, those that some member cannot find, or reads other bytes of. */
  readonly lost: readonly KeptWrite[];
  /** Versions beyond the first at paths that were written at the same time. */
  readonly conflictCopies: number;
}

/** Longest wait for all files of a folder to be read, in virtual milliseconds. */
const READ_MS_MAX = 300_000;

/**
 * One folder that many peers write as programs do: they say which version they replace. So it is
 * known of every version whether it may be gone.
 */
export class SharedFolder {
  readonly members: SimPeer[] = [];
  readonly acknowledged: KeptWrite[] = [];
  /** Writes refused since somebody else had been faster. */
  refused = 0;
  readonly #world: World;
  /** How often a version was replaced by a write that was not refused. */
  readonly #replaced = new Map<string, number>();
  #id = "";

  constructor(world: World) {
    this.#world = world;
  }

  /** A first member makes it. */
  create(by: SimPeer): void {
    this.#id = ask<string>(this.#world, by, ({ folders }, done) =>
      folders.create("shared", (error, info) => {
        if (error !== null) throw error;
        done(must(info, "a folder without an error").id);
      }),
    );
    this.members.push(by);
  }

  /** Another one comes in by the link of a member. */
  join(member: SimPeer, guest: SimPeer): void {
    const links = must(
      member.act(({ folders }) => folders.links(this.#id)),
      "members run",
    );
    const { write: link } = links;
    ask<boolean>(this.#world, guest, ({ folders }, done) =>
      folders.join(must(link, "members may write"), undefined, (error) => {
        if (error !== null) throw error;
        done(true);
      }),
    );
    this.members.push(guest);
  }

  /** Saves a file over the version that the writer sees, or anew where it sees none. */
  write(by: SimPeer, path: string, bytes: Uint8Array): void {
    const seen = this.#etag(by, path);
    by.act(({ folders }) => {
      this.#count(seen, 1);
      const options = seen === undefined ? { ifAbsent: true } : { ifMatch: seen };
      const writer = folders.tree(this.#id).write(path, options, {
        onDone: ({ etag }) => void this.acknowledged.push({ by, path, bytes, etag }),
        onError: (error) => this.#refuse(error, seen),
      });
      writer.write(bytes);
      writer.finish();
    });
  }

  /** Removes what the remover sees. */
  remove(by: SimPeer, path: string): void {
    const seen = this.#etag(by, path);
    if (seen === undefined) return;
    by.act(({ folders }) => {
      this.#count(seen, 1);
      folders.tree(this.#id).remove(path, (error) => {
        if (error !== null) this.#refuse(error, seen);
      });
    });
  }

  /** Whether all members among these peers see the same versions, and know of none that they have not. */
  isSettled(peers: readonly SimPeer[] = this.members): boolean {
    const members = this.members.filter((member) => peers.includes(member));
    const views = members.map((member) => this.#view(member));
    const [first] = views;
    return views.every((view) => view !== undefined && view === first);
  }

  /** What a member sees, and whether it can read all of that now. */
  check(): FolderCheck {
    const isReplaced = ({ etag }: KeptWrite): boolean => (this.#replaced.get(etag) ?? 0) > 0;
    const due = this.acknowledged.filter((write) => !isReplaced(write));
    const lost = new Set<KeptWrite>();
    for (const member of this.members) {
      for (const write of this.#missing(member, due)) lost.add(write);
    }
    const [first] = this.members;
    return {
      acknowledged: this.acknowledged.length,
      replaced: this.acknowledged.length - due.length,
      lost: [...lost],
      conflictCopies: first === undefined ? 0 : this.#conflictCopies(first),
    };
  }

  /** Those that a member cannot find or reads other bytes of. */
  #missing(member: SimPeer, due: readonly KeptWrite[]): readonly KeptWrite[] {
    const names = new Map(this.#list(member).map(({ etag, name }) => [etag, name]));
    const results = new Map<KeptWrite, boolean>();
    for (const write of due) {
      const name = names.get(write.etag);
      if (name === undefined) results.set(write, false);
      else this.#read(member, name, (read) => results.set(write, equalBytes(read, write.bytes)));
    }
    this.#world.runUntil(() => results.size === due.length, READ_MS_MAX, 50);
    return due.filter((write) => results.get(write) !== true);
  }

  #read(member: SimPeer, path: string, done: (bytes: Uint8Array) => void): void {
    const parts: Uint8Array[] = [];
    member.act(({ folders }) =>
      folders.tree(this.#id).read(
        path,
        { from: 0 },
        {
          onStart: () => undefined,
          onBytes: (bytes) => void parts.push(bytes.slice()),
          onEnd: () => done(concatBytes(...parts)),
          onError: () => done(concatBytes(...parts)),
        },
      ),
    );
  }

  #view(member: SimPeer): string | undefined {
    return member.act(({ folders }) => {
      if (folders.info(this.#id).missing > 0) return undefined;
      return this.#list(member)
        .map(({ etag }) => etag)
        .sort()
        .join(" ");
    });
  }

  #list(member: SimPeer): readonly TreeEntry[] {
    let entries: readonly TreeEntry[] = [];
    member.act(({ folders }) =>
      folders.tree(this.#id).list("", (error, found) => {
        if (error !== null) throw error;
        entries = found ?? [];
      }),
    );
    return entries;
  }

  #etag(member: SimPeer, path: string): string | undefined {
    return this.#list(member).find(({ name }) => name === path)?.etag;
  }

  #conflictCopies(member: SimPeer): number {
    const conflicts = member.act(({ folders }) => folders.conflicts(this.#id)) ?? [];
    return conflicts.reduce((sum, { versions }) => sum + versions.length - 1, 0);
  }

  #count(etag: string | undefined, by: number): void {
    if (etag !== undefined) this.#replaced.set(etag, (this.#replaced.get(etag) ?? 0) + by);
  }

  /** Only who comes too late is refused; then nothing was replaced. */
  #refuse(error: FileTreeError | TypedError, seen: string | undefined): void {
    const isLate = ["conflict", "exists", "not-found"].includes(error.code);
    if (!isLate) {
      const words = `a write to a folder was refused: ${error.code}, ${error.message}`;
      throw new SimulationError("broken-promise", words, { cause: error });
    }
    this.#count(seen, -1);
    this.refused++;
  }
}
