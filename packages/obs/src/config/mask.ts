/** What stands where a secret was. */
export const hidden = '********';

/** A text without what may be secret of a URL in it: the password or the bare name of its login, and query values. */
export function maskUrl(text: string): string {
  return text
    .replace(/(:\/\/[^\s/:@?#]*:)[^\s?#]*@/g, `$1${hidden}@`)
    .replace(/(:\/\/)[^\s/:@?#]+@/g, `$1${hidden}@`)
    .replace(/^([^\s/:@?#]+:)[^\s/?#]*@/, `$1${hidden}@`)
    .replace(/(:\/\/\S*?\?)[^\s#]+/g, `$1${hidden}`);
}
