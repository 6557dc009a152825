import { type RefObject, useEffect } from "react";
import { editBetween, moveCaret, type TextEdit } from "./text-edit";

/** A text that lives outside the page and may change under a person's hands. */
export type SharedText = {
  readonly read: () => string;
  readonly subscribe: (listener: () => void) => () => void;
  readonly edit: (edit: TextEdit, whole: string) => void;
};

/**
 * Binds a textarea to a shared text both ways and keeps the caret where the person left it. The
 * textarea is not controlled by React, since a redraw would throw the caret to the end; while an
 * input method composes, changes from outside wait.
 */
export function useSharedText(box: RefObject<HTMLTextAreaElement | null>, shared: SharedText): void {
  useEffect(() => {
    const area = box.current;
    if (area === null) return;
    let known = shared.read();
    let composing = false;
    area.value = known;

    function receive(): void {
      if (area === null || composing) return;
      const text = shared.read();
      const edit = editBetween(area.value, text);
      known = text;
      if (edit === null) return;
      const { selectionStart, selectionEnd, selectionDirection } = area;
      area.value = text;
      if (document.activeElement !== area) return;
      area.setSelectionRange(
        moveCaret(selectionStart, edit),
        moveCaret(selectionEnd, edit),
        selectionDirection,
      );
    }
    function send(): void {
      if (area === null || composing) return;
      const edit = editBetween(known, area.value);
      known = area.value;
      if (edit !== null) shared.edit(edit, area.value);
    }
    const begin = () => {
      composing = true;
    };
    const finish = () => {
      composing = false;
      send();
      receive();
    };
    area.addEventListener("input", send);
    area.addEventListener("compositionstart", begin);
    area.addEventListener("compositionend", finish);
    const unsubscribe = shared.subscribe(receive);
    return () => {
      unsubscribe();
      area.removeEventListener("input", send);
      area.removeEventListener("compositionstart", begin);
      area.removeEventListener("compositionend", finish);
    };
  }, [box, shared]);
}
