/** One layer of what is stored, as its bytes come. */
export interface SourceLayer {
  readonly role: "preview" | "body";
  /** How few fragments are to open it. */
  readonly level: "coarse" | "middle" | "full";
  /** Undefined: whatever is left. */
  readonly sizeBytes: number | undefined;
}
