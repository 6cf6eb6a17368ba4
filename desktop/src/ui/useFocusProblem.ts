// Brings the hand to the first field that has a problem, wherever it is on a long form.

import { type RefObject, useEffect } from "react";

/** Looks each time the problem changes to another one. */
export function useFocusProblem(form: RefObject<HTMLElement | null>, problem: unknown): void {
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [form, problem]);
}
