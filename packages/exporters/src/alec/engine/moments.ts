/**
 * How a block of `channels` values is laid out: row count, means, then the co-moments Σ (x−x̄)(y−ȳ) as a packed lower
 * triangle (or, without `joint`, the squares alone).
 */
export interface MomentLayout {
  readonly channels: number;
  readonly joint: boolean;
}

/** Numbers that one block of moments takes. */
export function momentsLength({ channels, joint }: MomentLayout): number {
  return 1 + channels + (joint ? (channels * (channels + 1)) / 2 : channels);
}

/** Where the co-moment of two channels (`column` ≤ `row`) stands inside a block. */
export function coMomentIndex({ channels, joint }: MomentLayout, row: number, column: number): number {
  return 1 + channels + (joint ? (row * (row + 1)) / 2 + column : row);
}

interface Block {
  readonly data: Float64Array;
  readonly offset: number;
}

/**
 * Writes the moments of the union of two blocks into `target`, which may be `left` (Chan, Golub and LeVeque 1979): nothing is
 * ever subtracted from a sum, so no error can build up. An empty block is the neutral element. O(channels²).
 */
export function mergeMoments(layout: MomentLayout, target: Block, left: Block, right: Block): void {
  const { channels, joint } = layout;
  const leftCount = left.data[left.offset]!;
  const rightCount = right.data[right.offset]!;
  const count = leftCount + rightCount;
  const weight = count === 0 ? 0 : (leftCount * rightCount) / count;
  const share = count === 0 ? 0 : rightCount / count;
  const { data, offset } = target;
  const coMoments = 1 + channels;
  let position = coMoments;
  // The means of both sides are needed until the last co-moment is merged.
  for (let row = 0; row < channels; row++) {
    const rowShift = (right.data[right.offset + 1 + row]! - left.data[left.offset + 1 + row]!) * weight;
    for (let column = joint ? 0 : row; column <= row; column++, position++) {
      const columnShift = right.data[right.offset + 1 + column]! - left.data[left.offset + 1 + column]!;
      data[offset + position] =
        left.data[left.offset + position]! + right.data[right.offset + position]! + rowShift * columnShift;
    }
  }
  for (let channel = 1; channel <= channels; channel++) {
    const mean = left.data[left.offset + channel]!;
    data[offset + channel] = mean + (right.data[right.offset + channel]! - mean) * share;
  }
  data[offset] = count;
}

/** Adds one row (less `shift`) to a block (Welford's update); `delta` holds at least `channels` numbers. O(channels²). */
export function addRow(
  layout: MomentLayout,
  block: Block,
  row: { readonly values: Float64Array; readonly offset: number; readonly shift: Float64Array },
  delta: Float64Array,
): void {
  const { channels, joint } = layout;
  const { data, offset } = block;
  const count = data[offset]! + 1;
  const weight = (count - 1) / count;
  for (let channel = 0; channel < channels; channel++) {
    const value = row.values[row.offset + channel]! - row.shift[channel]!;
    delta[channel] = value - data[offset + 1 + channel]!;
  }
  let position = offset + 1 + channels;
  for (let first = 0; first < channels; first++) {
    const shift = delta[first]! * weight;
    for (let second = joint ? 0 : first; second <= first; second++) data[position++]! += shift * delta[second]!;
  }
  for (let channel = 0; channel < channels; channel++) data[offset + 1 + channel]! += delta[channel]! / count;
  data[offset] = count;
}
