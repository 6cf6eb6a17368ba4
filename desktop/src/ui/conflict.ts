// One of the values that disagree, in words.

import type { ConflictRegister, ConflictValue, ConflictView } from "#platform";
import { dateWords, sexWords } from "./format";
import { words } from "./words";

/** What the values are about: a register by its name, an entry by what it says it is about. */
export function conflictAbout(conflict: ConflictView): string {
  return conflict.register === "statement" ? conflict.subject : words.register[conflict.register];
}

export function conflictValueWords(register: ConflictRegister, value: ConflictValue): string {
  switch (register) {
    case "birthDate":
      return value.estimated ? `${dateWords(value.value)} (${words.estimated})` : dateWords(value.value);
    case "sex":
      return sexWords(value.value);
    case "deceased":
      return words.deceasedValue[value.value] ?? `${words.died} ${dateWords(value.value)}`;
    case "statement":
      return value.value;
  }
}
