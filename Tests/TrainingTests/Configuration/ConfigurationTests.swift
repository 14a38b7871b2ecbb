import Foundation
import Testing
import Training

@Suite struct ConfigurationTests {
    static func problem(_ yaml: String, _ overrides: [String] = []) -> String {
        do {
            _ = try RunConfiguration.load(yaml: yaml, source: "run.yaml", overrides: overrides)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test func defaultsAreThePublishedConfiguration() throws {
        let run = try RunConfiguration.load(yaml: "")
        #expect(run == RunConfiguration())
        #expect(run.model.arch == .b4 && run.data.size == 256)
        #expect(run.data.globalBatch == 24 && run.train.epochs == 20)
        #expect(run.optimizer.name == .adam && run.optimizer.lr == 2e-4)
        #expect(run.optimizer.eps == 1e-8 && run.optimizer.weightDecay == 5e-4)
        #expect(run.model.batchNorm.momentum == 0.01 && run.model.batchNorm.eps == 1e-3)
        #expect(run.losses.opr == .tripletBinary && !run.losses.transitionStopGradient)
    }

    @Test func yamlReplacesWhatItNamesAndNothingElse() throws {
        let run = try RunConfiguration.load(
            yaml: """
                setting: bf-only
                model:
                  arch: efficientnet-b0
                  stochastic_depth: 0.3
                  batch_norm: {sync: no}
                data:
                  train: /data/train.h5
                  global_batch: 1_024
                train:
                  seed: 18446744073709551615
                # nothing but comments below
                watchdog:
                """)
        var expected = RunConfiguration()
        expected.setting = .blendfakesOnly
        expected.model.arch = .b0
        expected.model.stochasticDepth = 0.3
        expected.model.batchNorm.sync = false
        expected.data.train = "/data/train.h5"
        expected.data.globalBatch = 1024
        expected.train.seed = .max
        #expect(run == expected)
    }

    @Test func resolvedConfigurationReadsBackEqual() throws {
        var run = RunConfiguration()
        run.setting = .vanillaHybrid
        run.model.stochasticDepth = 0.1 + 0.2
        run.data.train = "/data/my: \"odd\" #1 path/ü.h5"
        run.data.val = "17"
        run.losses.order = .deepfakeFirst
        run.optimizer.lr = 1.0 / 3
        run.optimizer.eps = 1e-12
        run.schedule.startEpoch = 7
        run.train.seed = .max
        let text = run.resolvedYAML()
        #expect(try RunConfiguration.load(yaml: text) == run)
        #expect(try RunConfiguration.load(yaml: text).resolvedYAML() == text)
        #expect(
            try RunConfiguration.load(yaml: RunConfiguration().resolvedYAML()) == RunConfiguration()
        )
    }

    @Test func resolvedConfigurationNamesEverySettingOnceInSnakeCase() {
        let text = RunConfiguration().resolvedYAML()
        #expect(text.hasPrefix("setting: prodet\nmodel:\n  arch: efficientnet-b4\n"))
        #expect(text.contains("  start_epoch: null\n"))
        #expect(text.contains("  batch_norm:\n    sync: true\n"))
        #expect(text.contains("  train: null\n"))
        let leaves = text.split(separator: "\n").filter { !$0.hasSuffix(":") }
        #expect(leaves.count == RunConfiguration.settingDescriptions.count)
        #expect(RunConfiguration.settingDescriptions.allSatisfy { $0.key == $0.key.lowercased() })
    }

    @Test(arguments: [
        (
            "optimiser: {lr: 1}",
            "run.yaml:1: there is no setting optimiser; the nearest is optimizer"
        ),
        (
            "train:\n  epochs: 3\n  epoch: 3",
            "run.yaml:3: there is no setting train.epoch; the nearest is train.epochs"
        ),
        ("lr: 1", "run.yaml:1: there is no setting lr; the nearest is optimizer.lr"),
        ("train: {lr: 1}", "run.yaml:1: there is no setting train.lr; the nearest is optimizer.lr"),
        (
            "model: {batch_norm: {eps_: 1}}",
            "run.yaml:1: there is no setting model.batch_norm.eps_; "
                + "the nearest is model.batch_norm.eps"
        ),
    ])
    func everyUnknownKeyIsAnErrorWithTheNearestKnownOne(yaml: String, message: String) {
        #expect(Self.problem(yaml) == message)
    }

    @Test func aKeyFarFromAllOthersListsItsSection() {
        let message = Self.problem("schedule: {decay_every_so_often: 1}")
        #expect(message.contains("and this section has name, per, warmup_steps, step_size"))
    }

    @Test(arguments: [
        ("optimizer: {lr: fast}", "run.yaml:1: optimizer.lr is \"fast\", but must be a number"),
        ("optimizer: {lr: .inf}", "run.yaml:1: optimizer.lr is \".inf\", but must be a number"),
        ("train: {epochs: 2.5}", "run.yaml:1: train.epochs is \"2.5\", but must be a whole number"),
        ("train:\n  epochs:", "run.yaml:2: train.epochs is null, but must be a whole number"),
        ("data: {val: [a, b]}", "run.yaml:1: data.val is a list, but must be text, or null"),
        (
            "optimizer: {name: lion}",
            "run.yaml:1: optimizer.name is \"lion\", but must be one of adam, adamw, sgd"
        ),
        (
            "losses: {bridging: 1}",
            "run.yaml:1: losses.bridging is \"1\", but must be true or false"
        ),
        (
            "model: {batch_norm: fast}",
            "run.yaml:1: model.batch_norm is \"fast\", but must be a section with the keys "
                + "sync, momentum, eps"
        ),
        (
            "setting: vth",
            "run.yaml:1: setting is \"vth\", but must be one of df-only, bf-only, vht, "
                + "prodet-published, prodet"
        ),
    ])
    func aWrongTypeNamesKeyValueAndWhatIsAllowed(yaml: String, message: String) {
        #expect(Self.problem(yaml) == message)
    }

    @Test func allProblemsAreReportedTogether() {
        let lines = Self.problem(
            "train: {epoch: 1, seed: -1}\nsetting: x", ["optimizer.lr=z", "nonsense"]
        )
        .split(separator: "\n")
        #expect(lines.count == 5)
        #expect(
            lines.last
                == "--set nonsense isn't of the form section.key=value, such as optimizer.lr=1e-4")
    }

