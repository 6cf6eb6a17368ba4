// Every key, on one sheet.

import { Dialog } from "#ui/Dialog.tsx";
import { Computer, Fork } from "#ui/icons.tsx";
import { Key } from "#ui/Key.tsx";
import { words } from "./words";

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={words.helpTitle} size="44rem" onClose={onClose}>
      <dl className="help">
        {words.helpKeys.map(([key, what]) => (
          <div key={key} className="help-row">
            <dt>
              <Key>{key}</Key>
              <span className="unseen">{key}</span>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <h2 className="help-marks">{words.helpMarks}</h2>
      <p className="help-mark">
        <Computer /> <span>{words.helpOnlyHere}</span>
      </p>
      <p className="help-mark">
        <Fork /> <span>{words.helpConflict}</span>
      </p>
    </Dialog>
  );
}
