// RunConfiguration+Validation.swift — the range of every setting that has one.

import Foundation

extension RunConfiguration {
    private enum Bound {
        case atLeast(Double)
        case above(Double)
        /// Both ends allowed.
        case within(Double, Double)
        /// From the first, allowed, to the second, not allowed.
        case share(Double, below: Double)

        func contains(_ value: Double) -> Bool {
            switch self {
            case .atLeast(let least): value >= least
            case .above(let limit): value > limit
            case .within(let low, let high): value >= low && value <= high
            case .share(let low, let limit): value >= low && value < limit
            }
        }

        var sentence: String {
            func text(_ bound: Double) -> String {
                bound == bound.rounded() ? "\(Int(bound))" : "\(bound)"
            }
            return switch self {
            case .atLeast(let least): "at least \(text(least))"
            case .above(let limit): "above \(text(limit))"
            case .within(let low, let high): "from \(text(low)) to \(text(high))"
            case .share(let low, let limit): "at least \(text(low)) and below \(text(limit))"
            }
        }
    }

    private static let bounds: [(key: String, bound: Bound)] = [
        ("model.feature_channels", .atLeast(1)),
        ("model.head_channels", .atLeast(1)),
        ("model.stochastic_depth", .share(0, below: 1)),
        ("model.batch_norm.momentum", .within(0, 1)),
        ("model.batch_norm.eps", .above(0)),
        ("losses.final", .atLeast(0)),
        ("losses.attributes", .atLeast(0)),
        ("losses.blending", .atLeast(0)),
        ("losses.identity", .atLeast(0)),
        ("losses.generation", .atLeast(0)),
        ("losses.transition", .atLeast(0)),
        ("losses.orientation", .atLeast(0)),
        ("losses.margin", .atLeast(0)),
        ("losses.anchor_momentum", .share(0, below: 1)),
        ("data.size", .within(32, 1024)),
        ("data.global_batch", .atLeast(1)),
        // A packed dataset holds 100 neighbours a frame.
        ("data.neighbours", .within(1, 100)),
        ("data.loader_threads", .within(1, 256)),
        ("data.prefetch", .within(1, 1000)),
        ("data.quarantine_limit", .within(0, 1)),
        ("optimizer.lr", .above(0)),
        ("optimizer.beta1", .share(0, below: 1)),
        ("optimizer.beta2", .share(0, below: 1)),
        ("optimizer.eps", .above(0)),
        ("optimizer.momentum", .share(0, below: 1)),
        ("optimizer.weight_decay", .atLeast(0)),
        ("optimizer.clip_norm", .atLeast(0)),
        ("optimizer.ema", .share(0, below: 1)),
        ("schedule.warmup_steps", .atLeast(0)),
        ("schedule.step_size", .atLeast(1)),
        ("schedule.gamma", .within(0, 1)),
        ("schedule.start_epoch", .atLeast(0)),
        ("train.epochs", .atLeast(1)),
        ("train.threads", .within(0, 1024)),
        ("train.shards", .within(0, 4096)),
        ("train.wire_exact_every", .atLeast(1)),
        ("train.checkpoint_every_steps", .atLeast(1)),
        ("train.checkpoint_keep", .atLeast(1)),
        ("train.log_every", .atLeast(1)),
        ("train.picture_every_steps", .atLeast(0)),
        ("train.evaluate_every_epochs", .atLeast(0)),
        ("train.non_finite_limit", .atLeast(1)),
        ("train.max_hours", .atLeast(0)),
        ("watchdog.reduce_seconds", .atLeast(0)),
        ("watchdog.step_seconds", .atLeast(0)),
        ("watchdog.forward_seconds", .atLeast(0)),
        ("watchdog.backward_seconds", .atLeast(0)),
        ("watchdog.load_seconds", .atLeast(0)),
        ("watchdog.checkpoint_seconds", .atLeast(0)),
        ("watchdog.evaluate_seconds", .atLeast(0)),
        ("watchdog.beat_seconds", .above(0)),
    ]

    /// Checks every range. Loading does so already; call it for a configuration made in code.
    ///
    /// - Throws: `ConfigurationError` with everything that is out of range.
    public func validate() throws {
        var problems: [ConfigurationError] = []
        let settings = ConfigurationTree(of: self).settings
        for (key, bound) in Self.bounds {
            guard let setting = settings.first(where: { $0.key == key }) else {
                preconditionFailure("\(key) has a range but is no setting")
            }
            if let text = setting.value, let value = Double(text), !bound.contains(value) {
                problems.append(.outOfRange(key: key, value: text, expected: bound.sentence))
            }
        }
        // Five halvings: the last feature map has size ÷ 32 points a side.
        if data.size >= 32, data.size % 32 != 0 {
            problems.append(
                .outOfRange(key: "data.size", value: "\(data.size)", expected: "a multiple of 32"))
        }
        if train.shards > 0, train.shards.nonzeroBitCount != 1 {
            problems.append(
                .outOfRange(
                    key: "train.shards", value: "\(train.shards)", expected: "a power of two, or 0 for none"))
        }
        if train.shards > 0, train.wire != .float32 {
            problems.append(
                .outOfRange(
                    key: "train.wire", value: train.wire.rawValue,
                    expected: "float32 with train.shards, as what compression loses depends on the ranks"))
        }
        if let start = schedule.startEpoch, start >= train.epochs, train.epochs >= 1 {
            problems.append(
                .outOfRange(
                    key: "schedule.start_epoch", value: "\(start)",
                    expected: "below train.epochs, which is \(train.epochs)"))
        }
        try ConfigurationError.throwIfAny(problems)
    }

    /// The dataset to train on.
    ///
    /// - Throws: `ConfigurationError.missing` when none is set.
    public func requireTrainingData() throws -> String {
        guard let path = data.train else { throw ConfigurationError.missing(key: "data.train") }
        return path
    }

    /// The dataset to validate on, with "auto" looked up; nil for none.
    public func validationData() throws -> String? {
        guard data.val == "auto" else {
            // YAML's word for nothing is null; others' words would be files' names.
            if let name = data.val, ["none", "nil", "no", "false", "off", ""].contains(name.lowercased()),
                !FileManager.default.fileExists(atPath: name)
            {
                throw ConfigurationError.outOfRange(
                    key: "data.val", value: "'\(name)'", expected: "a dataset, auto, or null for training without validation")
            }
            return data.val
        }
        let beside = URL(filePath: try requireTrainingData()).deletingLastPathComponent()
            .appending(path: "val.h5").relativePath
        return FileManager.default.fileExists(atPath: beside) ? beside : nil
    }

    /// Epoch at which the linear schedule starts to decay.
    public var decayStartEpoch: Int { schedule.startEpoch ?? train.epochs / 4 }
}
