import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Core

@Suite struct ParallelTests {
    @Test func everyIndexIsVisitedOnce() {
        for count in [0, 1, 2, 7, 1000] {
            let visits = (0..<count).map { _ in Counter() }
            for _ in 0..<50 { Parallel.run(count) { visits[$0].increment() } }
            #expect(visits.allSatisfy { $0.value == 50 })
        }
    }

    @Test func jobsInsideJobsRunToTheEnd() {
        let total = Counter()
        Parallel.run(8) { _ in Parallel.run(9) { _ in total.increment() } }
        #expect(total.value == 72)
    }

    @Test func runsCoverTheWholeRange() {
        let visits = (0..<103).map { _ in Counter() }
        Parallel.run(103, by: 10) { range in for i in range { visits[i].increment() } }
        #expect(visits.allSatisfy { $0.value == 1 })
    }

    @Test func jobsOfSeveralCallersDoNotDisturbEachOther() async {
        let total = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<200 { Parallel.run(5) { _ in total.increment() } }
                }
            }
        }
        #expect(total.value == 8000)
    }
}

/// Callers at the same time share the pool: each of two long jobs is helped.
@Suite struct FairnessTests {
    @Test func thePoolHelpsEveryCaller() {
        PoolSize.unchanged {
            guard Parallel.threads > 1 else { return }
            let (others, group) = ([Counter(), Counter()], DispatchGroup())
            for counter in others {
                group.enter()
                Thread.detachNewThread {
                    Self.runTasks(countingThoseOfOthersIn: counter)
                    group.leave()
                }
            }
            group.wait()
            let helped = others.map(\.value)
            #expect(helped.count == 2 && helped.allSatisfy { $0 > 20 }, "tasks done by the pool: \(helped)")
        }
    }

    /// Runs a caller's tasks until others have done enough of them.
    private static func runTasks(countingThoseOfOthersIn others: Counter) {
        let caller = pthread_self()
        // Together far longer than it takes to start the other caller; again as long as other tests have the pool.
        let deadline = ContinuousClock.now + .seconds(120)
        repeat {
            Parallel.run(200) { _ in
                usleep(2000)
                if pthread_equal(pthread_self(), caller) == 0 { others.increment() }
            }
        } while others.value <= 20 && ContinuousClock.now < deadline
    }
}

private final class Counter: Sendable {
    private let count = Atomic(0)
    func increment() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}
