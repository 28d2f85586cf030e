internal import Core
internal import Foundation

extension FactSheet {
    /// What makes the networks fast or slow here; the peak is measured, which takes a second.
    init(_ machine: Machine) {
        if let processor = machine.processor { add("processor", processor) }
        add("cores", "\(machine.cores), \(Parallel.threads) threads at work")
        add(
            "instructions",
            machine.instructionSets.isEmpty
                ? "none beyond the basic ones" : machine.instructionSets.joined(separator: ", "))
        add("path", machine.path + (machine.isPathNarrowed ? ", as RETOUCH_INSTRUCTION_SET asks" : ""))
        for precision in Precision.allCases {
            let peak = MatrixProductPeak.measure(precision) / 1e9
            add(
                precision.rawValue,
                String(format: "%.0f GFLOP/s in products of matrices", peak)
                    + (precision.isNative ? "" : ", as this processor has none of it"))
        }
    }
}
