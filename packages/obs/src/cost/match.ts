const date = '(?:20)?\\d\\d-?[01]\\d-?[0-3]\\d|[01]\\d-[0-3]\\d(?:-20\\d\\d)?|[01]\\d[0-3]\\d|2\\d[01]\\d';
const version = '\\d{3}|v\\d{1,2}(?:\\.\\d{1,2})*';

/** What may follow a known name, for instance `-0613`, `@20240229-v1:0`, `-001`, `-preview-05-20`, `-latest`, `:free`. */
const revision: RegExp = new RegExp(
  `^(?:[-@](?:latest|preview))?(?:[-@](?:${date}))?(?:[-@](?:${version}))?(?::[\\w.-]{1,40})?$`,
);

/** Where a known name may end inside a longer one. */
const separators = '-@:';

/** Names longer than this are no model's. */
const maximumLength = 200;

function findRevised<Value>(table: ReadonlyMap<string, Value>, name: string): Value | undefined {
  const exact = table.get(name);
  if (exact !== undefined) return exact;
  for (let end = name.length - 1; end > 0; end -= 1) {
    if (!separators.includes(name[end]!)) continue;
    const found = table.get(name.slice(0, end));
    if (found !== undefined && revision.test(name.slice(end))) return found;
  }
  return undefined;
}

/**
 * Finds what a table says of a model: by its exact name, then without prefixes (`anthropic/`, `us.anthropic.`), each
 * time also as the longest known name that is followed by a date, a version, `latest`, `preview` or a `:tag` only. So
 * `gpt-4-0613` is `gpt-4`, but `gpt-4-32k` and `gpt-4o` are not. Lower-case names in the table.
 */
export function findModel<Value>(table: ReadonlyMap<string, Value>, model: string): Value | undefined {
  if (model.length > maximumLength) return undefined;
  let name = model.trim().toLowerCase();
  for (;;) {
    const found = findRevised(table, name);
    if (found !== undefined) return found;
    const bare = name.replace(/^(?:[^/]*\/|(?:global|us|eu|apac|au|jp|ca)\.|[a-z0-9]+\.(?=claude|llama))/, '');
    if (bare === name) return undefined;
    name = bare;
  }
}
