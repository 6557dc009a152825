import type { Metadata } from "next";
import { tidyCode } from "../../_join/join-url";
import { SeatEntry } from "../../_seat/seat-entry";

type Params = { readonly params: Promise<{ readonly code: string }> };

export async function generateMetadata({ params }: Params): Promise<Metadata> {
  return { title: `Lab ${tidyCode((await params).code)}` };
}

/** A seat: this tab is a data centre. */
export default async function LabPage({ params }: Params) {
  return <SeatEntry code={tidyCode((await params).code)} />;
}
