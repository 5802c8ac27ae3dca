// SPDX-License-Identifier: Apache-2.0
// What a slot and its worker thread say to each other: processes are started, fed and killed (stage: turn).

/** What a slot is asked. */
export type SlotRequest =
  | {
      readonly op: "spawn";
      readonly process: number;
      readonly module: Uint8Array;
      readonly key: string;
    }
  | { readonly op: "write"; readonly process: number; readonly bytes: Uint8Array }
  | { readonly op: "kill"; readonly process: number };

/** What happens in it. */
export type SlotEvent =
  | { readonly event: "output"; readonly process: number; readonly bytes: Uint8Array }
  | { readonly event: "ended"; readonly process: number; readonly why: string };
