// The only door to the host: commands, events, and the shapes that cross.

import { commands, events, type StatusChanged } from "./bindings";
import { draftsKept } from "./useDraft";

export type * from "./bindings";

/** What a command gives: its answer, or a code that the screen puts into words. */
export type Result<T, E> = { status: "ok"; data: T } | { status: "error"; error: E };

export const platform = {
  ...commands,
  /** Locks, once everything that was typed is kept. */
  async lock(): Promise<void> {
    await draftsKept();
    // Whether or not the host could still write: it has let go of the person's keys.
    await commands.lock().catch(() => null);
  },
  /** Hears every change of what is at the hub and what is not; returns how to stop hearing. */
  onStatusChanged(hear: (news: StatusChanged) => void): () => void {
    const stop = events.statusChanged.listen((event) => hear(event.payload));
    return () => {
      void stop.then((unlisten) => unlisten());
    };
  },
};

export { type Draft, useDraft } from "./useDraft";
