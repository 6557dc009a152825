/** Themes a person can choose for ordinary pages; without a choice the system's is used. */
type PageTheme = "light" | "dark";
/** Themes of the screen: white for lit rooms, dark for dark ones. */
export type ScreenTheme = "projector" | "projector-dark";

/** Cookies hold the choice, so that the server sends the right page at once and nothing flashes. */
export const themeCookie = "faultline-theme";
export const screenThemeCookie = "faultline-screen-theme";

/** Keeps a choice of theme for a year in this browser. Holds nothing about a person. */
export function rememberTheme(cookie: string, theme: PageTheme | ScreenTheme): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API does not exist on plain http.
  document.cookie = `${cookie}=${theme}; path=/; max-age=31536000; samesite=lax`;
}
