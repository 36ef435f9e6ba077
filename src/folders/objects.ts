import type { TypedError } from "../base/errors.ts";

/** Why an object could not be put or read, in the words of file trees. */
export type ObjectTrouble = "full" | "too-large" | "busy" | "unreachable" | "broken";

/** Takes the bytes of an object, in order; as `PutJob` of the store. */
export interface ObjectSink {
  /** False: wait for `onDrain`. */
  write(bytes: Uint8Array): boolean;
  finish(): void;
  abort(): void;
}

/** Steers a read of an object; as `GetJob` of the store. */
export interface ObjectSource {
  pause(): void;
  resume(): void;
  abort(): void;
}

/** What a put tells, never from inside a call. */
export interface ObjectPutEvents {
  onDrain(): void;
  /** Everything is persisted. `link`: read key and root, 64 bytes. */
  onDone(link: Uint8Array): void;
  onError(trouble: ObjectTrouble, cause: TypedError): void;
}

/** What a read tells. */
export interface ObjectGetEvents {
  /** Lent for the time of the call. */
  onBytes(bytes: Uint8Array): void;
  onDone(): void;
  onError(trouble: ObjectTrouble, cause: TypedError): void;
}

/** The store as folders see it. Errors that are known at once are thrown. */
export interface FolderObjects {
  /**
   * @param contentSeed 32 secret bytes that stand for the very bytes which are put: whoever puts them
   *   with it makes the same object
   * @throws TypedError where nothing can be put now
   */
  put(name: string, events: ObjectPutEvents, contentSeed?: Uint8Array): ObjectSink;
  /** The bytes from `from` up to `to`. @throws TypedError where nothing can be read now */
  get(link: Uint8Array, from: number, to: number, events: ObjectGetEvents): ObjectSource;
  /** Whether this device looks after the object, which can be read as far as is known. */
  keeps(link: Uint8Array): boolean;
  /** What an error that was thrown means. */
  troubleOf(error: TypedError): ObjectTrouble;
}
