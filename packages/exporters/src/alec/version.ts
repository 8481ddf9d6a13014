import manifest from '../../package.json' with { type: 'json' };

/** The version of `@alex/exporters`. */
export const version: string = manifest.version;
