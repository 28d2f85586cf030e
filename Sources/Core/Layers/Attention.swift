internal import CKernels

/// Scaled dot-product attention (arXiv 1706.03762, formula 1) of `heads` heads.
///
/// - Parameters:
///   - query: [B, L, heads D]
///   - key: [B, S, heads D]
///   - value: [B, S, heads D]
///   - scale: factor of the products; 1 / sqrt(D) by default
///   - precision: of the products
///   - bias: added to the scaled products before the softmax: [B, heads, L, S]; 1 stands for any of the first three sizes
/// - Returns: [B, L, heads D]
func attention(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, precision: Precision = .float32, scale: Float? = nil,
    bias: Tensor? = nil
) -> Tensor {
    let (batch, length, width) = (query.shape[0], query.shape[1], query.shape[2])
    let keys = key.shape[1]
    precondition(width % heads == 0, "\(width) channels cannot be cut into \(heads) heads")
    precondition(
        key.shape == [batch, keys, width] && value.shape == key.shape,
        "keys \(key.shape) and values \(value.shape) do not fit queries \(query.shape)")
    if let shape = bias?.shape {
        let full = [batch, heads, length, keys]
        precondition(
            shape.count == 4 && shape[3] == keys && zip(shape, full).allSatisfy { $0 == 1 || $0 == $1 },
            "a bias of shape \(shape) does not fit scores of \(full)")
    }
    let depth = width / heads
    let kernels = unsafe InstructionSet.current.kernels
    let panel = unsafe Int(kernels.pointee.panel)
    let keySize = unsafe Int(retouch_packed_count(kernels, precision.number, Int64(keys), Int64(depth)))
    let valueSize = unsafe Int(retouch_packed_count(kernels, precision.number, Int64(depth), Int64(keys)))
    // Tasks of eight panels of keys, then one of all values of a head.
    let (keyPanels, valuePanels) = ((keys + panel - 1) / panel, (depth + panel - 1) / panel)
    let keyTasks = (keyPanels + 7) / 8
    let packed = unsafe Tensor(uninitialized: [batch * heads, keySize + valueSize]) { packed in
        unsafe key.withUnsafeElements { key in
            unsafe value.withUnsafeElements { value in
                Parallel.run(batch * heads * (keyTasks + valuePanels)) { task in
                    let (head, part) = task.quotientAndRemainder(dividingBy: keyTasks + valuePanels)
                    let from = head / heads * keys * width + head % heads * depth
                    let to = unsafe packed.baseAddress! + head * (keySize + valueSize)
                    if part < keyTasks {
                        unsafe retouch_pack(
                            kernels, precision.number, key.baseAddress! + from, Int64(keys), 1, Int64(depth),
                            Int64(width), 1, 1, to, Int64(part * 8), Int64(min(keyPanels, part * 8 + 8)))
                    } else {
                        let panel = Int64(part - keyTasks)
                        unsafe retouch_pack(
                            kernels, precision.number, value.baseAddress! + from, Int64(depth), 1, Int64(keys), 1, 0,
                            Int64(width), to + keySize, panel, panel + 1)
                    }
                }
            }
        }
    }
    // About as much work in a task as in one of a dense layer, but whole tiles of queries.
    let height = unsafe Int(kernels.pointee.tile_rows)
    let run = height * max(1, (4 << 20) / (keys * depth * height))
    let runs = (length + run - 1) / run
    return unsafe Tensor(uninitialized: query.shape) { target in
        unsafe query.withUnsafeElements { query in
            unsafe packed.withUnsafeElements { packed in
                unsafe withElements(of: bias) { offsets in
                    Parallel.run(batch * heads * runs) { task in
                        let (head, index) = task.quotientAndRemainder(dividingBy: runs)
                        let at = head / heads * length * width + head % heads * depth
                        let keysPacked = unsafe packed.baseAddress! + head * (keySize + valueSize)
                        let row = bias?.shape.rowOfBias(batch: head / heads, head: head % heads) ?? 0
                        var work = unsafe retouch_attention(
                            query: query.baseAddress! + at, query_step: Int64(width), keys: Int64(keys),
                            depth: Int64(depth), scale: scale ?? 1 / Float(depth).squareRoot(),
                            precision: precision.number, keys_packed: keysPacked,
                            values_packed: keysPacked + keySize, bias: offsets.map { unsafe $0 + row * keys },
                            bias_step: Int64(bias.map { $0.shape[2] > 1 ? keys : 0 } ?? 0),
                            output: target.baseAddress! + at, output_step: Int64(width))
                        unsafe kernels.pointee.attend(
                            &work, Int64(index * run), Int64(min(length, (index + 1) * run)))
                    }
                }
            }
        }
    }
}

extension [Int] {
    /// For the shape of a bias whose sizes may be 1: the first of its rows for a head of a batch entry.
    fileprivate func rowOfBias(batch: Int, head: Int) -> Int {
        (Swift.min(batch, self[0] - 1) * self[1] + Swift.min(head, self[1] - 1)) * self[2]
    }
}
