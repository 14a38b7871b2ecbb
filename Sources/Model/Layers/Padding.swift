// Padding.swift — how many zeros a convolution sees on each side; no arithmetic on maps.

/// Which rule pads the convolutions of a backbone.
public enum PaddingRule: String, Codable, CaseIterable, Sendable {
    /// (k − 1) / 2 on both sides, as torchvision and timm.
    case symmetric
    /// TensorFlow's "same": output ⌈size / stride⌉, the odd zero at the end.
    case same
    /// The published detector's: the stem unpadded, every later convolution padded as "same" would
    /// pad it in a network for images of the architecture's native size, whatever its input.
    case published
}

/// A convolution's geometry along one axis.
package struct AxisPadding: Equatable {
    package let before: Int
    package let after: Int

    package init(before: Int, after: Int) {
        self.before = before
        self.after = after
    }

    package static func symmetric(kernel: Int) -> AxisPadding {
        AxisPadding(before: (kernel - 1) / 2, after: (kernel - 1) / 2)
    }

    package static func same(size: Int, kernel: Int, stride: Int) -> AxisPadding {
        let output = (size + stride - 1) / stride
        let total = max(0, (output - 1) * stride + kernel - size)
        return AxisPadding(before: total / 2, after: total - total / 2)
    }

    package static let none = AxisPadding(before: 0, after: 0)

    /// Pixels that come out of `size` pixels.
    package func output(size: Int, kernel: Int, stride: Int) -> Int {
        (size + before + after - kernel) / stride + 1
    }
}

/// Follows the size of the map through a backbone and pads each convolution by the rule.
package struct PaddingPlan {
    private let rule: PaddingRule
    /// Size of the map that the padding is reckoned from: the real one, or that of the native size.
    private var size: Int
    private var isStem = true

    package init(rule: PaddingRule, inputSize: Int, nativeSize: Int) {
        self.rule = rule
        size = rule == .published ? nativeSize : inputSize
    }

    /// The padding of the next convolution on the way.
    package mutating func next(kernel: Int, stride: Int) -> AxisPadding {
        defer { isStem = false }
        let padding: AxisPadding
        switch rule {
        case .symmetric: padding = .symmetric(kernel: kernel)
        case .same: padding = .same(size: size, kernel: kernel, stride: stride)
        case .published:
            // The native network's stem halves exactly; what follows is reckoned from there.
            padding = isStem ? .none : .same(size: size, kernel: kernel, stride: stride)
        }
        size =
            rule == .symmetric
            ? padding.output(size: size, kernel: kernel, stride: stride)
            : (size + stride - 1) / stride
        return padding
    }
}
