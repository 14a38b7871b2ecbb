// BlendWorkspace.swift — memory that one thread's blends reuse. It holds nothing between calls.

import Imaging

/// Scratch memory for making blendfakes: one for each thread, for as long as the thread blends.
///
/// Results never depend on what a workspace was used for before. About 3 MB for 256×256 faces.
public final class BlendWorkspace {
    /// W×H planes.
    var mask = Scratch<Float>()
    var otherMask = Scratch<Float>()
    var noiseX = Scratch<Float>()
    var noiseY = Scratch<Float>()
    /// RGB pictures.
    var source = Scratch<UInt8>()
    var warped = Scratch<UInt8>()
    var small = Scratch<UInt8>()
    /// What single kernels ask for.
    var filter = Scratch<Float>()
    var line = Scratch<Float>()
    var spans = Scratch<Int32>()
    var crossings = Scratch<Int64>()
    var solid = Scratch<UInt8>()
    var sums = Scratch<UInt16>()
    var xTaps = AxisTaps.Storage()
    var yTaps = AxisTaps.Storage()

    /// Told of each step's picture, which then is made whole, also where it does not matter. For
    /// looking at; results are the same.
    public var onStage: ((BlendStage, Image) -> Void)?

    public init() {}

    deinit {
        for plane in [mask, otherMask, noiseX, noiseY, filter, line] { plane.deallocate() }
        for picture in [source, warped, small, solid] { picture.deallocate() }
        spans.deallocate()
        crossings.deallocate()
        sums.deallocate()
        for taps in [xTaps, yTaps] { taps.deallocate() }
    }
}
