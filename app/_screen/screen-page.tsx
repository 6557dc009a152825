"use client";
import { useEffect } from "react";
import { unreachable } from "@/lib/kernel/assert";
import type { LabClient } from "@/lib/session/view-model";
import { LabEnded } from "../_console/console-page";
import { MessagePage } from "../_kit/message-page";
import { useStore } from "../_kit/use-store";
import { RefusedPage } from "../_lab/refused-page";
import { keepAwake } from "./keep-awake";
import { ScreenView } from "./screen-view";

/** Draws the screen in whichever phase its lab is, and keeps the projector awake where the browser can. */
export function ScreenPage({
  client,
  code,
  joinOrigin,
}: {
  readonly client: LabClient;
  readonly code: string;
  readonly joinOrigin: string;
}) {
  const view = useStore(client.store);
  useEffect(keepAwake, []);
  switch (view.phase) {
    case "connecting":
      return (
        <MessagePage title={`Lab ${code}`}>
          <p role="status">Connecting the screen…</p>
        </MessagePage>
      );
    case "refused":
      return <RefusedPage error={view.error} code={code} page="screen" />;
    case "over":
      return <LabEnded />;
    case "open":
      return (
        <ScreenView
          lab={view.picture}
          server={view.server}
          timeline={view.timeline}
          joinUrl={`${joinOrigin}/lab/${code}`}
        />
      );
    default:
      return unreachable(view);
  }
}
