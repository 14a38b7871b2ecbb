// RunConfiguration.swift — every setting of a run, with its default: the one list of them.
//
// Not here: reading and writing (RunConfiguration+Loading, +Writing) and ranges (+Validation).
// Keys in YAML are these names in snake_case. Adding a property is all it takes for a key to be
// known, checked for its type, overridable and written out again: see Note [Keys from defaults].

import Model
import Tensor

/// The complete configuration of a run.
///
/// Its defaults are the published training configuration with two differences: the regularizor
/// also acts on shared anchor statistics (`setting`), and the padding is the symmetric one that
/// the usual ImageNet weights were trained with.
public struct RunConfiguration: Codable, Equatable, Sendable {
    /// Which anchors and losses are used.
    public var setting = Setting.prodet
    public var model = Model()
    public var losses = Losses()
    public var data = Data()
    public var optimizer = Optimizer()
    public var schedule = Schedule()
    public var train = Train()
    public var watchdog = Watchdog()

    public init() {}

    /// The network.
    public struct Model: Codable, Equatable, Sendable {
        public var arch = Architecture.b4
        public var padding = PaddingRule.symmetric
        /// Channels of the feature map F.
        public var featureChannels = 512
        /// Hidden width of the heads and of the attention's embedding.
        public var headChannels = 256
        /// Largest rate at which a residual block is skipped; blocks before it have less.
        public var stochasticDepth = 0.2
        /// A checkpoint whose weights a new run begins with; null for random ones.
        public var weights: String?
        public var batchNorm = BatchNorm()
    }

    /// Batch norm of the backbone.
    public struct BatchNorm: Codable, Equatable, Sendable {
        /// Statistics over all ranks' samples instead of each rank's own.
        public var sync = true
        /// Weight of the newest batch in the running statistics.
        public var momentum = 0.01
        public var eps = 1e-3
    }

    /// Weights of the loss terms, and their variants. A term that `setting` doesn't use stays
    /// off whatever its weight.
    public struct Losses: Codable, Equatable, Sendable {
        public var final = 1.0
        /// Of the regularizor by heads as a whole; the next three are of its single heads.
        public var attributes = 1.0
        public var blending = 1.0
        public var identity = 1.0
        public var generation = 1.0
        public var transition = 1.0
        /// Of the regularizor on shared anchor statistics; chosen on the validation split of the
        /// built-in world, see docs/method.md.
        public var orientation = 3.0
        public var bridging = true
        /// Keep the transition loss from moving the anchor that it predicts.
        public var transitionStopGradient = false
        /// Form of the regularizor by heads.
        public var opr = AttributeForm.tripletBinary
        /// Order of the anchors; the letters are real, self-blended, cross-blended, deepfake.
        public var order = AnchorOrder.progressive
        /// Least distance between neighbouring anchors, in standard deviations.
        public var margin = 1.0
        /// Weight of the past in the running anchor means.
        public var anchorMomentum = 0.99
    }

    /// What is read, and how.
    public struct Data: Codable, Equatable, Sendable {
        /// Dataset to train on.
        public var train: String?
        /// Dataset to evaluate on while training: a path; "auto", which is `val.h5` beside the
        /// training data if there is one; or null for none.
        public var val: String? = "auto"
        /// Side of the square crops, in pixels.
        public var size = 256
        /// Quadruples in a step, over all ranks.
        public var globalBatch = 24
        /// Candidates for the foreground of a cross-blended image.
        public var neighbours = 3
        public var loaderThreads = 1
        /// Batches made ahead.
        public var prefetch = 2
        /// Go on although frames of the training data are in the validation data.
        public var allowOverlap = false
        /// Share of bad samples, or of a validation file's unreadable frames, above which the run stops.
        public var quarantineLimit = 0.01
        public var augment = true
    }

    public struct Optimizer: Codable, Equatable, Sendable {
        public var name = Algorithm.adam
        public var lr = 2e-4
        public var beta1 = 0.9
        public var beta2 = 0.999
        public var eps = 1e-8
        /// Of `sgd`.
        public var momentum = 0.9
        public var weightDecay = 5e-4
        /// Largest norm of the whole gradient; 0 is no limit.
        public var clipNorm = 0.0
        /// Weight of the past in the averaged weights; 0 is no averaging.
        public var ema = 0.0

        public enum Algorithm: String, ConfigurationChoice {
            case adam, adamw, sgd
        }
    }

    /// The learning rate over time.
    public struct Schedule: Codable, Equatable, Sendable {
        public var name = Shape.constant
        public var per = Unit.epoch
        /// Steps of linear rise at the start, from 0.
        public var warmupSteps = 0
        /// Of `step`: units between two reductions.
        public var stepSize = 5
        /// Of `step`: factor of a reduction.
        public var gamma = 0.5
        /// Of `linear`: epoch at which the decay starts; null is a quarter of all epochs.
        public var startEpoch: Int?

        public enum Shape: String, ConfigurationChoice {
            case constant, step, cosine, linear
        }

        public enum Unit: String, ConfigurationChoice {
            case epoch, step
        }
    }

    public struct Train: Codable, Equatable, Sendable {
        public var seed: UInt64 = 1
        public var epochs = 20
        /// Compute threads a rank; 0 is the host's cores divided by its ranks.
        public var threads = 0
        /// Parts of a step that are computed and added up alike on any number of ranks and threads that
        /// shares them out, for equal bits; a power of two. 0 is off: as fast as it goes.
        public var shards = 0
        /// How gradients travel between ranks.
        public var wire = Wire.float32
        /// With `bf16`: steps from one that leaves nothing behind to the next.
        public var wireExactEvery = 8
        /// How matrix products are computed that gain by it.
        public var precision = Precision.float32
        /// The same when validating.
        public var evaluatePrecision = Precision.float32
        /// Compute the blocks' expanded maps again in the backward pass instead of keeping them.
        public var recompute = false
        public var checkpointEverySteps = 500
        /// Newest checkpoints kept, beside the best one.
        public var checkpointKeep = 3
        /// Steps in an interval of the log.
        public var logEvery = 10
        /// Write event files for TensorBoard into the run folder.
        public var tensorboard = true
        /// Steps between two pictures of training samples for TensorBoard; 0 is never.
        public var pictureEverySteps = 500
        /// 0 is never.
        public var evaluateEveryEpochs = 1
        /// Steps skipped in a row for a loss or gradient that isn't finite, before the run stops.
        public var nonFiniteLimit = 10
        /// Hours after which the run saves and ends, to be started again; 0 is no limit.
        public var maxHours = 0.0

        public enum Wire: String, ConfigurationChoice {
            case float32, bf16
        }
    }

    /// Seconds after which a phase counts as hung; 0 is never.
    public struct Watchdog: Codable, Equatable, Sendable {
        public var reduceSeconds = 120.0
        public var stepSeconds = 900.0
        public var forwardSeconds = 600.0
        public var backwardSeconds = 600.0
        public var loadSeconds = 300.0
        public var checkpointSeconds = 600.0
        public var evaluateSeconds = 3600.0
        /// Seconds between a rank's signs of life, above 0; a verdict takes two and a half.
        public var beatSeconds = 5.0
    }
}
