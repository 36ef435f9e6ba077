/** How sharp few fragments are to show what is stored. */
export const LAYER_WISHES = ["gentle", "rich", "flat", "steep"] as const;

/** How it is coded. */
export const CODE_NAMES = ["home", "default", "wide"] as const;

/** What a person wishes of what is stored. */
export interface PutWishes {
  readonly layers: (typeof LAYER_WISHES)[number];
  readonly code: (typeof CODE_NAMES)[number];
}
