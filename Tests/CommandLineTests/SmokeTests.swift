import Core
import Testing

@Suite struct CommandLineSmokeTests {
    @Test func instructionSetIsKnown() {
        #expect(InstructionSet(rawValue: InstructionSet.current.rawValue) == InstructionSet.current)
    }
}
