// ConfigurationTests.swift — experiments as users write them, and what is said of wrong ones.

import Experiment
import Foundation
import Training
import Testing

@Suite struct ExperimentConfigurationTests {
    private static let small = """
        data: {train: a.h5, val: b.h5, unseen: [c.h5]}
        seeds: [3, 4]
        train: {optimizer: {lr: 0.01}}
        settings:
          vht: {setting: vht}
          prodet: {setting: prodet, optimizer: {lr: 0.02}}
        """

    private func load(_ yaml: String) throws -> ExperimentConfiguration {
        try ExperimentConfiguration.load(yaml: yaml, source: "e.yaml")
    }

    private func message(_ yaml: String) -> String {
        do {
            _ = try load(yaml)
            return "nothing was wrong"
        } catch {
            return "\(error)"
        }
    }

    @Test func settingsLieOverWhatIsCommon() throws {
        let experiment = try load(Self.small)
        #expect(experiment.settings.map(\.name) == ["vht", "prodet"])
        #expect(experiment.settings.map(\.configuration.optimizer.lr) == [0.01, 0.02])
        #expect(experiment.seeds == [3, 4] && experiment.reference == "vht")
        #expect(experiment.evaluation.pictures == ["vht"])
    }

    @Test func whatIsWrongIsNamedWithItsPlace() {
        #expect(message(Self.small + "\nsead: 1").contains("e.yaml:7: an experiment has no key sead; the nearest is seeds"))
        #expect(message(Self.small.replacing("lr: 0.02", with: "rl: 0.02")).contains("optimizer.rl; the nearest is optimizer.lr"))
        #expect(message(Self.small.replacing("seeds: [3, 4]", with: "seeds: [3, 3]")).contains("different ones"))
        #expect(message(Self.small.replacing("seeds: [3, 4]", with: "seeds: [-1]")).contains("whole numbers from 0"))
        #expect(message(Self.small + "\nreference: bf").contains("one of the settings vht, prodet"))
        #expect(message("data: {train: a.h5, unseen: b.h5}\nseeds: 1").contains("settings isn't there"))
        #expect(message(Self.small.replacing(", unseen: [c.h5]", with: "")).contains("data.unseen"))
        #expect(message(Self.small.replacing("vht: {", with: "a/b: {")).contains("a setting's name is 'a/b'"))
        #expect(message(Self.small + "\nrun: {launcher: mpirun}").contains("{ranks}"))
        #expect(message("").contains("it is empty"))
    }

    /// A setting that chose its own data or seed could be chosen by a test.
    @Test func dataAndSeedsAreTheExperimentsAlone() {
        #expect(message(Self.small.replacing("vht: {", with: "vht: {data: {val: c.h5}, ")).contains("all settings train on the same data"))
        #expect(message(Self.small.replacing("lr: 0.01}", with: "lr: 0.01}, data: {train: c.h5}")).contains("data.train or data.val"))
        #expect(message(Self.small.replacing("vht: {", with: "vht: {train: {seed: 7}, ")).contains("train.seed of vht"))
        #expect(message(Self.small.replacing("train: a.h5", with: "synth: {size: 64}, train: a.h5")).contains("either synth"))
    }

