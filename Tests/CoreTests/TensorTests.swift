import TestSupport
import Testing

@testable import Core

@Suite struct TensorTests {
    @Test func writingToACopyLeavesTheOriginal() {
        let original = Tensor([1, 2, 3, 4], shape: [2, 2])
        var copy = original.reshaped([4])
        copy *= 2
        #expect(original.elements == [1, 2, 3, 4])
        #expect(copy == Tensor([2, 4, 6, 8], shape: [4]))
    }

    @Test func aViewIsCopiedWhenItIsWritten() {
        final class Owner {
            var memory: [Float] = [5, 6, 7]
        }
        let owner = Owner()
        unsafe owner.memory.withUnsafeBufferPointer { memory in
            var view = unsafe Tensor(mapped: memory, keeping: owner, shape: [3])
            #expect(view.elements == [5, 6, 7])
            view += 1
            #expect(view.elements == [6, 7, 8])
        }
        #expect(owner.memory == [5, 6, 7])
    }

    @Test func concatenatingAndSlicingUndoEachOther() {
        var random = TestRandom(seed: 1)
        let (a, b) = (random.tensor(2, 3, 5), random.tensor(2, 4, 5))
        let joined = Tensor.concatenated([a, b], axis: 1)
        #expect(joined.shape == [2, 7, 5])
        #expect(joined.sliced(axis: 1, 0..<3) == a)
        #expect(joined.sliced(axis: 1, 3..<7) == b)
        #expect(Tensor.concatenated([a, a], axis: 2).sliced(axis: 2, 5..<10) == a)
    }

    @Test func transposingFollowsThePermutation() {
        var random = TestRandom(seed: 2)
        let x = random.tensor(2, 3, 4, 5)
        let y = x.transposed([0, 2, 3, 1])
        #expect(y.shape == [2, 4, 5, 3])
        let (source, target) = (x.elements, y.elements)
        for b in 0..<2 {
            for c in 0..<3 {
                for h in 0..<4 {
                    for w in 0..<5 {
                        #expect(target[((b * 4 + h) * 5 + w) * 3 + c] == source[((b * 3 + c) * 4 + h) * 5 + w])
                    }
                }
            }
        }
        #expect(y.transposed([0, 3, 1, 2]) == x)
    }

    @Test func arithmeticIsElementwise() {
        let (a, b) = (Tensor([1, 2, 3], shape: [3]), Tensor([4, 5, 6], shape: [3]))
        #expect((a + b).elements == [5, 7, 9])
        #expect((b - a).elements == [3, 3, 3])
        #expect((a * b).elements == [4, 10, 18])
        #expect((2 * a / 4 - 1).elements == [-0.5, 0, 0.5])
        #expect((-a).elements == [-1, -2, -3])
    }

    @Test func mismatchNamesTheWorstIndexAndRejectsNaN() {
        let expected = Tensor([1, 2, 3, 4], shape: [2, 2])
        #expect(mismatch(expected, expected, absolute: 0, relative: 0) == nil)
        #expect(mismatch(expected.reshaped([4]), expected) == "shape [4], expected [2, 2]")
        #expect(mismatch(Tensor([1, 2.1, 3.5, 4], shape: [2, 2]), expected)?.contains("at [1, 0]") == true)
        #expect(mismatch(Tensor([1, 2, .nan, 4], shape: [2, 2]), expected)?.contains("at [1, 0]") == true)
    }
}
