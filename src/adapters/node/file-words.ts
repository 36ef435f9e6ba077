import { errorText, systemCode } from "./errors.ts";

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

/** What the home, or a part of it, is kept from, where that differs from a file that somebody chose. */
const HOMES: Readonly<Record<string, string>> = {
  EACCES: "you may not read or write there",
  EPERM: "you may not read or write there",
  ENOENT: "nothing can be made there",
  EEXIST: "a file is where a folder should be",
  ENOTEMPTY: "a folder is where a file should be",
};

/** LevelDB tells in words what other programs tell by a code. */
const LEVEL_WORDS: readonly (readonly [RegExp, string])[] = [
  [/no space left/i, "ENOSPC"],
  [/quota exceeded/i, "EDQUOT"],
  [/permission denied/i, "EACCES"],
  [/read-only file system/i, "EROFS"],
  [/not a directory/i, "ENOTDIR"],
  [/is a directory/i, "EISDIR"],
  [/too many open files/i, "EMFILE"],
  [/input\/output error/i, "EIO"],
  [/no such file/i, "ENOENT"],
];

/** Causes of an error that are looked at. */
const CAUSES_MAX = 8;

/** Why a file cannot be read, in words that stand in a sentence; what is not known keeps the system's text. */
export function whyUnread(error: unknown): string {
  return trouble(error, READING);
}

/** Why a file or folder cannot be written, in words that stand in a sentence. */
export function whyUnwritten(error: unknown): string {
  return trouble(error, WRITING);
}

/** Why the home or a part of it cannot be used, in words that stand in a sentence. */
export function whyNoHome(error: unknown): string {
  return trouble(error, { ...WRITING, ...HOMES });
}

/** The system's code of what stood in the way, also where a database tells it in words; "" where there is none. */
export function rootCode(error: unknown): string {
  let one = error;
  for (let depth = 0; one !== undefined && depth < CAUSES_MAX; depth++) {
    const code = systemCode(one);
    if (/^E[A-Z0-9]+$/.test(code)) return code;
    const text = errorText(one);
    const told = LEVEL_WORDS.find(([words]) => code.startsWith("LEVEL_") && words.test(text));
    if (told !== undefined) return told[1];
    one = one instanceof Error ? one.cause : undefined;
  }
  return "";
}

function trouble(error: unknown, own: Readonly<Record<string, string>>): string {
  const code = rootCode(error);
  return own[code] ?? EITHER[code] ?? errorText(error);
}
