internal import COpenBLAS

/// Scaled dot-product attention (arXiv 1706.03762, formula 1) of `heads` heads.
///
/// - Parameters:
///   - query: [B, L, heads D]
///   - key: [B, S, heads D]
///   - value: [B, S, heads D]
///   - scale: factor of the products; 1 / sqrt(D) by default
///   - bias: added to the scaled products before the softmax: [B, heads, L, S]; 1 stands for any of the first three sizes
/// - Returns: [B, L, heads D]
public func attention(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, scale: Float? = nil, bias: Tensor? = nil
) -> Tensor {
    let (batch, length, width) = (query.shape[0], query.shape[1], query.shape[2])
    let keys = key.shape[1]
    precondition(width % heads == 0, "\(width) channels cannot be cut into \(heads) heads")
    precondition(
        key.shape == [batch, keys, width] && value.shape == key.shape,
        "keys \(key.shape) and values \(value.shape) do not fit queries \(query.shape)")
    let depth = width / heads
    let scale = scale ?? 1 / Float(depth).squareRoot()
    let bias = bias.map { ($0.shape, $0.elements) }
    return unsafe Tensor(uninitialized: query.shape) { target in
        unsafe query.withUnsafeElements { query in
            unsafe key.withUnsafeElements { key in
                unsafe value.withUnsafeElements { value in
                    Parallel.run(batch * heads) { task in
                        let (image, head) = task.quotientAndRemainder(dividingBy: heads)
                        let rows = image * length * width + head * depth
                        let columns = image * keys * width + head * depth
                        var products = Tensor.zeros([length, keys])
                        unsafe products.withUnsafeMutableElements { products in
                            unsafe cblas_sgemm(
                                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(length), Int32(keys), Int32(depth),
                                scale,
                                query.baseAddress! + rows, Int32(width), key.baseAddress! + columns, Int32(width), 0,
                                products.baseAddress!, Int32(keys))
                            if let (shape, bias) = bias {
                                let heading = (min(image, shape[0] - 1) * shape[1] + min(head, shape[1] - 1)) * shape[2]
                                for i in 0..<length {
                                    let from = (heading + min(i, shape[2] - 1)) * keys
                                    for j in 0..<keys { unsafe products[i * keys + j] += bias[from + j] }
                                }
                            }
                        }
                        unsafe softmax(products).withUnsafeElements { weights in
                            unsafe cblas_sgemm(
                                CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(length), Int32(depth), Int32(keys), 1,
                                weights.baseAddress!, Int32(keys), value.baseAddress! + columns, Int32(width), 0,
                                target.baseAddress! + rows, Int32(width))
                        }
                    }
                }
            }
        }
    }
}
