"use client";
import { useEffect, useState } from "react";
import { isLoopback, originOf, spokenAddress } from "../_join/join-url";
import { QrCode } from "../_join/qr-code";
import { Button, buttonClass } from "../_kit/button";
import { Card } from "../_kit/card";
import { SelectField, TextField } from "../_kit/field";
import { findLab } from "../_lab/api";

const other = "other";

/** How students get in: code, QR code, and which of this computer's addresses they are to use. */
export function JoinCard({ code }: { readonly code: string }) {
  const [origins, setOrigins] = useState<readonly string[]>([]);
  const [choice, setChoice] = useState<string | null>(null);
  const [typed, setTyped] = useState("");
  useEffect(() => {
    let gone = false;
    void findLab(code).then((found) => {
      if (gone || !found.ok) return;
      const known = (found.value.joinUrls ?? []).map(originOf).filter((origin) => origin !== null);
      setOrigins([...new Set([...known, location.origin])]);
    });
    return () => {
      gone = true;
    };
  }, [code]);
  const best =
    (isLoopback(location.origin) ? origins.find((origin) => !isLoopback(origin)) : null) ?? location.origin;
  const picked = choice ?? best;
  const origin =
    picked === other ? (originOf(typed.includes("://") ? typed : `http://${typed}`) ?? best) : picked;
  const joinUrl = `${origin}/lab/${code}`;
  return (
    <Card title="Join" aside={<CopyButton text={joinUrl} />}>
      <div className="flex flex-wrap items-center gap-5">
        <QrCode text={joinUrl} className="size-36 rounded-lg" />
        <div className="min-w-0">
          <p className="font-mono text-4xl font-semibold tracking-[0.12em]">{code}</p>
          <p className="mt-1 font-mono text-[0.875rem] break-all text-muted">{spokenAddress(joinUrl)}</p>
        </div>
      </div>
      <div className="mt-4 grid gap-3">
        <SelectField
          label="Address in the QR code"
          value={picked}
          onChange={(event) => setChoice(event.target.value)}
          options={[
            ...[...new Set([best, ...origins])].map((value) => ({ value, text: addressText(value) })),
            { value: other, text: "another address…" },
          ]}
        />
        {picked === other && (
          <TextField
            label="Address students can reach"
            mono
            placeholder="192.168.1.20:3000"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
        {isLoopback(origin) && (
          <p className="text-[0.875rem]">
            This address only works on this computer. Choose one that the class shares with you.
          </p>
        )}
        <p className="text-[0.8125rem] text-muted">
          If phones cannot open it: be in the same network, and allow Node.js when the firewall of this
          computer asks. Addresses of Docker and VPNs are no use to the class.
        </p>
        <a
          href={`/screen/${code}?at=${encodeURIComponent(origin)}`}
          target="_blank"
          rel="noreferrer"
          className={buttonClass("plain", "normal")}
        >
          Open the screen for the projector
        </a>
      </div>
    </Card>
  );
}

function addressText(origin: string): string {
  return isLoopback(origin) ? `${spokenAddress(origin)} (this computer only)` : spokenAddress(origin);
}

/** The clipboard exists only on https and localhost; elsewhere the address is there to be read. */
function CopyButton({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState(false);
  if (typeof navigator === "undefined" || navigator.clipboard === undefined) return null;
  return (
    <Button
      size="small"
      onClick={() =>
        void navigator.clipboard.writeText(text).then(
          () => setCopied(true),
          () => setCopied(false),
        )
      }
    >
      {copied ? "Copied" : "Copy the link"}
    </Button>
  );
}
