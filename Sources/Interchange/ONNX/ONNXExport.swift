// ONNXExport.swift — a detector as an ONNX model: what evaluation computes, batch norm folded into the
// convolutions in front of it. The transition blocks are for training and are not in it.

import Model
import Store

/// Writes a detector for onnxruntime and whatever else reads ONNX.
///
/// Input `images` float32 [batch, 3, size, size], RGB scaled to [−1, 1]. Outputs `score` [batch], the
/// probability of a fake; `logits` [batch, 2], before the softmax; and each attribute head's logits by its
/// name.
public enum ONNXExport {
    /// Replaces `path`, whole or not at all. Memory: the largest weight.
    /// - Throws: `StoreError`.
    public static func write(
        _ detector: Detector, version: String, metadata: [String: String], to path: String
    ) throws {
        var builder = DetectorGraph(detector)
        let outputs = builder.build()
        let shape = detector.shape
        let model = builder.graph.model(
            name: "blendway", version: version,
            description: "Input: RGB / 127.5 - 1. Output score: probability of a fake.",
            input: .init(name: "images", shape: [3, shape.imageSize, shape.imageSize]),
            outputs: outputs, metadata: metadata)
        // Protocol buffers stop at 2 GB.
        guard model.size < Int(Int32.max) else { throw StoreError.tooLarge(file: path) }
        try AtomicFile.writeBytes(to: path) { try model.write(to: $0) }
    }
}

/// The way through the detector; follows Detector.evaluate and the layers that it calls.
private struct DetectorGraph {
    var graph = ONNXGraph()
    private let detector: Detector
    private let shape: DetectorShape
    private let slots: [String: (slot: Slot, isBuffer: Bool)]

    init(_ detector: Detector) {
        self.detector = detector
        shape = detector.shape
        let parameters = detector.parameters
        let all = parameters.slots.map { ($0, false) } + parameters.bufferSlots.map { ($0, true) }
        slots = Dictionary(uniqueKeysWithValues: all.map { ($0.0.name, (slot: $0.0, isBuffer: $0.1)) })
    }

    mutating func build() -> [ONNXGraph.Port] {
        let features = convolution(backbone("images"), "neck")
        let pooled = pool(features)
        var outputs = [ONNXGraph.Port(name: "score", shape: []), ONNXGraph.Port(name: "logits", shape: [2])]
        var logits: [String] = []
        for head in shape.heads {
            logits.append(self.head(pooled, head.name, output: head.name))
            outputs.append(.init(name: head.name, shape: [head.outputs]))
        }
        let attended = graph.add("Mul", [features, gate(features, logits)])
        let final = head(pool(attended), "final", output: "logits")
        let probabilities = graph.add("Softmax", [final], [.integer("axis", 1)])
        let fake = graph.constant("index_of_fake", shape: [], [1])
        _ = graph.add("Gather", [probabilities, fake], [.integer("axis", 1)], output: "score")
        return outputs
    }

    // MARK: Parts

    private mutating func backbone(_ images: String) -> String {
        let architecture = shape.architecture
        var plan = PaddingPlan(
            rule: shape.padding, inputSize: shape.imageSize, nativeSize: architecture.nativeSize)
        let norm = shape.batchNorm.epsilon
        var x = silu(
            convolution(images, "backbone.stem", norm: norm, stride: 2, padding: plan.next(kernel: 3, stride: 2)))
        var channels = architecture.stemChannels
        var index = 0
        for stage in architecture.stages {
            for position in 0..<stage.repeats {
                let stride = position == 0 ? stage.stride : 1
                let name = "backbone.blocks.\(index)"
                let input = x
                if stage.expansion != 1 { x = silu(convolution(x, name + ".expand", norm: norm)) }
                x = silu(
                    convolution(
                        x, name + ".depthwise", norm: norm, stride: stride,
                        padding: plan.next(kernel: stage.kernel, stride: stride), groups: channels * stage.expansion))
                let squeezed = silu(convolution(graph.add("GlobalAveragePool", [x]), name + ".se.reduce"))
                let excited = graph.add("Sigmoid", [convolution(squeezed, name + ".se.expand")])
                x = convolution(graph.add("Mul", [x, excited]), name + ".project", norm: norm)
                if stride == 1 && channels == stage.channels { x = graph.add("Add", [x, input]) }
                channels = stage.channels
                index += 1
            }
        }
        return silu(convolution(x, "backbone.head", norm: norm))
    }

