// What the find screen says.

import { counted } from "#ui/words.ts";

export const words = {
  title: "Find a patient",
  label: "Name, number, phone or village",
  hint: "Any part will do, accents or not: “ama uwi”, “1004-00017”, “0788”",
  searching: "Looking…",
  opening: "Opening…",
  found: (many: number, limited: boolean) =>
    limited ? `The best ${many}. Type more to see fewer.` : counted(many, "patient found", "patients found"),
  none: (text: string) => `Nobody here matches “${text}”.`,
  noneHint: "Try fewer letters, another spelling, the phone or the number on the card.",
  register: "Register a new patient",
  registerAs: (text: string) => `Register “${text}” as a new patient`,
  recent: "Opened since you unlocked",
  start: "Begin to type. The list follows every letter.",
  charts: (many: number) =>
    `${counted(many, "patient", "patients")} on this computer, with or without a network.`,
  conflicts: (many: number) =>
    `${counted(many, "patient has", "patients have")} two values that someone must choose between.`,
  decide: "Look at them",
  conflict: "To decide",
  results: "Patients",
  keys: "choose",
  open: "open",
};
