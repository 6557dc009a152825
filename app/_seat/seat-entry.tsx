"use client";
import { useEffect, useState } from "react";
import { installSeatScript } from "@/lib/session/scripting";
import { createSeat } from "@/lib/session/seat";
import type { Seat } from "@/lib/session/view-model";
import { openOnce } from "../_lab/open-once";
import { Joining, SeatPage } from "./seat-page";

/** Takes the seat that the page's address asks for; the fragment may name an old one. */
const openSeat = openOnce((code) => {
  const asked = new URLSearchParams(location.search);
  const site = asked.get("site");
  const pod = asked.get("pod");
  const wish = { ...(site === null ? {} : { site }), ...(pod === null ? {} : { pod }) };
  const seat = createSeat({ code, wish });
  installSeatScript(seat);
  return seat;
});

/** A student's page: joins as soon as it runs in a browser. */
export function SeatEntry({ code }: { readonly code: string }) {
  const [seat, setSeat] = useState<Seat | null>(null);
  useEffect(() => setSeat(openSeat(code)), [code]);
  return seat === null ? <Joining code={code} /> : <SeatPage seat={seat} code={code} />;
}
