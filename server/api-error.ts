import type { ApiError, ApiErrorCode } from "../lib/protocol/lab/wire";

/** HTTP status of each error a page can meet. */
export const statusOf: Readonly<Record<ApiErrorCode, number>> = {
  LAB_NOT_FOUND: 404,
  LAB_FULL: 409,
  LAB_LOCKED: 403,
  SEAT_EXPIRED: 410,
  SEAT_TAKEN: 409,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  BAD_REQUEST: 400,
  TOO_MANY_REQUESTS: 429,
  TOO_LARGE: 413,
  NOT_FOUND: 404,
  UNAVAILABLE: 503,
};

/** What the person is told and what to do about it; `about` replaces the sentence where more is known. */
export function apiError(code: ApiErrorCode, about?: string): ApiError {
  return { code, message: about ?? sentences[code] };
}

const sentences: Readonly<Record<ApiErrorCode, string>> = {
  LAB_NOT_FOUND: "No lab has this code. It may have ended; check the code on the screen.",
  LAB_FULL: "Every data centre of this lab is taken. Ask your teacher to free one.",
  LAB_LOCKED: "The teacher has locked this lab: nobody new can join at the moment.",
  SEAT_EXPIRED: "This seat no longer exists. Join again with the lab's code.",
  SEAT_TAKEN: "Another tab runs this seat now.",
  UNAUTHORIZED: "The lab's key is missing.",
  FORBIDDEN: "That is not this lab's key.",
  BAD_REQUEST: "The request is not well formed.",
  TOO_MANY_REQUESTS: "Too many attempts. Wait a minute and try again.",
  TOO_LARGE: "The request is too large.",
  NOT_FOUND: "There is nothing here.",
  UNAVAILABLE: "The server cannot do that at the moment. Try again soon.",
};
