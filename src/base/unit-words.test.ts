import { expect, test } from "vitest";
import { unitsName, withUnit } from "./unit-words.ts";

test("what is many gets an s where that is plain English, and stays as it stands elsewhere", () => {
  expect(["hour", "bread roll", "day"].map(unitsName)).toEqual(["hours", "bread rolls", "days"]);
  const asTheyStand = [
    ...["EUR", "kWh", "€", "Std.", "Stunde", "Stunden", "hours", "box", "lunch"],
    ...["penny", "zł", "часы", "h1", ""],
  ];
  expect(asTheyStand.map(unitsName)).toEqual(asTheyStand);
});

test("an amount of one has no s", () => {
  expect(withUnit("1.00", "hour")).toBe("1.00 hour");
  expect(withUnit("37.38", "hour")).toBe("37.38 hours");
  expect(withUnit("0.50", "hour")).toBe("0.50 hours");
  expect(withUnit("5", "€")).toBe("5 €");
});
