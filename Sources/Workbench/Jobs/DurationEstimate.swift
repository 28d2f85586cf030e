internal import Editing

/// About how long an edit takes, by what edits of its kind took here before.
enum DurationEstimate {
    /// Seconds that every edit takes, however small.
    static let overhead = 0.3

    /// Seconds for one unit of work before any edit of its kind was made.
    static func firstPace(_ job: String) -> Double { job == Upsample.job ? 0.03 : 0.04 }

    /// The work of an edit: seconds of sound that go through the network once, and some more for what is not steps.
    static func units(_ request: any EditRequest, sourceSeconds: Double?) -> Double {
        let all = sourceSeconds ?? 5
        var (seconds, strength, takes) = (all, 1.0, 1.0)
        switch request {
        case let request as Inpaint:
            seconds = passages(request.regions, all)
            strength = request.strength ?? (request.condition.prompt == nil ? 0.1 : 1)
        case let request as Restyle:
            seconds = request.regions.isEmpty ? all : passages(request.regions, all)
            strength = request.strength
        case let request as Upsample: strength = request.strength ?? 0.5
        case let request as Remake: seconds = request.region.map { passages([$0], all) } ?? all
        case let request as Extend:
            seconds = request.before + request.after + 4
            strength = request.strength ?? (request.condition.prompt == nil ? 0.1 : 1)
        case let request as Loop:
            let length = request.length ?? all
            seconds = max(request.seam ?? 1, length - all) + 10
            strength = request.strength ?? (request.condition.prompt == nil ? 0.1 : 1)
        case let request as Generate:
            seconds = request.duration
            takes = Double(request.takes)
        default: break
        }
        let settings = request.settings
        let halves = settings.guidance == 0 || settings.guidance == 1 ? 1.0 : 2.0
        let steps = (Double(settings.steps) * strength).rounded(.up) * Double(settings.passes) * halves
        return max(0.5, seconds * takes * (steps + 4))
    }

    /// A passage is heard with some seconds around its regions.
    private static func passages(_ regions: [Region], _ all: Double) -> Double {
        min(all, regions.reduce(0) { $0 + $1.duration + 4 })
    }
}
