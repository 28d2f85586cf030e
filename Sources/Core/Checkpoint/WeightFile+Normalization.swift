extension WeightFile {
    /// The two ways in which PyTorch stores a normalised weight instead of the weight: its magnitudes and its directions.
    private static let normalizedNames = [
        ("weight_g", "weight_v"), ("parametrizations.weight.original0", "parametrizations.weight.original1"),
    ]

    /// A weight that is stored normalised, `w = g v / |v|` with one magnitude g per index of the first axis (arXiv 1602.07868,
    /// equation 2), multiplied out; nil if `key` is not the name of one.
    func normalizedWeight(_ key: String, shape: [Int]) throws(CheckpointError) -> Tensor? {
        guard key == "weight" || key.hasSuffix(".weight") else { return nil }
        let stem = key.dropLast("weight".count)
        for (magnitude, direction) in Self.normalizedNames where tensors[stem + direction] != nil {
            let ones = Array(repeating: 1, count: shape.count - 1)
            let magnitudes = try read(stem + magnitude, shape: shape.prefix(1) + ones).elements
            var elements = try read(stem + direction, shape: shape).elements
            let row = elements.count / max(shape[0], 1)
            for (index, magnitude) in magnitudes.enumerated() {
                let range = index * row..<(index + 1) * row
                let length = range.reduce(0) { $0 + Double(elements[$1]) * Double(elements[$1]) }.squareRoot()
                for element in range { elements[element] *= Float(Double(magnitude) / length) }
            }
            return Tensor(elements, shape: shape)
        }
        return nil
    }
}
