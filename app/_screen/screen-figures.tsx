import type { PodPicture } from "@/lib/protocol/lab/picture";
import { figuresOf } from "../_timeline/figures";

/** The measured figures in one line. */
export function ScreenFigures({ pod }: { readonly pod: PodPicture }) {
  return (
    <dl className="grid grid-cols-3 gap-x-[1vw] gap-y-[1vh]">
      {figuresOf(pod.figures).map(({ name, value, wrong }) => (
        <div key={name} className={wrong ? "border-l-[0.6vh] border-diverged pl-[0.6vw]" : ""}>
          <dd className="text-[3.2vh] leading-none font-semibold">{value}</dd>
          <dt className="text-[2.2vh] leading-tight text-muted">{name}</dt>
        </div>
      ))}
    </dl>
  );
}
