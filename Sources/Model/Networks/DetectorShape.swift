// DetectorShape.swift — what decides a detector's parameters; no layers.

/// The size and parts of a detector. Two detectors of equal shape have equal parameters.
public struct DetectorShape: Equatable, Sendable {
    /// A head that reads one attribute, or several, from the pooled features.
    public struct Head: Equatable, Sendable {
        public var name: String
        /// 2 for "absent, present"; 4 for one class per anchor; 3 for one sigmoid per attribute.
        public var outputs: Int
        public init(name: String, outputs: Int) {
            self.name = name
            self.outputs = outputs
        }
    }

    public var architecture: Architecture
    /// Pixels a side of the images.
    public var imageSize: Int
    public var padding: PaddingRule
    /// D, channels of F: 512 as published.
    public var featureChannels: Int
    /// Channels between a head's two layers: 256 as published.
    public var headChannels: Int
    /// In the order in which the attention takes them.
    public var heads: [Head]
    /// Names of the transition blocks, such as "rs": none without the transition loss.
    public var transitions: [String]
    public var batchNorm: BatchNorm.Options
    public var stochasticDepth: Float

    /// Generation, blending, identity, in the published attention's order.
    public static let attributeHeads = [
        Head(name: "generation", outputs: 2), Head(name: "blending", outputs: 2),
        Head(name: "identity", outputs: 2),
    ]

    public init(
        architecture: Architecture, imageSize: Int = 256, padding: PaddingRule = .symmetric,
        featureChannels: Int = 512, headChannels: Int = 256, heads: [Head] = attributeHeads,
        transitions: [String] = ["rs", "sc", "cf"],
        batchNorm: BatchNorm.Options = .init(momentum: 0.01, epsilon: 1e-3, synchronized: true),
        stochasticDepth: Float = 0.2
    ) {
        self.architecture = architecture
        self.imageSize = imageSize
        self.padding = padding
        self.featureChannels = featureChannels
        self.headChannels = headChannels
        self.heads = heads
        self.transitions = transitions
        self.batchNorm = batchNorm
        self.stochasticDepth = stochasticDepth
    }
}

