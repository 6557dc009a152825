"use client";
import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { createLabClient } from "@/lib/session/lab-client";
import type { LabClient } from "@/lib/session/view-model";
import { isLoopback, originOf } from "../_join/join-url";
import { MessagePage } from "../_kit/message-page";
import { findLab } from "../_lab/api";
import { openOnce } from "../_lab/open-once";
import { ThemedScreen } from "./screen-theme";

const ScreenPage = dynamic(() => import("./screen-page").then((file) => file.ScreenPage), {
  loading: () => (
    <MessagePage title="Opening the screen">
      <p role="status">Loading the map.</p>
    </MessagePage>
  ),
});

const openScreen = openOnce((code) => createLabClient({ code }));

/** The projector's page. The console's link to it says which address students use (`?at=`). */
export function ScreenEntry({
  code,
  theme,
}: {
  readonly code: string;
  readonly theme: "projector" | "projector-dark";
}) {
  const [opened, setOpened] = useState<{ readonly client: LabClient; readonly at: string } | null>(null);
  useEffect(() => {
    const asked = originOf(new URLSearchParams(location.search).get("at"));
    setOpened({ client: openScreen(code), at: asked ?? location.origin });
    if (asked !== null || !isLoopback(location.origin)) return;
    // Opened as localhost without being told better: show an address that a phone can reach.
    void findLab(code).then((found) => {
      const reachable = found.ok
        ? (found.value.joinUrls ?? []).map(originOf).find((origin) => origin !== null && !isLoopback(origin))
        : null;
      if (reachable) setOpened({ client: openScreen(code), at: reachable });
    });
  }, [code]);
  return (
    <ThemedScreen start={theme}>
      {opened === null ? (
        <MessagePage title={`Lab ${code}`}>
          <p role="status">Connecting the screen…</p>
        </MessagePage>
      ) : (
        <ScreenPage client={opened.client} code={code} joinOrigin={opened.at} />
      )}
    </ThemedScreen>
  );
}
