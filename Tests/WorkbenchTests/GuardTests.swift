import Foundation
import Testing

@testable import Workbench

/// Who is let in, and what a page may do.
@Suite struct GuardTests {
    @Test func otherNamesAndOtherPagesAreRefused() async throws {
        let site = try await Site()
        let own = await site.raw("GET /api HTTP/1.1\r\nHost: localhost:\(site.port)\r\nConnection: close\r\n\r\n")
        #expect(own.hasPrefix("HTTP/1.1 200"))
        let rebound = await site.raw("GET /api HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        #expect(rebound.hasPrefix("HTTP/1.1 421"))
        let other = try await site.ask("GET", "/api", nil, ["Origin": "https://evil.example"])
        #expect(other.status == 403)
        let same = try await site.ask("GET", "/api", nil, ["Origin": "http://127.0.0.1:\(site.port)"])
        #expect(same.status == 200)
        let cross = try await site.ask("GET", "/api", nil, ["Sec-Fetch-Site": "cross-site"])
        #expect(cross.status == 403)
        await site.stop()
    }

    @Test func aPageMayLoadNothingFromElsewhere() async throws {
        let site = try await Site()
        for path in ["/", "/listen", "/api/nothing"] {
            let answer = try await site.ask("GET", path)
            let policy = answer.headers["content-security-policy"] ?? ""
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'"))
            #expect(!policy.contains("unsafe"))
            #expect(answer.headers["x-content-type-options"] == "nosniff")
        }
        let page = String(decoding: try await site.ask("GET", "/").data, as: UTF8.self)
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("style=\""))
        await site.stop()
    }

    @Test func withATokenOnlyWhoShowsItComesIn() async throws {
        let token = WorkbenchSettings.newToken()
        let site = try await Site { $0.token = token }
        #expect(try await site.ask("GET", "/api").status == 401)
        #expect(try await site.ask("GET", "/").status == 401)
        #expect(try await site.ask("GET", "/?token=\(token.reversed())").status == 401)
        #expect(try await site.ask("GET", "/api", nil, ["Authorization": "Bearer \(token)"]).status == 200)
        let link = try await site.ask("GET", "/?token=\(token)")
        #expect(link.status == 303)
        #expect(link.headers["set-cookie"]?.contains("HttpOnly; SameSite=Lax") == true)
        #expect(try await site.ask("GET", "/api", nil, ["Cookie": "retouch_token=\(token)"]).status == 200)
        await site.stop()
    }

    @Test(
        arguments: [
            "/../../../etc/passwd", "/api/versions/..%2F..%2Fetc%2Fpasswd/sound", "/api/sessions/%00", "/base.css/..",
            "/api/versions/aaaaaaaaaaaaaaaaaaaaaaaaaa/sound", "/api/versions/aaaaaaaaaaaaaaaaaaaaaaaaaa/outline/99/0",
        ])
    func noPathReachesAFile(path: String) async throws {
        let site = try await Site()
        let answer = await site.raw("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(site.port)\r\nConnection: close\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 404") || answer.hasPrefix("HTTP/1.1 400"))
        #expect(!answer.contains("root:"))
        await site.stop()
    }

    @Test func garbageIsAnsweredAndForgotten() async throws {
        let site = try await Site()
        for garbage in [
            "\u{1}\u{2}\u{3}\r\n\r\n", "GET\r\n\r\n", "POST /api/uploads HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        ] {
            let answer = await site.raw(garbage)
            #expect(!answer.hasPrefix("HTTP/1.1 2") && !answer.hasPrefix("HTTP/1.1 5"))
        }
        #expect(try await site.ask("GET", "/api").status == 200)
        await site.stop()
    }

    @Test func identifiersAreLongAndChecked() {
        #expect(Set((0..<1000).map { _ in Identifier.make() }).count == 1000)
        #expect(Identifier.isValid(Identifier.make()))
        for bad in ["", "a", "../../../../etc/passwd.....", "AAAAAAAAAAAAAAAAAAAAAAAAAA", "aaaaaaaaaaaaaaaaaaaaaaaaa/"]
        {
            #expect(!Identifier.isValid(bad))
        }
        #expect(Guard.isSame("abc", "abc") && !Guard.isSame("abc", "abd") && !Guard.isSame("abc", "abcd"))
        #expect(Guard.name(ofHost: "[::1]:8480") == "[::1]" && Guard.name(ofHost: "LocalHost:1") == "localhost")
    }
}
