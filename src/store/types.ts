/** How far a job of the store has come; `done` of `total` in stripes or fragments. */
export interface StoreProgress {
  /** Tells jobs apart; unique while this peer runs. */
  readonly job: string;
  /** put, get and repair count stripes; spread counts fragments. */
  readonly kind: "put" | "get" | "spread" | "repair";
  /** The capability link as far as it is known here; empty before a put is done. */
  readonly link: string;
  readonly done: number;
  /** 0 while unknown, as during a put whose length nobody told. */
  readonly total: number;
}
