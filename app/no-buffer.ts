/** Stands for Node's Buffer in the browser: see `next.config.js`. */
export const Buffer = undefined;
