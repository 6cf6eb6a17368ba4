// From an error's code to words. The words are in words.ts; nothing here reads an error's text.

import type { CommandError } from "#platform";
import { problems } from "./words";

/** What to tell the person. */
export function explain(error: CommandError): string {
  // A code of a newer shell, or a failure of the bridge itself, which carries none.
  return problems[error?.code] ?? problems.fault;
}

/** The problem of one field, for the place beside it. */
export function fieldProblem(error: CommandError | null, field: string): string | null {
  return error?.detail?.field === field ? explain(error) : null;
}

/** The problem where no field of the form is to blame. */
export function generalProblem(error: CommandError | null, fields: readonly string[]): string | null {
  if (!error) return null;
  const field = error.detail?.field;
  return field && fields.includes(field) ? null : explain(error);
}
