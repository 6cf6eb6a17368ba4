// What the registration says.

export const words = {
  title: "Register a new patient",
  family: "Family name",
  given: "Given names",
  sex: "Sex",
  sexes: [
    { value: "female", label: "Female" },
    { value: "male", label: "Male" },
    { value: "other", label: "Other" },
    { value: "unknown", label: "Not known" },
  ],
  phone: "Phone",
  village: "Village or town",
  district: "District",
  mother: "Mother’s name",
  save: "Register",
  back: "Back",
  needsName: "Write at least one name.",
  needsSex: "Choose one. “Not known” is an answer.",
  alikeTitle: "Already here?",
  alikeHint:
    "As you write the name, patients with a similar one appear here. Look before there are two charts.",
  alikeNone: "Nobody on this computer has a similar name.",
  alikeOpen: "Open instead",
  draft: "Taken up where you left off.",
  clear: "Begin anew",
  keeping: {
    kept: "What you write is kept on this computer.",
    waiting: "Keeping…",
    failed: "Could not be kept. Register soon.",
  },
} as const;
