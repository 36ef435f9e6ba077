import type {
  Displayable,
  DisplayFacts,
  LayerProfile,
  PlannedLayer,
  Transform,
} from "../../../media/index.ts";
import type { ShownLayer } from "../../../store/index.ts";

/** What the thread is asked. Its bytes are the thread's from then on. */
export type LayeringRequest =
  | {
      readonly id: number;
      readonly t: "plan";
      readonly file: Uint8Array;
      readonly name: string;
      readonly profile: LayerProfile;
    }
  | {
      readonly id: number;
      readonly t: "restore";
      readonly transform: Transform;
      readonly body: Uint8Array;
    }
  | {
      readonly id: number;
      readonly t: "show";
      readonly facts: DisplayFacts;
      readonly layers: readonly ShownLayer[];
    };

/** A plan without its bytes: where they lie in `bytes`. */
export interface PackedPlan {
  readonly mediaType: string;
  readonly layers: readonly (Omit<PlannedLayer, "bytes"> & { readonly sizeBytes: number })[];
  readonly transform: Transform;
  readonly note: string;
}

/** What the thread answers. */
export type LayeringAnswer =
  | {
      readonly id: number;
      readonly t: "planned";
      readonly plan: PackedPlan;
      /** The bytes of all layers, one after the other. */
      readonly bytes: Uint8Array;
    }
  /** Undefined where the body is none. */
  | { readonly id: number; readonly t: "restored"; readonly file: Uint8Array | undefined }
  | { readonly id: number; readonly t: "shown"; readonly shown: Displayable | undefined };
