import { config } from "zod/mini";
import english from "zod/v4/locales/en.js";

// The small build of zod comes without words. Whoever shows people why something was refused imports this.
config(english());