    private mutating func gate(_ features: String, _ logits: [String]) -> String {
        let channels = shape.featureChannels
        let pixel = graph.constant("pixel_shape", shape: [4], [0, channels, 1, 1])
        var maps: [String] = []
        for (head, logits) in zip(shape.heads, logits) {
            let name = "attention.embeddings.\(head.name)"
            let embedded = graph.add("Reshape", [embed(logits, name), pixel])
            let inputs = [embedded, weight(name + ".spread.weight"), weight(name + ".spread.bias")]
            maps.append(graph.add("ConvTranspose", inputs, [.integers("kernel_shape", [detector.mapSize, detector.mapSize])]))
        }
        let epsilon: Float = 1e-5
        let all = graph.add("Concat", maps + [features], [.integer("axis", 1)])
        let first = graph.add("Relu", [convolution(all, "attention.mix.0", norm: epsilon)])
        let second = graph.add("Relu", [convolution(first, "attention.mix.1", norm: epsilon)])
        return graph.add(
            "Sigmoid", [convolution(second, "attention.mix.2", padding: .symmetric(kernel: 3))])
    }

    /// Two linear layers with a leaky ReLU between them.
    private mutating func head(_ x: String, _ name: String, output: String) -> String {
        linear(leaky(linear(x, "heads.\(name).hidden")), "heads.\(name).output", output: output)
    }

    private mutating func embed(_ x: String, _ name: String) -> String {
        linear(leaky(linear(x, name + ".hidden")), name + ".output")
    }

    // MARK: Layers

    private mutating func silu(_ x: String) -> String { graph.add("Mul", [x, graph.add("Sigmoid", [x])]) }
    private mutating func leaky(_ x: String) -> String { graph.add("LeakyRelu", [x], [.real("alpha", 0.01)]) }
    private mutating func pool(_ x: String) -> String {
        graph.add("Flatten", [graph.add("GlobalAveragePool", [x])], [.integer("axis", 1)])
    }

    private mutating func linear(_ x: String, _ name: String, output: String? = nil) -> String {
        let shape = slots[name + ".weight"]!.slot.shape
        let matrix = weight(name + ".weight", shape: shape)
        return graph.add("Gemm", [x, matrix, weight(name + ".bias")], [.integer("transB", 1)], output: output)
    }

    /// A convolution, with the batch norm `name_bn` behind it folded in if `norm` gives its ε: a scale of
    /// the weights and a shift, s = γ/√(σ² + ε), W·s and (b − μ)·s + β.
    private mutating func convolution(
        _ x: String, _ name: String, norm: Float? = nil, stride: Int = 1, padding: AxisPadding = .none, groups: Int = 1
    ) -> String {
        let source = slots[name + ".weight"]!.slot
        let layout = WeightLayout(source)
        let shape = layout.external
        var inputs = [x]
        if let norm {
            let (scale, shift) = folded(name, norm)
            inputs.append(
                graph.weight(name + ".weight", shape: shape) { [self] in
                    var values = layout.toExternal(self.values(source.name))
                    let width = values.count / shape[0]
                    for i in values.indices { values[i] *= scale[i / width] }
                    return values
                })
            inputs.append(graph.weight(name + ".bias", shape: [shift.count]) { shift })
        } else {
            inputs += [weight(name + ".weight"), weight(name + ".bias")]
        }
        let sides = [padding.before, padding.before, padding.after, padding.after]
        return graph.add(
            "Conv", inputs,
            [
                .integers("kernel_shape", [shape[2], shape[3]]), .integers("strides", [stride, stride]),
                .integers("pads", sides), .integer("group", groups),
            ])
    }

    /// Computed in double: the shift is a difference.
    private func folded(_ name: String, _ epsilon: Float) -> (scale: [Float], shift: [Float]) {
        func all(_ part: String) -> [Double] { values("\(name)_bn.\(part)").map(Double.init) }
        let (gamma, beta, mean, variance) = (all("weight"), all("bias"), all("running_mean"), all("running_var"))
        let bias = slots[name + ".bias"] == nil ? nil : values(name + ".bias").map(Double.init)
        let scale = zip(gamma, variance).map { $0 / ($1 + Double(epsilon)).squareRoot() }
        let shift = scale.indices.map { ((bias?[$0] ?? 0) - mean[$0]) * scale[$0] + beta[$0] }
        return (scale.map { Float($0) }, shift.map { Float($0) })
    }

    /// A weight as it is, in PyTorch's layout or in the shape given.
    private mutating func weight(_ name: String, shape: [Int]? = nil) -> String {
        let layout = WeightLayout(slots[name]!.slot)
        return graph.weight(name, shape: shape ?? layout.external) { [self] in layout.toExternal(values(name)) }
    }

    private func values(_ name: String) -> ArraySlice<Float> {
        let (slot, isBuffer) = slots[name]!
        let source = isBuffer ? detector.parameters.buffers : detector.parameters.values
        return ArraySlice(source[slot.range])
    }
}
