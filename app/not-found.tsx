import { buttonClass } from "./_kit/button";
import { MessagePage } from "./_kit/message-page";

export const metadata = { title: "No such page" };

/** Any address that is none of ours. */
export default function NotFound() {
  return (
    <MessagePage
      title="There is no such page"
      actions={
        <a href="/" className={buttonClass("main", "normal")}>
          To the start page
        </a>
      }
    >
      <p>If you wanted to join a lab, type its six characters on the start page.</p>
    </MessagePage>
  );
}
