/** Escapes text for XML. Control characters become references, as in S3, although XML 1.0 does not allow them. */
function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(/[&<>"'\x00-\x1f\x7f]/g, (char) => {
    const name = NAMED[char];
    return name === undefined ? `&#x${char.charCodeAt(0).toString(16)};` : `&${name};`;
  });
}

const SPECIAL = /[&<>"'\x00-\x1f\x7f]/;
const NAMED: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};

/** `<name>escaped text</name>` */
export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`;
}

/** A complete document; `inner` is already XML. */
export function xmlDocument(root: string, inner: string): string {
  const xmlns = root === 'Error' ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${xmlns}>${inner}</${root}>`;
}
