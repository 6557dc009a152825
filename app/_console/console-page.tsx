"use client";
import { useEffect, useState } from "react";
import { unreachable } from "@/lib/kernel/assert";
import type { LabClient } from "@/lib/session/view-model";
import { buttonClass } from "../_kit/button";
import { MessagePage } from "../_kit/message-page";
import { Notice } from "../_kit/notice";
import { useStore } from "../_kit/use-store";
import { eraseLab } from "../_lab/api";
import { RefusedPage } from "../_lab/refused-page";
import { ConsoleView } from "./console-view";

/** Draws the console in whichever phase its lab is. */
export function ConsolePage({
  client,
  code,
  labKey,
}: {
  readonly client: LabClient;
  readonly code: string;
  readonly labKey: string;
}) {
  const view = useStore(client.store);
  const [problem, setProblem] = useState<string | null>(null);
  const title = view.phase === "open" && view.picture.title !== "" ? view.picture.title : code;
  useEffect(() => {
    document.title = `Console, ${title} · Faultline`;
  }, [title]);
  switch (view.phase) {
    case "connecting":
      return (
        <MessagePage title={`Opening the console of lab ${code}`}>
          <p role="status">Asking the lab server. This takes a moment.</p>
        </MessagePage>
      );
    case "refused":
      return <RefusedPage error={view.error} code={code} page="console" />;
    case "over":
      return <LabEnded />;
    case "open":
      return (
        <>
          {problem !== null && (
            <div role="alert" className="mx-auto max-w-3xl p-4">
              <Notice look="warn" title="The lab was not erased">
                {problem}
              </Notice>
            </div>
          )}
          <ConsoleView
            client={client}
            lab={view.picture}
            server={view.server}
            timeline={view.timeline}
            onErase={() =>
              void eraseLab(code, labKey).then((erased) =>
                setProblem(erased.ok ? null : erased.error.message),
              )
            }
          />
        </>
      );
    default:
      return unreachable(view);
  }
}

/** After the lab is erased or its time is up. */
export function LabEnded() {
  return (
    <MessagePage
      title="This lab has ended"
      actions={
        <a href="/" className={buttonClass("main", "normal")}>
          Create another lab
        </a>
      }
    >
      <p>It was erased or its time was up. The server keeps nothing of it.</p>
    </MessagePage>
  );
}
