"use client";
import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { createLabClient } from "@/lib/session/lab-client";
import { installConsoleScript } from "@/lib/session/scripting";
import type { LabClient } from "@/lib/session/view-model";
import { MessagePage } from "../_kit/message-page";
import { consoleKey } from "../_lab/console-key";
import { openOnce } from "../_lab/open-once";
import { RefusedPage } from "../_lab/refused-page";

const ConsolePage = dynamic(() => import("./console-page").then((file) => file.ConsolePage), {
  loading: () => (
    <MessagePage title="Opening the console">
      <p role="status">Loading the map and the fault board.</p>
    </MessagePage>
  ),
});

type Opened = { readonly client: LabClient; readonly key: string } | "no-key";

const openConsole = openOnce((code): Opened => {
  const key = consoleKey(code);
  if (key === null) return "no-key";
  const client = createLabClient({ code, key });
  installConsoleScript(client);
  return { client, key };
});

const noKey = { code: "UNAUTHORIZED", message: "No key was given with this address." } as const;

/** The teacher's page: finds the key, then opens the lab with it. */
export function ConsoleEntry({ code }: { readonly code: string }) {
  const [opened, setOpened] = useState<Opened | null>(null);
  useEffect(() => setOpened(openConsole(code)), [code]);
  if (opened === null) {
    return (
      <MessagePage title={`Opening the console of lab ${code}`}>
        <p role="status">Asking the lab server. This takes a moment.</p>
      </MessagePage>
    );
  }
  if (opened === "no-key") return <RefusedPage error={noKey} code={code} page="console" />;
  return <ConsolePage client={opened.client} code={code} labKey={opened.key} />;
}
