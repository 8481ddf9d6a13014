import type { OptionDeclaration } from '@alex/service';

type Text = OptionDeclaration & { readonly type: 'string' };

/** Which days a command is about. */
export const periodOptions: {
  readonly period: OptionDeclaration & {
    readonly type: 'choice';
    readonly values: readonly ['day', 'week', 'month', 'custom'];
    readonly default: 'day';
  };
  readonly from: Text;
  readonly to: Text;
} = {
  period: {
    type: 'choice',
    values: ['day', 'week', 'month', 'custom'],
    default: 'day',
    description: 'Today, since Monday, this calendar month, or the days from --from to --to.',
  },
  from: { type: 'string', flag: 'from', valueName: 'YYYY-MM-DD', description: 'First day of a custom period.' },
  to: { type: 'string', valueName: 'YYYY-MM-DD', description: 'Last day of a custom period.' },
};
