// A screen that failed says so and leads back; a blank window would be a dead end.

import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { Notice } from "#ui/Notice.tsx";
import { words } from "#ui/words.ts";

interface BrokenProps {
  onStart: () => void;
  children: ReactNode;
}

export class Broken extends Component<BrokenProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    const start = () => {
      this.setState({ broken: false });
      this.props.onStart();
    };
    return (
      <main className="broken">
        <div>
          <Notice
            kind="danger"
            title={words.brokenTitle}
            action={<Button onClick={start}>{words.brokenAction}</Button>}
          >
            <p>{words.brokenText}</p>
          </Notice>
        </div>
      </main>
    );
  }
}
