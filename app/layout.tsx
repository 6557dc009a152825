import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import { connection } from "next/server";
import type { ReactNode } from "react";
import { themeCookie } from "./_theme/theme";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Faultline: every tab is a data centre", template: "%s · Faultline" },
  description:
    "A lab for a class: every browser tab is a data centre, the class breaks the network on purpose, and sees whose write died.",
};

export const viewport: Viewport = { width: "device-width", initialScale: 1 };

/**
 * The frame of every page. Pages are made per request, because the content security policy gives
 * each answer a nonce of its own.
 */
export default async function RootLayout({ children }: { readonly children: ReactNode }) {
  await connection();
  const theme = (await cookies()).get(themeCookie)?.value;
  const chosen = theme === "light" || theme === "dark" ? theme : undefined;
  return (
    <html lang="en" data-theme={chosen} className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <body className="min-h-dvh font-sans antialiased">{children}</body>
    </html>
  );
}
