public import Core

/// Why two tensors are not the same within a tolerance, or nil if they are.
///
/// Shapes are compared first; then every element must satisfy |actual - expected| <= absolute + relative * |expected|.
/// NaN never passes. The worst element is named by its index. Use it as `#expect(mismatch(a, b) == nil)`.
public func mismatch(
    _ actual: Tensor, _ expected: Tensor, absolute: Float = 1e-5, relative: Float = 1e-4
) -> String? {
    guard actual.shape == expected.shape else {
        return "shape \(actual.shape), expected \(expected.shape)"
    }
    let (a, e) = (actual.elements, expected.elements)
    var worst = -1
    var worstExcess: Float = 0
    var failures = 0
    for i in a.indices {
        let excess = abs(a[i] - e[i]) - (absolute + relative * abs(e[i]))
        guard !(excess <= 0) else { continue }
        failures += 1
        if worst < 0 || excess.isNaN || excess > worstExcess {
            worst = i
            worstExcess = excess
            if excess.isNaN { break }
        }
    }
    guard failures > 0 else { return nil }
    let difference = abs(a[worst] - e[worst])
    return "at \(index(worst, in: actual.shape)) of \(actual.shape): \(a[worst]), expected \(e[worst]) "
        + "(difference \(difference), \(failures) of \(a.count) elements too far)"
}

/// The position of the row-major element `offset` along every axis.
private func index(_ offset: Int, in shape: [Int]) -> [Int] {
    var rest = offset
    return shape.reversed().map { size in
        defer { rest /= size }
        return rest % size
    }.reversed()
}
