"use client";
import { useState } from "react";
import { Address } from "../_join/address";
import { isLoopback, spokenAddress } from "../_join/join-url";
import { QrCode } from "../_join/qr-code";
import { Button, buttonClass } from "../_kit/button";
import { Card } from "../_kit/card";
import { SelectField, TextField } from "../_kit/field";
import { type JoinAddress, otherAddress, useJoinAddress } from "./join-address";

/** How students get in: code and QR code in sight, the choice of address one step away. */
export function JoinCard({ code }: { readonly code: string }) {
  const address = useJoinAddress(code);
  const joinUrl = `${address.origin}/lab/${code}`;
  return (
    <Card title="Join" aside={<CopyButton text={joinUrl} />}>
      <div className="flex items-center gap-4">
        <QrCode text={joinUrl} className="size-30 shrink-0 rounded-lg border border-line" />
        <div className="min-w-0">
          <p className="font-mono text-3xl font-semibold tracking-[0.1em]">{code}</p>
          <Address url={joinUrl} className="mt-0.5 text-[0.8125rem] text-muted" />
          <a
            href={`/screen/${code}?at=${encodeURIComponent(address.origin)}`}
            target="_blank"
            rel="noreferrer"
            className={`mt-2 ${buttonClass("plain", "small")}`}
          >
            Open the screen
          </a>
        </div>
      </div>
      {isLoopback(address.origin) && (
        <p className="mt-3 text-[0.875rem]">
          This address only works on this computer. Choose one that the class shares with you.
        </p>
      )}
      <details className="mt-3" open={isLoopback(address.origin)}>
        <summary className="w-fit text-[0.875rem] text-muted">Address in the QR code</summary>
        <AddressChooser address={address} />
      </details>
    </Card>
  );
}

function AddressChooser({ address }: { readonly address: JoinAddress }) {
  return (
    <div className="mt-2 grid gap-3">
      <SelectField
        label="Students use"
        value={address.picked}
        onChange={(event) => address.pick(event.target.value)}
        options={[
          ...address.known.map((value) => ({ value, text: addressText(value) })),
          { value: otherAddress, text: "another address…" },
        ]}
      />
      {address.picked === otherAddress && (
        <TextField
          label="Address students can reach"
          mono
          placeholder="192.168.1.20:3000"
          value={address.typed}
          onChange={(event) => address.type(event.target.value)}
        />
      )}
      <p className="text-[0.8125rem] text-muted">
        If phones cannot open it: be in the same network, and allow Node.js when the firewall of this computer
        asks. Addresses of Docker and VPNs are no use to the class.
      </p>
    </div>
  );
}

function addressText(origin: string): string {
  return isLoopback(origin) ? `${spokenAddress(origin)} (this computer only)` : spokenAddress(origin);
}

/** The clipboard exists only on https and localhost; elsewhere the address is there to be read. */
function CopyButton({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState<string | null>(null);
  if (typeof navigator === "undefined" || navigator.clipboard === undefined) return null;
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text).catch(() => undefined);
    setCopied(text);
  }
  return (
    <Button size="small" onClick={() => void copy()}>
      {copied === text ? "Copied" : "Copy the link"}
    </Button>
  );
}
