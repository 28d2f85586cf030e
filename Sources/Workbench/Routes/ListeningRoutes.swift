internal import Foundation
internal import GRDB
internal import Hummingbird

/// Listening tests: lists of sounds that people judge, as AudioLDM's paper has it (arXiv 2301.12503, section 5).
enum ListeningRoutes {
    static func all(_ desk: Desk) -> [Route] {
        [
            Route(.post, "/api/listening-tests") { request, context in try await make(desk, request, context) },
            Route(.get, "/api/listening-tests/{test}") { _, context in
                let test = try await test(desk, context)
                return try Answer.json(Made(id: test.id, name: test.name, items: try items(test)))
            },
            Route(.post, "/api/listening-tests/{test}/ratings") { request, context in
                try await rate(desk, request, context)
            },
            Route(.get, "/api/listening-tests/{test}/results") { request, context in
                let test = try await test(desk, context)
                let results = try await results(desk, test)
                if request.query("format") == "csv" {
                    var response = Answer.data(Data(csv(results).utf8), "text/csv; charset=utf-8")
                    response.headers[.contentDisposition] = Answer.disposition("\(test.name).csv")
                    return response
                }
                return try Answer.json(results)
            },
        ]
    }

    private struct Making: Decodable {
        struct Item: Decodable {
            let version: String
            let prompt: String?
        }
        let name: String?
        let items: [Item]
    }

    private static func test(_ desk: Desk, _ context: WorkbenchContext) async throws -> ListeningTest {
        let id = try context.id("test")
        guard let test = try await desk.store.read({ try ListeningTest.fetchOne($0, key: id) }) else {
            throw Refusal.notFound("listening test")
        }
        return test
    }

    private static func items(_ test: ListeningTest) throws -> [ListeningTest.Item] {
        try JSON.read([ListeningTest.Item].self, from: Data(test.items.utf8))
    }

    private struct Made: Encodable {
        let id: String
        let name: String
        let items: [ListeningTest.Item]
    }

    private static func make(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let making = try await request.json(Making.self)
        guard (1...200).contains(making.items.count) else {
            throw Refusal.invalid("items: 1 to 200 expected, found \(making.items.count)")
        }
        var items: [ListeningTest.Item] = []
        for item in making.items {
            let version = try await desk.store.version(item.version)
            items.append(
                .init(
                    id: Identifier.make(), version: version.id, prompt: String((item.prompt ?? "").prefix(400)),
                    name: version.name ?? version.title))
        }
        let test = ListeningTest(
            id: Identifier.make(), client: context.client, name: SoundName.safe(making.name ?? "listening test"),
            items: try JSON.text(items), created: Store.now)
        try await desk.store.write { try test.insert($0) }
        return try Answer.json(Made(id: test.id, name: test.name, items: items), status: .created)
    }

    private struct Rate: Decodable {
        let item: String
        let listener: String
        let ovl: Int
        let rel: Int?
    }

    private static func rate(
        _ desk: Desk, _ request: Request, _ context: WorkbenchContext
    ) async throws -> Response {
        let test = try await test(desk, context)
        let rate = try await request.json(Rate.self)
        guard try items(test).contains(where: { $0.id == rate.item }) else { throw Refusal.notFound("item") }
        guard (1...100).contains(rate.ovl), (1...100).contains(rate.rel ?? 1) else {
            throw Refusal.invalid("ovl, rel: 1 to 100 expected")
        }
        let listener = rate.listener.trimmingCharacters(in: .whitespaces)
        guard (1...80).contains(listener.count) else {
            throw Refusal.invalid("listener: a name of up to 80 characters expected")
        }
        let rating = Rating(
            test: test.id, item: rate.item, listener: listener, ovl: rate.ovl, rel: rate.rel, created: Store.now)
        try await desk.store.write { try rating.save($0) }
        return Answer.nothing
    }

    // MARK: - Results

    struct Results: Encodable {
        let name: String
        let listeners: Int
        let items: [Line]
        let all: Line

        struct Line: Encodable {
            let name: String
            let prompt: String
            let ratings: Int
            let ovl: Summary?
            let rel: Summary?
        }
    }

    /// A mean with the half of its 95 % confidence interval (Student's t); that is nil for fewer than two ratings.
    struct Summary: Encodable, Equatable {
        let mean: Double
        let interval: Double?

        init?(_ values: [Int]) {
            guard !values.isEmpty else { return nil }
            let count = Double(values.count)
            let mean = Double(values.reduce(0, +)) / count
            self.mean = mean
            guard values.count > 1 else {
                interval = nil
                return
            }
            let variance = values.reduce(0.0) { $0 + pow(Double($1) - mean, 2) } / (count - 1)
            interval = StudentT.quantile975(values.count - 1) * (variance / count).squareRoot()
        }
    }

    private static func results(_ desk: Desk, _ test: ListeningTest) async throws -> Results {
        let ratings = try await desk.store.read { try Rating.filter(Column("test") == test.id).fetchAll($0) }
        func line(_ name: String, _ prompt: String, _ ratings: [Rating]) -> Results.Line {
            Results.Line(
                name: name, prompt: prompt, ratings: ratings.count, ovl: Summary(ratings.map(\.ovl)),
                rel: Summary(ratings.compactMap(\.rel)))
        }
        return Results(
            name: test.name, listeners: Set(ratings.map(\.listener)).count,
            items: try items(test).map { item in
                line(item.name, item.prompt, ratings.filter { $0.item == item.id })
            },
            all: line("all", "", ratings))
    }

    private static func csv(_ results: Results) -> String {
        func cell(_ text: String) -> String {
            // A spreadsheet takes what begins like this for a formula.
            let safe = text.first.map { "=+-@".contains($0) } == true ? "'" + text : text
            return "\"\(safe.replacing("\"", with: "\"\""))\""
        }
        func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "" }
        let lines = (results.items + [results.all]).map { line in
            [
                cell(line.name), cell(line.prompt), "\(line.ratings)", number(line.ovl?.mean),
                number(line.ovl?.interval), number(line.rel?.mean), number(line.rel?.interval),
            ].joined(separator: ",")
        }
        return (["sound,prompt,ratings,ovl,ovl_95,rel,rel_95"] + lines).joined(separator: "\r\n") + "\r\n"
    }
}

/// Student's t distribution, as far as confidence intervals need it.
enum StudentT {
    /// Exact values for few degrees of freedom; beyond, Cornish and Fisher's expansion (Abramowitz and Stegun, 26.7.5), right to
    /// three decimals there.
    static func quantile975(_ freedom: Int) -> Double {
        let few = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
        if freedom <= few.count { return few[max(1, freedom) - 1] }
        let (z, n) = (1.959964, Double(freedom))
        let first = (pow(z, 3) + z) / 4
        let second = (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / 96
        let third = (3 * pow(z, 7) + 19 * pow(z, 5) + 17 * pow(z, 3) - 15 * z) / 384
        return z + first / n + second / (n * n) + third / (n * n * n)
    }
}
