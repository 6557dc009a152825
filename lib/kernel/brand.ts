declare const brand: unique symbol;

/** A nominal type over a structural one, so that two kinds of id cannot be swapped by accident. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
