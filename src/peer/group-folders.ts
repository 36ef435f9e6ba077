import type { TypedError } from "../base/errors.ts";
import type { FolderInfo, Folders } from "../folders/index.ts";
import type { GroupActs, Groups } from "../groups/index.ts";
import type { Log } from "../ports/index.ts";

/** What the shared folders of groups are made of. */
export interface GroupFoldersOptions {
  readonly groups: Groups;
  readonly acts: GroupActs;
  readonly folders: Folders;
  readonly log: Log;
}

/**
 * Takes part in the folder that each group shares: its link is a setting of the group, so members
 * get it as they get everything of the group, and nobody else does.
 */
export class GroupFolders {
  readonly #options: GroupFoldersOptions;
  /** Links that were tried, by group: a folder that somebody has let go of stays away. */
  readonly #tried = new Map<string, string>();

  constructor(options: GroupFoldersOptions) {
    this.#options = options;
  }

  /** Something about a group has changed; where it has a folder that is new, it is here from now on. */
  groupChanged(id: string): void {
    const { groups, folders, log } = this.#options;
    const group = groups.roster.get(id);
    const link = group?.isIn === true ? group.log.policy("folder") : undefined;
    if (group === undefined || link === undefined || this.#tried.get(id) === link) return;
    this.#tried.set(id, link);
    folders.join(link, undefined, (error) => {
      if (error === null || error.code === "exists") return;
      log.warn("a group's folder could not be joined", { group: group.label, code: error.code });
    });
  }

  /**
   * Makes a folder that the group shares from now on: the first one, or a new one after somebody
   * was removed, who can no longer write to what members see. Errors: those of `Folders.create` and
   * "not-allowed" for who is no admin.
   */
  share(
    idOrLabel: string,
    done: (error: TypedError | null, folder: FolderInfo | undefined) => void,
  ): void {
    const { groups, acts, folders } = this.#options;
    const group = groups.find(idOrLabel);
    folders.create(this.#freeName(group.label), (error, folder) => {
      if (error !== null || folder === undefined) {
        done(error, undefined);
        return;
      }
      const link = folders.links(folder.id).write ?? "";
      this.#tried.set(group.id, link);
      acts.shareFolder(group.id, link, (failure) => {
        if (failure === null) {
          done(null, folder);
          return;
        }
        folders.forget(folder.id, () => done(failure, undefined));
      });
    });
  }

  #freeName(label: string): string {
    const names = new Set(this.#options.folders.list().map(({ name }) => name));
    let name = label;
    for (let count = 2; names.has(name); count++) name = `${label}-${count}`;
    return name;
  }
}
