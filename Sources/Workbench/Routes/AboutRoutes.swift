internal import Core
internal import Editing
internal import Foundation
internal import Hummingbird

/// What this workbench is, and the page itself.
enum AboutRoutes {
    static func all(_ desk: Desk, _ page: Page) -> [Route] {
        let facts = Route(.get, "/api") { _, _ in try await about(desk) }
        let description = Route(.get, "/api/openapi.json") { _, _ in
            Answer.data(page.description, "application/json")
        }
        return [facts, description]
    }

    private struct About: Encodable {
        let program: String
        let model: String
        let jobs: [String]
        let formats: [String]
        let highestFrequency: Double
        let hasFolder: Bool
        let daysKept: Double
        let uploadLimit: Int
        let waiting: Int
        let running: Int
        let defaults: [String: Defaults]

        struct Defaults: Encodable {
            let steps: Int
            let guidance: Double
            /// Where there is a prompt.
            let promptedGuidance: Double
            let sampler: String
        }
    }

    private static func about(_ desk: Desk) async throws -> Response {
        let counts = await desk.queue.counts
        let jobs = RequestDocument.jobs
        return try Answer.json(
            About(
                program: "Retouch \(Retouch.version)",
                model: URL(fileURLWithPath: "/" + desk.editor.reference.name).lastPathComponent,
                jobs: jobs.map { $0.job }, formats: SoundFormats.offered,
                highestFrequency: desk.editor.model.frontEnd.highestHz, hasFolder: desk.settings.folder != nil,
                daysKept: desk.settings.daysKept, uploadLimit: desk.settings.uploadLimit, waiting: counts.waiting,
                running: counts.running,
                defaults: Dictionary(
                    uniqueKeysWithValues: jobs.map {
                        (
                            $0.job,
                            About.Defaults(
                                steps: $0.defaults.steps, guidance: $0.defaults.guidance,
                                promptedGuidance: $0.defaults.promptedGuidance,
                                sampler: $0.defaults.sampler.rawValue)
                        )
                    })))
    }
}
