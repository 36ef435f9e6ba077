/** What two peers say to each other on the streams of a service: one question, one answer. */
export interface Talk<Q, A> {
  /** Name of the session service. */
  readonly service: string;
  /** Bytes of a frame, its length field not counted. */
  readonly frameBytesMax: number;
  /** Either of them with its length field. */
  encode(frame: Q | A): Uint8Array;
  /** @throws WireError for anything that is no frame of this service */
  decode(content: Uint8Array): Q | A;
  /** Whether a frame asks; all others answer. */
  isQuestion(frame: Q | A): frame is Q;
}