    @Test func overridesWinAndLaterOnesWinOverEarlier() throws {
        let run = try RunConfiguration.load(
            yaml: "optimizer: {lr: 1}\ndata: {val: x.h5}",
            overrides: [
                "optimizer.lr=1e-3", "optimizer.lr=5e-3", "data.val=null", "setting=vht",
                "data.train=/a b/c: #2.h5", "model.batch_norm.sync=false", "model.stochastic_depth=0.5",
                "schedule.start_epoch=3",
            ])
        #expect(run.optimizer.lr == 5e-3)
        #expect(run.data.val == nil)
        #expect(run.data.train == "/a b/c: #2.h5")
        #expect(run.setting == .vanillaHybrid)
        #expect(!run.model.batchNorm.sync)
        #expect(run.model.stochasticDepth == 0.5)
        #expect(run.schedule.startEpoch == 3)
    }

    @Test(arguments: [
        ("optimizer.rl=1", "--set: there is no setting optimizer.rl; the nearest is optimizer.lr"),
        (
            "data.global_batch=many",
            "--set: data.global_batch is \"many\", but must be a whole number"
        ),
        ("data=3", "--set: data is \"3\", but must be a section with the keys train, val"),
        ("optimizer.lr.x=3", "--set: optimizer.lr is a section, but must be a number"),
        ("optimizer.lr=*x", "--set: optimizer.lr is \"*x\", but must be a number"),
        ("optimizer.lr=", "--set: optimizer.lr is null, but must be a number"),
        ("=3", "--set =3 isn't of the form section.key=value"),
        ("a..b=3", "--set a..b=3 isn't of the form section.key=value"),
    ])
    func aBadOverrideIsNamed(override: String, message: String) {
        #expect(Self.problem("", [override]).hasPrefix(message))
    }

    @Test(arguments: [
        ("data.size=100", "data.size is 100, but must be a multiple of 32"),
        ("data.size=0", "data.size is 0, but must be from 32 to 1024"),
        ("data.neighbours=101", "data.neighbours is 101, but must be from 1 to 100"),
        ("optimizer.lr=0", "optimizer.lr is 0.0, but must be above 0"),
        ("optimizer.beta2=1", "optimizer.beta2 is 1.0, but must be at least 0 and below 1"),
        ("model.stochastic_depth=-0.1", "model.stochastic_depth is -0.1, but must be at least 0 and below 1"),
        ("train.checkpoint_keep=0", "train.checkpoint_keep is 0, but must be at least 1"),
        (
            "schedule.start_epoch=20",
            "schedule.start_epoch is 20, but must be below train.epochs, which is 20"
        ),
    ])
    func aValueOutOfItsRangeIsRefused(override: String, message: String) {
        #expect(Self.problem("", [override]) == message)
    }

    @Test func textThatIsNoYAMLIsNamedWithItsLine() {
        #expect(
            Self.problem("train:\n  epochs: 3\n bad: [").hasPrefix("run.yaml:3: this isn't YAML"))
        #expect(Self.problem("train: {seed: 1}\ntrain: {seed: 2}").contains("train given twice"))
        #expect(Self.problem("- a\n- b").contains("the configuration is a list"))
    }

    @Test func aFileThatIsMissingIsNamed() {
        #expect(
            throws: ConfigurationError.unreadable(
                path: "/nowhere/run.yaml", reason: "there is no such file")
        ) {
            try RunConfiguration.load(path: "/nowhere/run.yaml")
        }
    }

    @Test func trainingWithoutDataSaysWhatToSet() throws {
        #expect(throws: ConfigurationError.missing(key: "data.train")) {
            try RunConfiguration().requireTrainingData()
        }
    }

    @Test func aConfigurationMadeInCodeIsCheckedToo() {
        var run = RunConfiguration()
        run.optimizer.lr = .nan
        #expect(
            throws: ConfigurationError.outOfRange(
                key: "optimizer.lr", value: "nan", expected: "above 0")
        ) { try run.validate() }
    }
}
