/** Prefix of the records that say which folders there are. */
export const FOLDERS = "folders/f/";

const NUMBER_DIGITS = 12;

/** Digits at the end of an entry's key that differ within one bucket of 16. */
const BUCKET_DIGITS = 1;

/** Key of a folder. */
export function folderKey(folder: string): string {
  return FOLDERS + folder;
}

/** Prefix of the logs of a folder. */
export function logsPrefix(folder: string): string {
  return `folders/l/${folder}/`;
}

/** Prefix of the records of single paths of a folder; the path follows. Only earlier versions wrote them. */
export function pathsPrefix(folder: string): string {
  return `folders/p/${folder}/`;
}

/** Prefix of the packed children of a folder's directories; key of the bucket, `/` and path follow. */
export function packsPrefix(folder: string): string {
  return `folders/k/${folder}/`;
}

/** Key of packed children of a directory. */
export function packKey(folder: string, bucket: number, path: string): string {
  return `${packsPrefix(folder)}${bucket.toString(16)}/${path}`;
}

/** Prefix of the records of what changed together; a number follows. */
export function runsPrefix(folder: string): string {
  return `folders/r/${folder}/`;
}

/** Key of what changed together: keys sort as the changes came. */
export function runKey(folder: string, run: number): string {
  return runsPrefix(folder) + digits(run);
}

/** Prefix of the closed bundles of a folder; log, `/` and number follow. */
export function bundlesPrefix(folder: string): string {
  return `folders/u/${folder}/`;
}

/** Prefix of the bytes of bundles that are not stored yet; number, `/` and offset follow. */
export function openBundlesPrefix(folder: string): string {
  return `folders/b/${folder}/`;
}

/** Prefix of the entries of a folder. */
export function entriesPrefix(folder: string): string {
  return `folders/e/${folder}/`;
}

/** Key of an entry: keys of one log sort as its entries do. */
export function entryKey(folder: string, log: string, seq: number): string {
  return `${entriesPrefix(folder)}${log}/${digits(seq)}`;
}

/** Prefix of the 16 entries among which `seq` is. */
export function entryBucket(folder: string, log: string, seq: number): string {
  return entryKey(folder, log, seq).slice(0, -BUCKET_DIGITS);
}

/** Key of a closed bundle. */
export function bundleKey(folder: string, log: string, bundle: number): string {
  return `${bundlesPrefix(folder)}${log}/${digits(bundle)}`;
}

/** Key of bytes of a bundle that is not stored yet. */
export function openBundleKey(folder: string, bundle: number, offset: number): string {
  return `${openBundlesPrefix(folder)}${digits(bundle)}/${digits(offset)}`;
}

/** Prefix of the lists of chunks of objects in a folder; a number follows that grows with time. */
export function chunkListsPrefix(folder: string): string {
  return `folders/c/${folder}/`;
}

/** Key of a list of chunks. */
export function chunkListKey(folder: string, number: number): string {
  return chunkListsPrefix(folder) + digits(number);
}

function digits(number: number): string {
  return number.toString(16).padStart(NUMBER_DIGITS, "0");
}
