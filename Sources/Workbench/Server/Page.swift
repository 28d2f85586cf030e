internal import Foundation
internal import Hummingbird

/// The files of the page, read once: no path from a request ever reaches the file system.
struct Page: Sendable {
    private let files: [String: (data: Data, type: String)]
    /// The description of the HTTP interface.
    let description: Data

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml", "json": "application/json",
    ]

    init() throws {
        let folder = Bundle.module.bundleURL.appending(path: "Page")
        var files: [String: (Data, String)] = [:]
        for url in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            guard let type = Self.types[url.pathExtension] else { continue }
            files["/\(url.lastPathComponent)"] = (try Data(contentsOf: url), type)
        }
        files["/"] = files["/index.html"]
        files["/listen"] = files["/listen.html"]
        self.files = files
        description = files["/openapi.json"]?.0 ?? Data("{}".utf8)
    }

    func add(to router: Router<WorkbenchContext>) {
        for (path, file) in files where !path.hasSuffix(".json") {
            router.get(RouterPath(path)) { _, _ in
                var response = Answer.data(file.data, file.type)
                response.headers[.cacheControl] = "no-cache"
                return response
            }
        }
    }
}
