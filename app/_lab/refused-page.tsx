import type { ApiError, ApiErrorCode } from "@/lib/protocol/lab/wire";
import { buttonClass } from "../_kit/button";
import { MessagePage } from "../_kit/message-page";

type Copy = { readonly title: (code: string) => string; readonly next: string; readonly again: boolean };

const unexpected: Copy = {
  title: () => "That did not work",
  next: "Try it again. If it goes on, ask the person who runs the lab.",
  again: true,
};

/** What each refusal means to a person, and what to do next. */
const copy: Partial<Record<ApiErrorCode, Copy>> = {
  LAB_NOT_FOUND: {
    title: (code) => `There is no lab ${code}`,
    next: "Check the six characters with the code on the projector. A lab that has ended cannot be joined any more.",
    again: false,
  },
  LAB_FULL: {
    title: () => "This lab is full",
    next: "Every data centre is taken. Ask the teacher to add a pod or free a seat, then try again.",
    again: true,
  },
  LAB_LOCKED: {
    title: () => "This lab is locked",
    next: "The teacher is not letting anybody new in at the moment. Try again when they say so.",
    again: true,
  },
  SEAT_EXPIRED: {
    title: () => "This seat has expired",
    next: "It was away for too long and has been given up. You can take a new one.",
    again: true,
  },
  SEAT_TAKEN: {
    title: () => "That site is taken",
    next: "Somebody else runs it. Take any free site instead.",
    again: true,
  },
  UNAUTHORIZED: {
    title: () => "This console needs its key",
    next: "Open the console by the link you got when you created the lab: the part after # is the key.",
    again: false,
  },
  FORBIDDEN: {
    title: () => "That is not this lab's key",
    next: "Open the console by the whole link you got when you created the lab, with the part after #.",
    again: false,
  },
  TOO_MANY_REQUESTS: {
    title: () => "Too many tries",
    next: "Wait a minute, check the code, then try again.",
    again: true,
  },
  UNAVAILABLE: {
    title: () => "The lab server does not answer",
    next: "It may be starting. Check that you are in the right network, then try again.",
    again: true,
  },
};

/** A page for whatever the server refused: what it means, what to do, and the way there. */
export function RefusedPage({
  error,
  code,
  page,
}: {
  readonly error: ApiError;
  readonly code: string;
  readonly page: "lab" | "console" | "screen";
}) {
  // What is no key at all is refused as a malformed request, and means the same to a person.
  const meant = page === "console" && error.code === "BAD_REQUEST" ? "FORBIDDEN" : error.code;
  const { title, next, again } = copy[meant] ?? unexpected;
  return (
    <MessagePage
      title={title(code)}
      actions={
        <>
          {again && (
            // A full load of the bare address: nothing of the failed try is carried over.
            <a href={`/${page}/${code}`} className={buttonClass("main", "normal")}>
              Try again
            </a>
          )}
          <a href="/" className={buttonClass(again ? "plain" : "main", "normal")}>
            To the start page
          </a>
        </>
      }
    >
      <p>{next}</p>
      <p className="text-[0.875rem]">The server said: {error.message}</p>
    </MessagePage>
  );
}
