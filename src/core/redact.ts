/** A url with its password, and any query value, replaced by `***`. What is not a url is returned as it is. */
export function redactUrl(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*):[^/?#]*@/i, '$1:***@')
    .replace(/([?&][^=&]*(?:password|secret|token|key|signature)[^=&]*=)[^&]*/gi, '$1***');
}
