import { expect, test } from "vitest";
import type { MessageBody } from "../../../src/api/client/index.ts";
import { deliveryWords } from "./delivery.ts";

test("the words say where a message is", () => {
  const message: MessageBody = {
    ...{ id: "1", contact: "ben", personId: "b", direction: "out", kind: "text", text: "hello" },
    ...{ sentAtMs: 0, state: "waiting", deliveredAtMs: null },
  };
  expect(deliveryWords(message)).toBe("waiting");
  const device = { peerId: "fd", name: "Phone", state: "held", sinceMs: 0 } as const;
  const holders = [{ name: "cleo", sinceMs: 0 }];
  const held = { ...message, deliveries: [{ ...device, holders }] };
  expect(deliveryWords(held)).toBe("with cleo");
  expect(deliveryWords({ ...held, state: "delivered" })).toBe("delivered");
  expect(deliveryWords({ ...message, state: "sent" })).toBe("sent by another device");
});
