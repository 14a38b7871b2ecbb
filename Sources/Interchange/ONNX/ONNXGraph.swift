// ONNXGraph.swift — a network as ONNX operators, node by node (onnx.ai/onnx/operators, operator set 17).
// Field numbers are those of onnx.proto3. Knows no detector.

/// Collects nodes and weights; values are known by name.
struct ONNXGraph {
    /// An operator's attribute.
    enum Attribute {
        case integer(String, Int)
        case integers(String, [Int])
        case real(String, Float)
    }

    /// A network's input or output. Its first axis is the batch, of any size.
    struct Port {
        var name: String
        /// Sizes after the batch.
        var shape: [Int]
    }

    private var nodes: [ProtobufMessage] = []
    private var weights: [ProtobufMessage] = []
    private var count = 0

    /// Adds a node and returns its output's name.
    /// - Parameter output: the name to give it; by default one made of the operator and a number.
    mutating func add(
        _ operation: String, _ inputs: [String], _ attributes: [Attribute] = [], output: String? = nil
    ) -> String {
        count += 1
        let name = "\(operation)_\(count)"
        let output = output ?? name
        var node = ProtobufMessage()
        for input in inputs { node.add(1, input) }
        node.add(2, output)
        node.add(3, name)
        node.add(4, operation)
        for attribute in attributes {
            var message = ProtobufMessage()
            switch attribute {
            case .integer(let name, let value):
                message.add(1, name)
                message.add(3, value)
                message.add(20, 2)
            case .integers(let name, let values):
                message.add(1, name)
                for value in values { message.add(8, value) }
                message.add(20, 7)
            case .real(let name, let value):
                message.add(1, name)
                message.add(2, value)
                message.add(20, 1)
            }
            node.add(5, message)
        }
        nodes.append(node)
        return output
    }

    /// Adds a float32 weight, whose values are asked for when the file is written, and returns its name.
    mutating func weight(_ name: String, shape: [Int], _ values: @escaping () -> [Float]) -> String {
        var tensor = ProtobufMessage()
        tensor.add(packed: 1, shape)
        tensor.add(2, 1)
        tensor.add(8, name)
        tensor.add(9, count: shape.reduce(1, *), floats: values)
        weights.append(tensor)
        return name
    }

    /// Adds an int64 constant and returns its name.
    mutating func constant(_ name: String, shape: [Int], _ values: [Int]) -> String {
        var tensor = ProtobufMessage()
        if !shape.isEmpty { tensor.add(packed: 1, shape) }
        tensor.add(2, 7)
        tensor.add(8, name)
        tensor.add(9, integers: values)
        weights.append(tensor)
        return name
    }

    /// The whole file.
    func model(
        name: String, version: String, description: String, input: Port, outputs: [Port], metadata: [String: String]
    ) -> ProtobufMessage {
        var graph = ProtobufMessage()
        for node in nodes { graph.add(1, node) }
        graph.add(2, name)
        for weight in weights { graph.add(5, weight) }
        graph.add(10, description)
        graph.add(11, Self.valueInfo(input))
        for output in outputs { graph.add(12, Self.valueInfo(output)) }

        var model = ProtobufMessage()
        model.add(1, 8)  // The intermediate representation of operator set 17.
        model.add(2, "blendway")
        model.add(3, version)
        model.add(7, graph)
        var operators = ProtobufMessage()
        operators.add(1, "")
        operators.add(2, 17)
        model.add(8, operators)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            var entry = ProtobufMessage()
            entry.add(1, key)
            entry.add(2, value)
            model.add(14, entry)
        }
        return model
    }

    private static func valueInfo(_ port: Port) -> ProtobufMessage {
        var shape = ProtobufMessage()
        var batch = ProtobufMessage()
        batch.add(2, "batch")
        shape.add(1, batch)
        for size in port.shape {
            var dimension = ProtobufMessage()
            dimension.add(1, size)
            shape.add(1, dimension)
        }
        var tensor = ProtobufMessage()
        tensor.add(1, 1)
        tensor.add(2, shape)
        var type = ProtobufMessage()
        type.add(1, tensor)
        var info = ProtobufMessage()
        info.add(1, port.name)
        info.add(2, type)
        return info
    }
}
