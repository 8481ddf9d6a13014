import type { Catalog, TranslationStrategy } from './declaration.ts';
import type { LintExemptions } from './lint.ts';
import { translateName } from './translation.ts';

/** What the declarations of a catalogue exempt from the lint, by the names that its families have on the wire. */
export function lintExemptions(
  catalog: Catalog,
  translation: TranslationStrategy = 'UnderscoreEscapingWithSuffixes',
): LintExemptions {
  return Object.fromEntries(
    Object.values(catalog).flatMap((declaration) =>
      declaration.lintExempt === undefined
        ? []
        : [[translateName(declaration, translation).name, declaration.lintExempt] as const],
    ),
  );
}
