declare module 'virtual:development-tokens' {
  /** Tokens to try the page with; none in a build. */
  export const tokens: { readonly user?: string; readonly admin?: string };
}