    /// Every row of the table of docs/experiment.md exists, and no two of them are the same training.
    @Test(arguments: ["experiment.yaml", "experiment-ffpp.yaml"])
    func theShippedTableHasEverySettingOnce(file: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "configs")
        let experiment = try ExperimentConfiguration.load(path: folder.appending(path: file).path)
        #expect(experiment.reference == "prodet" && experiment.seeds.count >= 3)
        let expected: [String: (anchors: Int, terms: [String], pairs: String, heads: Int)] = [
            "df-only": (2, ["final"], "r-f", 3), "bf-only": (3, ["final"], "r-s s-c", 3),
            "vht": (4, ["final"], "r-s s-c c-f", 3),
            "prodet-published": (4, ["final", "attributes", "bridging", "transition"], "r-s s-c c-f", 3),
            "prodet": (4, ["final", "attributes", "bridging", "transition", "orientation"], "r-s s-c c-f", 3),
            "no-opr": (4, ["final", "bridging", "transition", "orientation"], "r-s s-c c-f", 3),
            "no-bridging": (4, ["final", "attributes", "transition", "orientation"], "r-s s-c c-f", 3),
            "no-transition": (4, ["final", "attributes", "bridging", "orientation"], "r-s s-c c-f", 3),
            "opr-multi-class": (4, ["final", "attributes", "bridging", "transition", "orientation"], "r-s s-c c-f", 1),
            "opr-multi-label": (4, ["final", "attributes", "bridging", "transition", "orientation"], "r-s s-c c-f", 1),
            "order-r-f-s-c": (4, ["final", "attributes", "bridging", "transition", "orientation"], "r-f f-s s-c", 3),
            "order-surround": (4, ["final", "attributes", "bridging", "transition", "orientation"], "r-s r-c r-f", 3),
        ]
        #expect(Set(experiment.settings.map(\.name)) == Set(expected.keys))
        for setting in experiment.settings {
            let wanted = try #require(expected[setting.name])
            let (detector, objective) = try small(setting.configuration).makeDetector()
            let names: [(String, Bool)] = [
                ("final", objective.terms.contains(.final)), ("attributes", objective.terms.contains(.attributes)),
                ("bridging", objective.terms.contains(.bridging)), ("transition", objective.terms.contains(.transition)),
                ("orientation", objective.terms.contains(.orientation)),
            ]
            #expect(objective.anchors.count == wanted.anchors, "\(setting.name)")
            #expect(names.filter(\.1).map(\.0) == wanted.terms, "\(setting.name)")
            #expect(objective.pairs.map(\.description).joined(separator: " ") == wanted.pairs, "\(setting.name)")
            #expect(objective.heads.count == wanted.heads, "\(setting.name)")
            #expect(detector.shape.transitions.count == (wanted.terms.contains("transition") ? 3 : 0))
        }
        let resolved = experiment.settings.map { $0.configuration.resolvedYAML() }
        #expect(Set(resolved).count == resolved.count)
    }

    private func small(_ configuration: RunConfiguration) -> RunConfiguration {
        var configuration = configuration
        (configuration.model.arch, configuration.model.featureChannels, configuration.model.headChannels) = (.tiny, 8, 4)
        configuration.data.size = 64
        return configuration
    }

    // MARK: Commands

    @Test func trainingIsGivenNoFileOfATest() throws {
        let yaml = Self.small.replacing("unseen: [c.h5]", with: "seen: s.h5, unseen: [c.h5, 'd e.h5']")
        let plan = try ExperimentPlan(load(yaml), folder: "out")
        #expect(plan.jobs.map(\.folder) == [
            "out/runs/vht/seed-3", "out/runs/prodet/seed-3", "out/runs/vht/seed-4", "out/runs/prodet/seed-4",
        ])
        let lines = plan.shellLines(program: "blendway")
        #expect(lines.count == 4)
        for line in lines {
            let parts = line.components(separatedBy: "blendway eval")
            #expect(parts.count == 2, "\(line)")
            #expect(parts[0].contains("data.train=a.h5 --set data.val=b.h5"), "\(line)")
            for test in ["s.h5", "c.h5", "d e.h5"] {
                #expect(!parts[0].split(whereSeparator: " '=".contains).contains(Substring(test)), "\(line)")
            }
            #expect(parts[1].contains("--data s.h5 c.h5 'd e.h5' > "), "\(line)")
        }
    }

    @Test func ranksStandBehindTheLauncher() throws {
        let yaml = Self.small + "\nrun: {ranks: 24, launcher: 'srun --ntasks={ranks}'}"
        let line = try #require(ExperimentPlan(load(yaml), folder: "out").shellLines(program: "bw").first)
        #expect(line.contains("srun --ntasks=24 bw train --config out/settings/vht.yaml"), "\(line)")
        #expect(throws: ExperimentError.unknownSetting(name: "prodit", nearest: "prodet")) {
            try ExperimentPlan(load(yaml), folder: "out", only: ["prodit"])
        }
        #expect(try ExperimentPlan(load(yaml), folder: "out", only: ["prodet"]).jobs.count == 2)
    }
}
