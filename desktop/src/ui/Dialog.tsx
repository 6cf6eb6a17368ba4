// A question or a sheet over the screen: holds the focus, closes with Escape, gives the focus back.

import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { words } from "./words";

const NO_MOTION = { duration: 0 };

interface DialogProps {
  title: string;
  onClose: () => void;
  /** How wide, at most. */
  size?: string;
  children: ReactNode;
}

export function Dialog({ title, onClose, size = "34rem", children }: DialogProps) {
  return (
    // Locking the scroll and fading in would write styles at run time, which the content policy forbids.
    <Modal.Root opened onClose={onClose} size={size} centered lockScroll={false} transitionProps={NO_MOTION}>
      <Modal.Overlay />
      <Modal.Content>
        {/* The kit's own header is a <header>, which beside the window's would be a second banner. */}
        <div className="dialog-head">
          <Modal.Title>{title}</Modal.Title>
          <Modal.CloseButton aria-label={words.close} />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
