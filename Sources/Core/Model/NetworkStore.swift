internal import Foundation
internal import Synchronization

/// The networks of a model in memory: each is loaded when it is first asked for, once for all who ask, and stays until others need its
/// room.
///
/// What is asked for may be kept by whoever asked as long as it is used. When the store holds more than its budget, it lets go of what
/// was asked for longest ago; the memory is free as soon as nobody uses it any more.
public final class NetworkStore: Sendable {
    private let files: ModelFiles
    /// What the weights are kept as.
    let precision: Precision
    private let limit: Mutex<Int?>
    private let entries = Mutex(Entries())
    /// Held while a network is loaded, so that two who ask at once do not load it twice.
    private let gates: [Model.Part: Gate]

    private final class Gate: Sendable {
        let mutex = Mutex(())
    }

    private struct Entries {
        var networks: [Model.Part: (network: any Sendable, bytes: Int)] = [:]
        /// The parts that are there, the one asked for longest ago first.
        var order: [Model.Part] = []

        mutating func touch(_ part: Model.Part) {
            order.removeAll { $0 == part }
            order.append(part)
        }
    }

    /// - Parameter budget: in bytes; nil for the size of the largest network: a program that does one job after the other then holds one
    ///   large network at a time.
    init(_ files: ModelFiles, budget: Int?, precision: Precision) {
        self.files = files
        self.precision = precision
        limit = Mutex(budget)
        gates = Dictionary(uniqueKeysWithValues: Model.Part.allCases.map { ($0, Gate()) })
    }

    /// The bytes of weights that the store keeps beyond their use: what the model was opened with, or else the size of
    /// its largest network, but at least 192 MiB.
    public var budget: Int {
        limit.withLock { limit in
            if let limit { return limit }
            let largest = Model.Part.allCases.reduce(192 << 20) { most, part in
                max(most, files.has(part) ? (try? files.weights(part))?.bytesInMemory(precision) ?? 0 : 0)
            }
            limit = largest
            return largest
        }
    }

    /// Whether the budget has room for several parts at once.
    func hasRoom(for parts: [Model.Part]) -> Bool {
        parts.reduce(0) { $0 + ((try? files.weights($1))?.bytesInMemory(precision) ?? 0) } <= budget
    }

    /// The parts that the store holds at the moment.
    public var held: Set<Model.Part> { entries.withLock { Set($0.order) } }

    /// The network of a part, made from its weights if it is not there.
    func network<Network: Sendable>(
        _ part: Model.Part, _ make: (WeightScope) throws(CheckpointError) -> Network
    ) throws(CheckpointError) -> Network {
        guard let gate = gates[part] else { preconditionFailure("a part without a gate") }
        let result: Result<Network, CheckpointError> = gate.mutex.withLock { _ in
            if let known = known(part, as: Network.self) { return .success(known) }
            do throws(CheckpointError) {
                let weights = try files.weights(part)
                makeRoom(for: weights.bytesInMemory(precision))
                let made = try precision.packing { () throws(CheckpointError) in try make(weights.root) }
                try weights.requireFullyRead()
                weights.releasePages()
                entries.withLock { entries in
                    entries.networks[part] = (made, weights.bytesInMemory(precision))
                    entries.touch(part)
                }
                return .success(made)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func known<Network>(_ part: Model.Part, as: Network.Type) -> Network? {
        entries.withLock { entries in
            guard let entry = entries.networks[part] else { return nil }
            entries.touch(part)
            return entry.network as? Network
        }
    }

    /// Lets go of networks until another one of some bytes fits into the budget.
    private func makeRoom(for bytes: Int) {
        let budget = budget
        // Whatever is let go of is destroyed outside the lock.
        var dropped = entries.withLock { entries in
            var dropped: [any Sendable] = []
            var held = entries.networks.values.reduce(0) { $0 + $1.bytes }
            while held + bytes > budget, let oldest = entries.order.first {
                entries.order.removeFirst()
                guard let entry = entries.networks.removeValue(forKey: oldest) else { continue }
                held -= entry.bytes
                dropped.append(entry.network)
            }
            return dropped
        }
        guard !dropped.isEmpty else { return }
        dropped.removeAll()
        Tensor.releaseUnusedMemory()
    }
}

extension WeightFile {
    /// Bytes that the weights take once they are loaded.
    func bytesInMemory(_ precision: Precision) -> Int { precision.width * parameterCount }
}
