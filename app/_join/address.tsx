import { Fragment } from "react";
import { spokenAddress } from "./join-url";

/** An address to be typed: a line too short for it breaks at a slash, so that host and code stay whole. */
export function Address({ url, className }: { readonly url: string; readonly className: string }) {
  const [host, ...parts] = spokenAddress(url).split("/");
  return (
    <p className={`font-mono wrap-anywhere ${className}`}>
      {host}
      {parts.map((part) => (
        <Fragment key={part}>
          <wbr />/{part}
        </Fragment>
      ))}
    </p>
  );
}
