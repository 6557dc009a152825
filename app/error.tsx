"use client";
import { Button } from "./_kit/button";
import { MessagePage } from "./_kit/message-page";

/** A bug in a page: the site behind it may go on, so loading the page again resumes it. */
export default function ErrorPage({ error }: { readonly error: Error }) {
  return (
    <MessagePage
      title="This page has failed"
      actions={
        <Button tone="main" onClick={() => location.reload()}>
          Load it again
        </Button>
      }
    >
      <p>That is a mistake in Faultline, not in what you did. Loading the page again resumes your seat.</p>
      <p className="font-mono text-[0.8125rem]">{error.message}</p>
    </MessagePage>
  );
}
