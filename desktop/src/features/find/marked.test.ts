import { expect, test } from "vitest";
import { split } from "./marked";

const marked = (text: string, sought: string) =>
  split(text, sought)
    .map((it) => (it.hit ? `[${it.text}]` : it.text))
    .join("");

test("the sought parts are marked, whatever their accents", () => {
  expect(marked("Mercedes Peña", "pena")).toBe("Mercedes [Peña]");
  expect(marked("Nguyễn Thị Mai", "NGUYEN mai")).toBe("[Nguyễn] Thị [Mai]");
  expect(marked("Amina Aminata", "ami")).toBe("[Ami]na [Ami]nata");
});

test("nothing sought, nothing marked", () => {
  expect(marked("Amina", "")).toBe("Amina");
  expect(marked("Amina", "  ")).toBe("Amina");
  expect(marked("", "a")).toBe("");
});
