// What stands before the work: one card on the road, to come in by.

import type { ReactNode } from "react";
import { Mark } from "./icons";
import "./Door.css";

export function Door({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="door">
      <div className="door-card card">
        <p className="door-brand">
          <Mark />
          Posta
        </p>
        <h1 className="door-title">{title}</h1>
        {children}
      </div>
    </main>
  );
}
