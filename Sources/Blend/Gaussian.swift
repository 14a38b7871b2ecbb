// Gaussian.swift — the weights of Gaussian filters. The filtering is the C kernel's.

import CKernels

import Glibc

/// Half of a symmetric filter: the centre's weight, then each neighbour's. The whole sums to 1.
struct Gaussian {
    let weights: [Float]
    var radius: Int { weights.count - 1 }

    init(sigma: Double, radius: Int) {
        let heights = (0...radius).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
        let sum = heights[0] + 2 * heights[1...].reduce(0, +)
        weights = heights.map { Float($0 / sum) }
    }

    /// OpenCV's choice of sigma for a kernel of 2 · radius + 1 when none is given.
    static func derivedSigma(radius: Int) -> Double {
        0.3 * (Double(radius) - 1) + 0.8
    }

    /// Filters in place a plane that is 0 outside `box`, which becomes the result's.
    func apply(
        to plane: UnsafeMutablePointer<Float>, width: Int, height: Int, box: inout bw_box,
        scratch: BlendWorkspace
    ) {
        let room = scratch.filter.room(bw_filter_scratch(width, height, radius))
        bw_filter_symmetric_f32(plane, plane, width, height, weights, radius, &box, room)
    }
}
