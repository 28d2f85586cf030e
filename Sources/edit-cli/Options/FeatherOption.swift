internal import ArgumentParser
internal import Editing

/// How far an edit goes over into its source.
struct FeatherOption: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "How far the edit goes over into the source, within its edges: seconds, and of rectangles octaves after a comma (0.05,0.5). (default: as little as is not heard)",
            valueName: "sec,oct"),
        transform: Self.parse)
    var feather: Feather?

    private static func parse(_ text: String) throws -> Feather {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard (1...2).contains(parts.count), let seconds = parts[0], let octaves = parts.count == 2 ? parts[1] : 0
        else {
            throw ValidationError("SECONDS or SECONDS,OCTAVES expected (0.05 or 0.05,0.5)")
        }
        do {
            return try Feather(seconds: seconds, octaves: octaves)
        } catch {
            throw ValidationError(error.inOptions.replacing("--feather: ", with: ""))
        }
    }
}
