import type { Metadata } from "next";
import { ConsoleEntry } from "../../_console/console-entry";
import { tidyCode } from "../../_join/join-url";

type Params = { readonly params: Promise<{ readonly code: string }> };

export async function generateMetadata({ params }: Params): Promise<Metadata> {
  return { title: `Console, ${tidyCode((await params).code)}`, referrer: "no-referrer" };
}

/** The teacher's console. Its key is in the fragment, which never reaches the server. */
export default async function Console({ params }: Params) {
  return <ConsoleEntry code={tidyCode((await params).code)} />;
}
