import { renderUnicodeCompact } from "uqr";
import { lanAddresses } from "./addresses";
import type { Config } from "./config";

/** What the terminal shows once the lab can be opened: every address, and a QR code of the likeliest. */
export function bannerText({ host, publicUrl }: Config, port: number): string {
  const local = `http://localhost:${port}`;
  const everywhere = host === "0.0.0.0" || host === "::";
  const lan = everywhere ? lanAddresses() : [];
  const network = lan.map(({ address, label }) => `http://${address}:${port}   (${label})`);
  const listed = publicUrl === null ? network : [publicUrl.origin, ...network];
  const best = publicUrl?.origin ?? (lan[0] === undefined ? null : `http://${lan[0].address}:${port}`);
  const lines = ["", "  Faultline is running.", "", `  On this computer:  ${local}`];
  lines.push(
    ...listed.map((url, index) => `  ${index === 0 ? "For the class:     " : "                   "}${url}`),
  );
  if (best === null) {
    const reason = everywhere ? "This computer is on no network" : `It listens on ${host} only`;
    return [...lines, "", `  ${reason}, so only its own browsers can join.`, ""].join("\n");
  }
  const code = renderUnicodeCompact(best, { ecc: "M", border: 2 }).replaceAll(/^/gm, "  ");
  return [
    ...lines,
    "",
    code,
    "",
    `  This code opens ${best}`,
    "  The console lets you choose another address for the code it shows.",
    `  If the system's firewall asks, allow connections to Node.js: the class needs port ${port} (TCP and UDP).`,
    "",
  ].join("\n");
}
