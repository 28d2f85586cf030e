public import Core
public import Editing

/// One edit of many.
public struct BatchJob: Sendable {
    /// The file of the sound to edit; nil for an edit that makes a sound from nothing.
    public let input: String?
    /// The file of the result.
    public let output: String
    /// Why the job cannot be done, where that is known before.
    let problem: (any Error)?
    /// Makes the request: some of it, such as a time before the end, only the sound can tell.
    let request: @Sendable (AudioFile?) throws -> any EditRequest

    /// An edit.
    /// - Parameters:
    ///   - input: the file of the sound to edit; nil for an edit that makes a sound from nothing.
    ///   - output: the file of the result.
    ///   - request: gives the edit when the sound is open; what it throws is why the job fails.
    public init(
        input: String?, output: String, request: @escaping @Sendable (AudioFile?) throws -> any EditRequest
    ) {
        self.input = input
        self.output = output
        self.request = request
        problem = nil
    }

    /// A line of a list that is no job: it fails, and is reported with the others.
    /// - Parameters:
    ///   - place: where the line is, such as "jobs.csv, line 3".
    ///   - problem: what is wrong with it.
    public init(_ place: String, _ problem: any Error) {
        input = nil
        output = place
        self.problem = problem
        request = { _ in throw problem }
    }

    /// An edit as a line of a list has it.
    public init(_ entry: RequestEntry) {
        self.init(input: entry.input, output: entry.output) { _ in entry.request }
    }
}

/// A part of a list of jobs: every `count`th of them, so that so many runs with different numbers do all of them, each once.
public struct Shard: Sendable, Equatable {
    /// The number of this part, 1...count.
    public let number: Int
    /// The number of parts.
    public let count: Int

    /// A part; nil unless the number is within 1...count.
    public init?(number: Int, of count: Int) {
        guard count > 0, (1...count).contains(number) else { return nil }
        self.number = number
        self.count = count
    }

    /// The whole list.
    public static let whole = Shard(number: 1, of: 1)!

    /// The places in a list that belong to this part.
    public func indices(of total: Int) -> [Int] { Array(stride(from: number - 1, to: total, by: count)) }
}

/// What is done where a result's name is taken.
public enum ExistingOutput: String, Sendable, CaseIterable {
    /// A result of the same edit of the same sound stays; any other file is left alone, and the job fails.
    case skip
    /// A result of the same edit of the same sound stays; any other file is replaced.
    case overwrite
    /// A result of the same edit of the same sound stays; otherwise the result gets a number after its name.
    case rename
}
