import type { Metadata } from "next";
import { cookies } from "next/headers";
import { tidyCode } from "../../_join/join-url";
import { ScreenEntry } from "../../_screen/screen-entry";
import { screenThemeCookie } from "../../_theme/theme";

type Params = { readonly params: Promise<{ readonly code: string }> };

export async function generateMetadata({ params }: Params): Promise<Metadata> {
  return { title: `Screen, ${tidyCode((await params).code)}` };
}

/** The projector: read-only, no controls, no secrets. */
export default async function Screen({ params }: Params) {
  const dark = (await cookies()).get(screenThemeCookie)?.value === "projector-dark";
  return <ScreenEntry code={tidyCode((await params).code)} theme={dark ? "projector-dark" : "projector"} />;
}
