/** How the value under a key is treated: hidden, free of the entropy rule because it is an identifier, or as any other. */
export type KeyKind = 'secret' | 'id' | 'plain';

const secretKey =
  /(password|passwd|passphrase|secret|token|apikey|authorization|cookie|credentials?)$|(^| )(api|access|private|secret|session|signing) key$/;
const idKey = /(^| )(ids?|[a-z]+id|uuid|guid|sha\d*|commit|hash|digest|checksum|etag|revision|fingerprint)$/;
const maximumKnown = 2000;

/** Splits `camelCase`, `snake_case`, `kebab-case` and dotted names and looks at their last words. Remembers its answers. */
export function keyClassifier(): (key: string) => KeyKind {
  const known = new Map<string, KeyKind>();
  return (key) => {
    let kind = known.get(key);
    if (kind === undefined) {
      kind = classify(key);
      if (known.size >= maximumKnown) known.clear();
      if (key.length <= 200) known.set(key, kind);
    }
    return kind;
  };
}

function classify(key: string): KeyKind {
  const words = key
    .slice(-100)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_\-.\s]+/g, ' ')
    .trim()
    .toLowerCase();
  if (secretKey.test(words)) return 'secret';
  return idKey.test(words) ? 'id' : 'plain';
}
