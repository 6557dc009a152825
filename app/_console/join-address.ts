"use client";
import { useEffect, useState } from "react";
import { isLoopback, originOf } from "../_join/join-url";
import { findLab } from "../_lab/api";

export const otherAddress = "other";

/** Which of this computer's addresses the class uses. */
export type JoinAddress = {
  /** The origin that code and links are made of. */
  readonly origin: string;
  readonly known: readonly string[];
  readonly picked: string;
  readonly typed: string;
  readonly pick: (choice: string) => void;
  readonly type: (address: string) => void;
};

/**
 * The addresses the server knows of itself, the likeliest first, and the one chosen. A teacher who
 * opened `localhost` gets the first that another computer can reach.
 */
export function useJoinAddress(code: string): JoinAddress {
  const [told, setTold] = useState<readonly string[]>([]);
  const [choice, setChoice] = useState<string | null>(null);
  const [typed, setTyped] = useState("");
  useEffect(() => {
    let gone = false;
    void findLab(code).then((found) => {
      if (gone || !found.ok) return;
      setTold((found.value.joinUrls ?? []).map(originOf).filter((origin) => origin !== null));
    });
    return () => {
      gone = true;
    };
  }, [code]);
  const here = location.origin;
  const best = (isLoopback(here) ? told.find((origin) => !isLoopback(origin)) : null) ?? here;
  const known = [...new Set([best, ...told, here])];
  const picked = choice ?? best;
  const written = originOf(typed.includes("://") ? typed : `http://${typed}`);
  return {
    origin: picked === otherAddress ? (written ?? best) : picked,
    ...{ known, picked, typed },
    pick: setChoice,
    type: setTyped,
  };
}
