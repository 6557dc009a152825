"use client";
import { useEffect } from "react";
import { unreachable } from "@/lib/kernel/assert";
import type { Seat } from "@/lib/session/view-model";
import { buttonClass } from "../_kit/button";
import { MessagePage } from "../_kit/message-page";
import { useStore } from "../_kit/use-store";
import { RefusedPage } from "../_lab/refused-page";
import { SeatView } from "./seat-view";

/** Draws a seat in whichever phase of its life it is. */
export function SeatPage({ seat, code }: { readonly seat: Seat; readonly code: string }) {
  const view = useStore(seat.store);
  const title =
    view.phase === "running"
      ? `${view.city}, ${view.state === "crashed" ? "down" : view.engine.role}`
      : "Joining";
  useEffect(() => {
    document.title = `${title} · Faultline`;
  }, [title]);
  switch (view.phase) {
    case "joining":
      return <Joining code={code} />;
    case "refused":
      return <RefusedPage error={view.error} code={code} page="lab" />;
    case "over":
      return <OverPage why={view.why} code={code} />;
    case "running":
      return <SeatView seat={seat} view={view} />;
    default:
      return unreachable(view);
  }
}

/** What a student sees for the second or two that joining takes. */
export function Joining({ code }: { readonly code: string }) {
  return (
    <MessagePage title={`Joining lab ${code}`}>
      <p role="status">
        Taking the next free data centre and connecting it to the others. This takes a few seconds.
      </p>
    </MessagePage>
  );
}

const overCopy = {
  kicked: {
    title: "The teacher has taken this seat back",
    text: "Your site is free for somebody else. Ask the teacher whether you should join again.",
  },
  superseded: {
    title: "This seat runs in another tab now",
    text: "The same seat was opened elsewhere, and only one tab can run a site. Go on there, or take a new seat here.",
  },
  "lab-ended": {
    title: "This lab has ended",
    text: "The teacher erased it or its time was up. Nothing of it is left on this computer.",
  },
} as const;

function OverPage({ why, code }: { readonly why: keyof typeof overCopy; readonly code: string }) {
  const { title, text } = overCopy[why];
  return (
    <MessagePage
      title={title}
      actions={
        <>
          {why !== "lab-ended" && (
            // A full load, so that the page claims a seat from the start.
            <a href={`/lab/${code}`} className={buttonClass("main", "normal")}>
              Take a new seat
            </a>
          )}
          <a href="/" className={buttonClass("plain", "normal")}>
            To the start page
          </a>
        </>
      }
    >
      <p>{text}</p>
    </MessagePage>
  );
}
