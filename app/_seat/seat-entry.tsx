"use client";
import { useEffect, useState } from "react";
import type { Seat } from "@/lib/session/view-model";
import { openOnce } from "../_lab/open-once";
import { RefusedPage } from "../_lab/refused-page";
import { Joining, SeatPage } from "./seat-page";

/**
 * Takes the seat that the page's address asks for; the fragment may name an old one. The engine and all it
 * needs are fetched by then, not before: the page says at once that it is joining.
 */
const openSeat = openOnce(async (code): Promise<Seat> => {
  const [{ createSeat }, { installSeatScript }] = await Promise.all([
    import("@/lib/session/seat"),
    import("@/lib/session/scripting"),
  ]);
  const asked = new URLSearchParams(location.search);
  const site = asked.get("site");
  const pod = asked.get("pod");
  const wish = { ...(site === null ? {} : { site }), ...(pod === null ? {} : { pod }) };
  const seat = createSeat({ code, wish });
  installSeatScript(seat);
  return seat;
});

/** The server went away while this page was loading. */
const notLoaded = { code: "UNAVAILABLE", message: "This page could not be loaded completely." } as const;

/** A student's page: joins as soon as it runs in a browser. */
export function SeatEntry({ code }: { readonly code: string }) {
  const [seat, setSeat] = useState<Seat | "not-loaded" | null>(null);
  useEffect(() => {
    openSeat(code).then(setSeat, () => setSeat("not-loaded"));
  }, [code]);
  if (seat === "not-loaded") return <RefusedPage error={notLoaded} code={code} page="lab" />;
  return seat === null ? <Joining code={code} /> : <SeatPage seat={seat} code={code} />;
}
