// What deciding between two values says.

export const words = {
  listTitle: "Two values, one truth",
  listHint:
    "These were written apart, at places that could not talk to each other. Nothing was lost. Choose the one that is right.",
  none: "Nothing to decide. Every patient has one value for everything.",
  open: "Open the chart",
  back: "Back",
  title: (about: string) => `${about}: which is right?`,
  value: "The right one",
  by: (author: string, site: string, device: string, when: string) =>
    `${author}, ${site} (${device}), ${when}`,
  because: (reason: string) => `“${reason}”`,
  reason: "How do you know?",
  reasonHint: "Seen on the identity card; asked the mother",
  needsValue: "Choose one of them.",
  needsReason: "Write how you know, in a few words.",
  save: "This one is right",
  kept: "Both values stay in the history.",
} as const;
