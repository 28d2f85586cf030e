import Testing

@Suite struct UsageTests {
    @Test(
        arguments: [
            ("inpaint", "missing expected argument '<input>'"),
            (
                "inpaint a.wav -o b.wav",
                "--region: at least one is expected, as START-END in seconds or h:mm:ss, or a list of them with --regions-from"
            ),
            ("inpaint a.wav --region 1-2", "missing expected argument '--output <out>'"),
            (
                "restyle a.wav -o b.wav",
                "missing expected argument '--prompt <text>', what shall be heard, or '--like <file|folder>'"
            ),
            (
                "generate -o b.wav",
                "missing expected argument '<prompt>', what shall be heard, or '--like <file|folder>'"
            ),
            ("generate rain -o b.wav --prompt hail", "'--prompt' says again what '<prompt>' says; give one of them"),
            ("generate -o b.wav --like a.wav --like-weight 0.3", "--like-weight: --like and a prompt expected with it"),
            ("generate rain -o b.wav --like-weight 0.3", "--like-weight: --like and a prompt expected with it"),
            ("generate rain -o b.wav --like a.wav --like-weight 2", "--like-weight: 0 to 1 expected, found 2.0"),
            (
                "restyle a.wav -o b.wav --prompt x --method contrast --passes 2",
                "--method: noise with --passes above 1 or an --eta above 0 expected, found contrast"
            ),
            (
                "restyle a.wav -o b.wav --prompt x --keep rhythm",
                "the value 'rhythm' is invalid for '--keep <name>': one of dynamics, none expected"
            ),
            (
                "inpaint a.wav -o b.wav --region 3-2",
                "the value '3-2' is invalid for '--region <start-end>': the end must come after the start"
            ),
            (
                "inpaint a.wav -o b.wav --region soon",
                "the value 'soon' is invalid for '--region <start-end>': START-END in seconds or h:mm:ss.sss expected "
                    + "(2.5-3 or 1:02.5-1:03.75)"
            ),
            ("inpaint a.wav -o b.wav --region 1-2 --steps 0", "--steps: 1 to 1000 expected, found 0"),
            (
                "inpaint a.wav -o b.wav --region 1-2 --steps many",
                "the value 'many' is invalid for '--steps <n>': a whole number from 0 on expected"
            ),
            (
                "inpaint a.wav -o b.wav --region 1-2 --strength half",
                "the value 'half' is invalid for '--strength <x>': a number expected"
            ),
            ("generate rain -o b.wav --guidance 1000", "--guidance: 0 to 100 expected, found 1000.0"),
            ("generate rain -o b.wav --eta 2", "--eta: 0 to 1 expected, found 2.0"),
            ("generate rain -o b.wav --eta 1 --sampler dpm++", "--eta: 0 with --sampler dpm++ expected, found 1.0"),
            (
                "generate rain -o b.wav --sampler euler",
                "the value 'euler' is invalid for '--sampler <name>': one of ddim, dpm++ expected"
            ),
            (
                "generate rain -o b.wav --encoding mp3",
                "the value 'mp3' is invalid for '--encoding <name>': one of pcm16, pcm24, float32 expected"
            ),
            ("generate rain -o b.wav --duration 0", "--duration: above 0 and up to 86400 seconds expected, found 0.0"),
            ("generate rain -o b.wav --threads 0", "--threads: 1 to 1024 expected, found 0"),
            ("generate rain -o b.wav --colour", "unknown option '--colour'"),
            ("restyle a.wav -o b.wav --prompt x --strength 1.5", "--strength: 0 to 1 expected, found 1.5"),
            ("restyle a.wav -o b.wav --prompt x --strength -0.1", "--strength: 0 to 1 expected, found -0.1"),
            ("generate rain -o b.wav --guidance -1", "--guidance: 0 to 100 expected, found -1.0"),
            (
                "generate rain -o b.wav --seed -5",
                "the value '-5' is invalid for '--seed <n>': a whole number from 0 on expected"
            ),
            ("upsample a.wav -o b.wav --cutoff 0", "--cutoff: a frequency above 0 Hz expected, found 0.0"),
            ("upsample a.wav -o b.wav --rate 0", "--rate: 1000 to 768000 Hz expected, found 0"),
            ("plot a.wav -o picture.jpg", "--output: a name that ends in .png expected, found 'picture.jpg'"),
            ("benchmark --seconds 0", "--seconds: above 0, up to 3600 expected, found 0.0"),
            ("info a.wav --model m", "give either a file or --model, not both"),
            ("louder", "unexpected argument 'louder'"),
        ])
    func whatMakesNoSenseIsRefusedInOneLine(line: String, message: String) throws {
        let words = line.split(separator: " ").map(String.init)
        let workplace = try Workplace()
        let outcome = try Program.run(words, in: workplace.folder.url)
        #expect(outcome.status == 64)
        #expect(outcome.errors == "edit-cli: \(message)\n")
        #expect(outcome.output == "")
    }
}
