import { errorText, systemCode } from "../adapters/node/errors.ts";

/** What stood in the way of either, by the system's code. */
const EITHER: Readonly<Record<string, string>> = {
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "it is a folder",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its links lead round in a circle",
  EBUSY: "another program uses it",
  ETXTBSY: "another program uses it",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EIO: "the disk reports an error",
};

const READING: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "you may not read it",
  EPERM: "you may not read it",
};

const WRITING: Readonly<Record<string, string>> = {
  ENOENT: "the folder for it is not there",
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "that disk can only be read",
  ENOSPC: "no space is left on that disk",
  EDQUOT: "your share of that disk is used up",
  EFBIG: "that disk takes no file so large",
  EEXIST: "it is there already",
  ENOTEMPTY: "it is there already",
};

/** Why a file cannot be read, in words that stand in a sentence; what is not known keeps the system's text. */
export function whyUnread(error: unknown): string {
  return trouble(error, READING);
}

/** Why a file or folder cannot be written, in words that stand in a sentence. */
export function whyUnwritten(error: unknown): string {
  return trouble(error, WRITING);
}

function trouble(error: unknown, own: Readonly<Record<string, string>>): string {
  const code = systemCode(error);
  return own[code] ?? EITHER[code] ?? errorText(error);
}
