/**
 * Factors a symmetric positive definite matrix in place: the lower triangle of the row-major `size` x `size` matrix
 * becomes L with L Lᵀ = A; what stands above the diagonal is ignored. Returns log2 det A, or NaN when A is not positive
 * definite to machine precision. O(size³).
 */
export function factorCholesky(matrix: Float64Array, size: number): number {
  let log2Determinant = 0;
  for (let column = 0; column < size; column++) {
    const diagonal = column * size;
    let pivot = matrix[diagonal + column]!;
    for (let inner = 0; inner < column; inner++) pivot -= matrix[diagonal + inner]! * matrix[diagonal + inner]!;
    if (!(pivot > 0) || pivot === Number.POSITIVE_INFINITY) return Number.NaN;
    const root = Math.sqrt(pivot);
    matrix[diagonal + column] = root;
    log2Determinant += Math.log2(pivot);
    for (let row = column + 1; row < size; row++) {
      const start = row * size;
      let sum = matrix[start + column]!;
      for (let inner = 0; inner < column; inner++) sum -= matrix[start + inner]! * matrix[diagonal + inner]!;
      matrix[start + column] = sum / root;
    }
  }
  return log2Determinant;
}

/**
 * The diagonal of A⁻¹ from the factor L of `factorCholesky`, into `diagonal`; `scratch` holds at least `size` numbers.
 * The determinant without channel k is det A · (A⁻¹)ₖₖ. O(size³).
 */
export function inverseDiagonal(
  factor: Float64Array,
  size: number,
  { diagonal, scratch }: { readonly diagonal: Float64Array; readonly scratch: Float64Array },
): void {
  for (let column = 0; column < size; column++) {
    // Column of L⁻¹ by forward substitution; its squares add up to the diagonal of L⁻ᵀ L⁻¹.
    let squares = 0;
    for (let row = column; row < size; row++) {
      let sum = row === column ? 1 : 0;
      for (let inner = column; inner < row; inner++) sum -= factor[row * size + inner]! * scratch[inner]!;
      const value = sum / factor[row * size + row]!;
      scratch[row] = value;
      squares += value * value;
    }
    diagonal[column] = squares;
  }
}
