/** What a start had to leave out because records were missing or damaged. */
export type MoneyLoss =
  /** The definition of a currency that nobody here refers to may be gone with it. */
  | { readonly t: "currency"; readonly id: string }
  | {
      readonly t: "line";
      readonly id: string;
      /** Who the partner is here, and what the currency is called, where that is known. */
      readonly partner: string | undefined;
      readonly currency: string | undefined;
      /** Signed batches of both sides that are whole, and at least how many are not, or stand on such. */
      readonly kept: number;
      readonly lost: number;
    }
  | {
      readonly t: "community";
      readonly id: string;
      /** What its currency is called, where its rules are here. */
      readonly currency: string | undefined;
      /** Records of it that are whole, and at least how many are not, or stand on such. */
      readonly kept: number;
      readonly lost: number;
    };
